package io.hopline.openflow;

import static io.hopline.openflow.MultipartRequestCodec.AGGREGATE;
import static io.hopline.openflow.MultipartRequestCodec.DESC;
import static io.hopline.openflow.MultipartRequestCodec.EXPERIMENTER;
import static io.hopline.openflow.MultipartRequestCodec.FLOW;
import static io.hopline.openflow.MultipartRequestCodec.GROUP;
import static io.hopline.openflow.MultipartRequestCodec.GROUP_DESC;
import static io.hopline.openflow.MultipartRequestCodec.GROUP_FEATURES;
import static io.hopline.openflow.MultipartRequestCodec.METER;
import static io.hopline.openflow.MultipartRequestCodec.METER_CONFIG;
import static io.hopline.openflow.MultipartRequestCodec.METER_FEATURES;
import static io.hopline.openflow.MultipartRequestCodec.MORE;
import static io.hopline.openflow.MultipartRequestCodec.PORT_DESC;
import static io.hopline.openflow.MultipartRequestCodec.PORT_STATS;
import static io.hopline.openflow.MultipartRequestCodec.QUEUE;
import static io.hopline.openflow.MultipartRequestCodec.TABLE;
import static io.hopline.openflow.MultipartRequestCodec.TABLE_FEATURES;
import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_LEN;
import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_MULTIPART;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Multipart replies on the wire (OpenFlow 1.3.5 section 7.3.5). */
final class MultipartReplyCodec {
    private static final int LONG_TEXT_BYTES = 256;
    private static final int SERIAL_BYTES = 32;

    private static final int MAX_BODY_BYTES = OpenFlow.MAX_MESSAGE_BYTES - OpenFlow.HEADER_BYTES - 8;

    private MultipartReplyCodec() {}

    static MultipartReply read(WireReader in) {
        int type = in.u16();
        boolean more = (in.u16() & MORE) != 0;
        in.skip(4);
        MultipartReply.Report report = switch (type) {
            case DESC ->
                new MultipartReply.Description(
                        in.text(LONG_TEXT_BYTES),
                        in.text(LONG_TEXT_BYTES),
                        in.text(LONG_TEXT_BYTES),
                        in.text(SERIAL_BYTES),
                        in.text(LONG_TEXT_BYTES));
            case FLOW -> new MultipartReply.Flows(list(in, FlowCodec::readStats));
            case AGGREGATE -> readAggregate(in);
            case TABLE -> new MultipartReply.Tables(list(in, MultipartReplyCodec::readTable));
            case PORT_STATS -> new MultipartReply.Ports(list(in, PortCodec::readStats));
            case QUEUE -> new MultipartReply.Queues(list(in, MultipartReplyCodec::readQueue));
            case GROUP -> new MultipartReply.Groups(list(in, GroupCodec::readStats));
            case GROUP_DESC -> new MultipartReply.GroupDescriptions(list(in, GroupCodec::readDescription));
            case GROUP_FEATURES ->
                new MultipartReply.GroupFeatures(in.u32(), in.u32(), fourNumbers(in), fourNumbers(in));
            case METER -> new MultipartReply.Meters(list(in, MeterCodec::readStats));
            case METER_CONFIG -> new MultipartReply.MeterConfigs(list(in, MeterCodec::readConfig));
            case METER_FEATURES -> readMeterFeatures(in);
            case TABLE_FEATURES -> new MultipartReply.Features(list(in, TableFeaturesCodec::read));
            case PORT_DESC -> new MultipartReply.PortDescriptions(list(in, PortCodec::readDescription));
            case EXPERIMENTER -> new MultipartReply.Experimenter(in.u32(), in.u32(), in.rest());
            default -> throw new OpenFlowException(BAD_REQUEST_MULTIPART, "no multipart has type " + type);
        };
        if (in.remaining() != 0) {
            throw new OpenFlowException(BAD_REQUEST_LEN, "multipart " + type + " is too long");
        }
        return new MultipartReply(more, report);
    }

