package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_LEN;
import static io.hopline.openflow.OpenFlowError.GROUP_MOD_BUCKET;
import static io.hopline.openflow.OpenFlowError.GROUP_MOD_COMMAND;
import static io.hopline.openflow.OpenFlowError.GROUP_MOD_TYPE;

import java.util.ArrayList;
import java.util.List;

/** Groups on the wire (OpenFlow 1.3.5 sections 7.3.4.2, 7.3.5.9 and 7.3.5.10). */
final class GroupCodec {
    private static final int BUCKET_BYTES = 16;
    private static final GroupType[] TYPES = GroupType.values();
    private static final GroupMod.Command[] COMMANDS = GroupMod.Command.values();

    private GroupCodec() {}

    private static GroupType readType(WireReader in) {
        int type = in.u8();
        in.skip(1);
        if (type >= TYPES.length) {
            throw new OpenFlowException(GROUP_MOD_TYPE, "no group has type " + type);
        }
        return TYPES[type];
    }

    private static List<Bucket> readBuckets(WireReader in) {
        List<Bucket> buckets = new ArrayList<>();
        while (in.remaining() > 0) {
            int length = in.remaining() < BUCKET_BYTES ? 0 : in.u16();
            if (length < BUCKET_BYTES || (length & 7) != 0) {
                throw new OpenFlowException(GROUP_MOD_BUCKET, "bucket of length " + length);
            }
            WireReader body = in.take(length - 2, GROUP_MOD_BUCKET);
            int weight = body.u16();
            int watchPort = body.u32();
            int watchGroup = body.u32();
            body.skip(4);
            buckets.add(new Bucket(weight, watchPort, watchGroup, ActionCodec.readAll(body)));
        }
        return buckets;
    }

    private static void writeBuckets(WireWriter out, List<Bucket> buckets) {
        for (Bucket bucket : buckets) {
            int start = out.position();
            out.u16(0)
                    .u16(bucket.weight())
                    .u32(bucket.watchPort())
                    .u32(bucket.watchGroup())
                    .zeros(4);
            ActionCodec.writeAll(out, bucket.actions());
            out.patchLength(start, start);
        }
    }

    static GroupMod readMod(WireReader in) {
        int command = in.u16();
        if (command >= COMMANDS.length) {
            throw new OpenFlowException(GROUP_MOD_COMMAND, "no group command " + command);
        }
        return new GroupMod(COMMANDS[command], readType(in), in.u32(), readBuckets(in));
    }

    static void writeMod(WireWriter out, GroupMod mod) {
        out.u16(mod.command().ordinal()).u8(mod.type().ordinal()).zeros(1).u32(mod.groupId());
        writeBuckets(out, mod.buckets());
    }

    static GroupStats readStats(WireReader in) {
        WireReader body = in.take(in.peekU16(0), BAD_REQUEST_LEN);
        body.skip(4);
        int groupId = body.u32();
        int references = body.u32();
        body.skip(4);
        long packets = body.u64();
        long bytes = body.u64();
        long durationNs = Duration.read(body);
        List<GroupStats.BucketStats> buckets = new ArrayList<>();
        while (body.remaining() > 0) {
            buckets.add(new GroupStats.BucketStats(body.u64(), body.u64()));
        }
        return new GroupStats(groupId, references, packets, bytes, durationNs, buckets);
    }

    static void writeStats(WireWriter out, GroupStats stats) {
        int start = out.position();
        out.u16(0).zeros(2).u32(stats.groupId()).u32(stats.references()).zeros(4);
        out.u64(stats.packets()).u64(stats.bytes());
        Duration.write(out, stats.durationNs());
        for (GroupStats.BucketStats bucket : stats.buckets()) {
            out.u64(bucket.packets()).u64(bucket.bytes());
        }
        out.patchLength(start, start);
    }

    static GroupDescription readDescription(WireReader in) {
        WireReader body = in.take(in.peekU16(0), BAD_REQUEST_LEN);
        body.skip(2);
        return new GroupDescription(readType(body), body.u32(), readBuckets(body));
    }

    static void writeDescription(WireWriter out, GroupDescription group) {
        int start = out.position();
        out.u16(0).u8(group.type().ordinal()).zeros(1).u32(group.groupId());
        writeBuckets(out, group.buckets());
        out.patchLength(start, start);
    }
}
