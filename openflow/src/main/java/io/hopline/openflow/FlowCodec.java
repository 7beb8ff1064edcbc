package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_LEN;
import static io.hopline.openflow.OpenFlowError.FLOW_MOD_COMMAND;
import static io.hopline.openflow.OpenFlowError.FLOW_MOD_FLAGS;

import java.util.List;

/** Flows on the wire (OpenFlow 1.3.5 sections 7.3.4.1, 7.3.5.2 and 7.4.2). */
final class FlowCodec {
    private static final FlowMod.Command[] COMMANDS = FlowMod.Command.values();
    private static final FlowRemoved.Reason[] REASONS = FlowRemoved.Reason.values();
    private static final int ALL_FLAGS = 0x1f;

    private FlowCodec() {}

    static FlowMod readMod(WireReader in) {
        long cookie = in.u64();
        long cookieMask = in.u64();
        int tableId = in.u8();
        int command = in.u8();
        int idleTimeoutS = in.u16();
        int hardTimeoutS = in.u16();
        int priority = in.u16();
        int bufferId = in.u32();
        int outPort = in.u32();
        int outGroup = in.u32();
        int flags = in.u16();
        in.skip(2);
        if (command >= COMMANDS.length) {
            throw new OpenFlowException(FLOW_MOD_COMMAND, "no flow command " + command);
        }
        if ((flags & ~ALL_FLAGS) != 0) {
            throw new OpenFlowException(FLOW_MOD_FLAGS, "flow flags 0x" + Integer.toHexString(flags));
        }
        Match match = MatchCodec.readFlowMatch(in);
        List<Instruction> instructions = InstructionCodec.readAll(in);
        return new FlowMod(
                COMMANDS[command],
                cookie,
                cookieMask,
                tableId,
                idleTimeoutS,
                hardTimeoutS,
                priority,
                bufferId,
                outPort,
                outGroup,
                flags,
                match,
                instructions);
    }

    static void writeMod(WireWriter out, FlowMod mod) {
        out.u64(mod.cookie()).u64(mod.cookieMask());
        out.u8(mod.tableId()).u8(mod.command().ordinal());
        out.u16(mod.idleTimeoutS()).u16(mod.hardTimeoutS()).u16(mod.priority());
        out.u32(mod.bufferId()).u32(mod.outPort()).u32(mod.outGroup());
        out.u16(mod.flags()).zeros(2);
        MatchCodec.writeMatch(out, mod.match());
        InstructionCodec.writeAll(out, mod.instructions());
    }

    static FlowRemoved readRemoved(WireReader in) {
        long cookie = in.u64();
        int priority = in.u16();
        int reason = in.u8();
        if (reason >= REASONS.length) {
            throw new OpenFlowException(OpenFlowError.BAD_REQUEST_TYPE, "no flow-removed reason " + reason);
        }
        int tableId = in.u8();
        long durationNs = Duration.read(in);
        return new FlowRemoved(
                cookie,
                priority,
                REASONS[reason],
                tableId,
                durationNs,
                in.u16(),
                in.u16(),
                in.u64(),
                in.u64(),
                MatchCodec.readFlowMatch(in));
    }

    static void writeRemoved(WireWriter out, FlowRemoved removed) {
        out.u64(removed.cookie()).u16(removed.priority());
        out.u8(removed.reason().ordinal()).u8(removed.tableId());
        Duration.write(out, removed.durationNs());
        out.u16(removed.idleTimeoutS()).u16(removed.hardTimeoutS());
        out.u64(removed.packets()).u64(removed.bytes());
        MatchCodec.writeMatch(out, removed.match());
    }

    static FlowStats readStats(WireReader in) {
        int length = in.u16();
        WireReader body = in.take(length - 2, BAD_REQUEST_LEN);
        int tableId = body.u8();
        body.skip(1);
        long durationNs = Duration.read(body);
        int priority = body.u16();
        int idleTimeoutS = body.u16();
        int hardTimeoutS = body.u16();
        int flags = body.u16();
        body.skip(4);
        return new FlowStats(
                tableId,
                durationNs,
                priority,
                idleTimeoutS,
                hardTimeoutS,
                flags,
                body.u64(),
                body.u64(),
                body.u64(),
                MatchCodec.readFlowMatch(body),
                InstructionCodec.readAll(body));
    }

    static void writeStats(WireWriter out, FlowStats stats) {
        int start = out.position();
        out.u16(0).u8(stats.tableId()).zeros(1);
        Duration.write(out, stats.durationNs());
        out.u16(stats.priority()).u16(stats.idleTimeoutS()).u16(stats.hardTimeoutS());
        out.u16(stats.flags()).zeros(4);
        out.u64(stats.cookie()).u64(stats.packets()).u64(stats.bytes());
        MatchCodec.writeMatch(out, stats.match());
        InstructionCodec.writeAll(out, stats.instructions());
        out.patchLength(start, start);
    }

    static MultipartRequest.FlowFilter readFilter(WireReader in) {
        int tableId = in.u8();
        in.skip(3);
        int outPort = in.u32();
        int outGroup = in.u32();
        in.skip(4);
        return new MultipartRequest.FlowFilter(
                tableId, outPort, outGroup, in.u64(), in.u64(), MatchCodec.readFlowMatch(in));
    }

    static void writeFilter(WireWriter out, MultipartRequest.FlowFilter filter) {
        out.u8(filter.tableId())
                .zeros(3)
                .u32(filter.outPort())
                .u32(filter.outGroup())
                .zeros(4);
        out.u64(filter.cookie()).u64(filter.cookieMask());
        MatchCodec.writeMatch(out, filter.match());
    }
}