    private static <T> List<T> list(WireReader in, Function<WireReader, T> reader) {
        List<T> entries = new ArrayList<>();
        while (in.remaining() > 0) {
            int before = in.remaining();
            entries.add(reader.apply(in));
            if (in.remaining() == before) {
                throw new OpenFlowException(BAD_REQUEST_LEN, "an entry of a multipart reply has length 0");
            }
        }
        return entries;
    }

    private static MultipartReply.Report readAggregate(WireReader in) {
        MultipartReply.Report aggregate = new MultipartReply.Aggregate(in.u64(), in.u64(), in.u32());
        in.skip(4);
        return aggregate;
    }

    private static TableStats readTable(WireReader in) {
        int tableId = in.u8();
        in.skip(3);
        return new TableStats(tableId, in.u32(), in.u64(), in.u64());
    }

    private static QueueStats readQueue(WireReader in) {
        return new QueueStats(in.u32(), in.u32(), in.u64(), in.u64(), in.u64(), Duration.read(in));
    }

    private static MultipartReply.Report readMeterFeatures(WireReader in) {
        MultipartReply.Report features =
                new MultipartReply.MeterFeatures(in.u32(), in.u32(), in.u32(), in.u8(), in.u8());
        in.skip(2);
        return features;
    }

    private static List<Integer> fourNumbers(WireReader in) {
        return List.of(in.u32(), in.u32(), in.u32(), in.u32());
    }

    static void write(WireWriter out, MultipartReply reply) {
        int start = out.position();
        out.u16(0).u16(reply.more() ? MORE : 0).zeros(4);
        out.patchU16(start, writeReport(out, reply.report()));
    }

    /** Writes the body and returns the type. */
    private static int writeReport(WireWriter out, MultipartReply.Report report) {
        return switch (report) {
            case MultipartReply.Description description -> writeDescription(out, description);
            case MultipartReply.Flows(List<FlowStats> flows) -> each(out, flows, FlowCodec::writeStats, FLOW);
            case MultipartReply.Aggregate(long packets, long bytes, int flows) -> {
                out.u64(packets).u64(bytes).u32(flows).zeros(4);
                yield AGGREGATE;
            }
            case MultipartReply.Tables(List<TableStats> tables) ->
                each(out, tables, MultipartReplyCodec::writeTable, TABLE);
            case MultipartReply.Ports(List<PortStats> ports) -> each(out, ports, PortCodec::writeStats, PORT_STATS);
            case MultipartReply.Queues(List<QueueStats> queues) ->
                each(out, queues, MultipartReplyCodec::writeQueue, QUEUE);
            case MultipartReply.Groups(List<GroupStats> groups) -> each(out, groups, GroupCodec::writeStats, GROUP);
            case MultipartReply.GroupDescriptions(List<GroupDescription> groups) ->
                each(out, groups, GroupCodec::writeDescription, GROUP_DESC);
            case MultipartReply.GroupFeatures features -> {
                out.u32(features.types()).u32(features.capabilities());
                features.maxGroups().forEach(out::u32);
                features.actions().forEach(out::u32);
                yield GROUP_FEATURES;
            }
            case MultipartReply.Meters(List<MeterStats> meters) -> each(out, meters, MeterCodec::writeStats, METER);
            case MultipartReply.MeterConfigs(List<MeterConfig> meters) ->
                each(out, meters, MeterCodec::writeConfig, METER_CONFIG);
            case MultipartReply.MeterFeatures features -> {
                out.u32(features.maxMeters()).u32(features.bandTypes()).u32(features.capabilities());
                out.u8(features.maxBands()).u8(features.maxColor()).zeros(2);
                yield METER_FEATURES;
            }
            case MultipartReply.Features(List<TableFeatures> tables) ->
                each(out, tables, TableFeaturesCodec::write, TABLE_FEATURES);
            case MultipartReply.PortDescriptions(List<PortDescription> ports) ->
                each(out, ports, PortCodec::writeDescription, PORT_DESC);
            case MultipartReply.Experimenter(int experimenter, int type, Bytes data) -> {
                out.u32(experimenter).u32(type).bytes(data);
                yield EXPERIMENTER;
            }
        };
    }

    private static <T> int each(WireWriter out, List<T> entries, BiConsumer<WireWriter, T> writer, int type) {
        entries.forEach(entry -> writer.accept(out, entry));
        return type;
    }

    private static int writeDescription(WireWriter out, MultipartReply.Description description) {
        out.text(description.manufacturer(), LONG_TEXT_BYTES).text(description.hardware(), LONG_TEXT_BYTES);
        out.text(description.software(), LONG_TEXT_BYTES).text(description.serialNumber(), SERIAL_BYTES);
        out.text(description.datapath(), LONG_TEXT_BYTES);
        return DESC;
    }

    private static void writeTable(WireWriter out, TableStats stats) {
        out.u8(stats.tableId())
                .zeros(3)
                .u32(stats.activeCount())
                .u64(stats.lookups())
                .u64(stats.matched());
    }

    private static void writeQueue(WireWriter out, QueueStats stats) {
        out.u32(stats.port()).u32(stats.queueId());
        out.u64(stats.txBytes()).u64(stats.txPackets()).u64(stats.txErrors());
        Duration.write(out, stats.durationNs());
    }

    static List<MultipartReply> split(MultipartReply.Report report) {
        return switch (report) {
            case MultipartReply.Flows(List<FlowStats> flows) ->
                split(flows, FlowCodec::writeStats, MultipartReply.Flows::new);
            case MultipartReply.Tables(List<TableStats> tables) ->
                split(tables, MultipartReplyCodec::writeTable, MultipartReply.Tables::new);
            case MultipartReply.Ports(List<PortStats> ports) ->
                split(ports, PortCodec::writeStats, MultipartReply.Ports::new);
            case MultipartReply.Queues(List<QueueStats> queues) ->
                split(queues, MultipartReplyCodec::writeQueue, MultipartReply.Queues::new);
            case MultipartReply.Groups(List<GroupStats> groups) ->
                split(groups, GroupCodec::writeStats, MultipartReply.Groups::new);
            case MultipartReply.GroupDescriptions(List<GroupDescription> groups) ->
                split(groups, GroupCodec::writeDescription, MultipartReply.GroupDescriptions::new);
            case MultipartReply.Meters(List<MeterStats> meters) ->
                split(meters, MeterCodec::writeStats, MultipartReply.Meters::new);
            case MultipartReply.MeterConfigs(List<MeterConfig> meters) ->
                split(meters, MeterCodec::writeConfig, MultipartReply.MeterConfigs::new);
            case MultipartReply.Features(List<TableFeatures> tables) ->
                split(tables, TableFeaturesCodec::write, MultipartReply.Features::new);
            case MultipartReply.PortDescriptions(List<PortDescription> ports) ->
                split(ports, PortCodec::writeDescription, MultipartReply.PortDescriptions::new);
            case MultipartReply.Description _, MultipartReply.Aggregate _ -> List.of(new MultipartReply(report));
            case MultipartReply.GroupFeatures _, MultipartReply.MeterFeatures _, MultipartReply.Experimenter _ ->
                List.of(new MultipartReply(report));
        };
    }

    private static <T> List<MultipartReply> split(
            List<T> entries, BiConsumer<WireWriter, T> writer, Function<List<T>, MultipartReply.Report> report) {
        List<MultipartReply> replies = new ArrayList<>();
        int from = 0;
        int room = MAX_BODY_BYTES;
        for (int i = 0; i < entries.size(); i++) {
            WireWriter out = new WireWriter();
            writer.accept(out, entries.get(i));
            if (out.position() > room && i > from) {
                replies.add(new MultipartReply(true, report.apply(entries.subList(from, i))));
                from = i;
                room = MAX_BODY_BYTES;
            }
            room -= out.position();
        }
        replies.add(new MultipartReply(report.apply(entries.subList(from, entries.size()))));
        return replies;
    }
}
