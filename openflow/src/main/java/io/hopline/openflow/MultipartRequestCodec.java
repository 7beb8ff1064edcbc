package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_LEN;
import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_MULTIPART;

import java.util.ArrayList;
import java.util.List;

/** Multipart requests on the wire (OpenFlow 1.3.5 section 7.3.5). */
final class MultipartRequestCodec {
    static final int DESC = 0;
    static final int FLOW = 1;
    static final int AGGREGATE = 2;
    static final int TABLE = 3;
    static final int PORT_STATS = 4;
    static final int QUEUE = 5;
    static final int GROUP = 6;
    static final int GROUP_DESC = 7;
    static final int GROUP_FEATURES = 8;
    static final int METER = 9;
    static final int METER_CONFIG = 10;
    static final int METER_FEATURES = 11;
    static final int TABLE_FEATURES = 12;
    static final int PORT_DESC = 13;
    static final int EXPERIMENTER = 0xffff;
    static final int MORE = 1;

    private MultipartRequestCodec() {}

    static MultipartRequest read(WireReader in) {
        int type = in.u16();
        boolean more = (in.u16() & MORE) != 0;
        in.skip(4);
        MultipartRequest.Query query = switch (type) {
            case DESC -> new MultipartRequest.Description();
            case FLOW -> new MultipartRequest.Flows(FlowCodec.readFilter(in));
            case AGGREGATE -> new MultipartRequest.Aggregate(FlowCodec.readFilter(in));
            case TABLE -> new MultipartRequest.Tables();
            case PORT_STATS -> new MultipartRequest.Ports(readPadded(in));
            case QUEUE -> new MultipartRequest.Queues(in.u32(), in.u32());
            case GROUP -> new MultipartRequest.Groups(readPadded(in));
            case GROUP_DESC -> new MultipartRequest.GroupDescriptions();
            case GROUP_FEATURES -> new MultipartRequest.GroupFeatures();
            case METER -> new MultipartRequest.Meters(readPadded(in));
            case METER_CONFIG -> new MultipartRequest.MeterConfigs(readPadded(in));
            case METER_FEATURES -> new MultipartRequest.MeterFeatures();
            case TABLE_FEATURES -> new MultipartRequest.Features(readFeatures(in));
            case PORT_DESC -> new MultipartRequest.PortDescriptions();
            case EXPERIMENTER -> new MultipartRequest.Experimenter(in.u32(), in.u32(), in.rest());
            default -> throw new OpenFlowException(BAD_REQUEST_MULTIPART, "no multipart has type " + type);
        };
        if (in.remaining() != 0) {
            throw new OpenFlowException(BAD_REQUEST_LEN, "multipart " + type + " is too long");
        }
        return new MultipartRequest(more, query);
    }

    private static int readPadded(WireReader in) {
        int number = in.u32();
        in.skip(4);
        return number;
    }

    private static List<TableFeatures> readFeatures(WireReader in) {
        List<TableFeatures> features = new ArrayList<>();
        while (in.remaining() > 0) {
            features.add(TableFeaturesCodec.read(in));
        }
        return features;
    }

    static void write(WireWriter out, MultipartRequest request) {
        int start = out.position();
        out.u16(0).u16(request.more() ? MORE : 0).zeros(4);
        out.patchU16(start, writeQuery(out, request.query()));
    }

    /** Writes the body and returns the type. */
    private static int writeQuery(WireWriter out, MultipartRequest.Query query) {
        return switch (query) {
            case MultipartRequest.Description() -> DESC;
            case MultipartRequest.Flows(MultipartRequest.FlowFilter filter) -> {
                FlowCodec.writeFilter(out, filter);
                yield FLOW;
            }
            case MultipartRequest.Aggregate(MultipartRequest.FlowFilter filter) -> {
                FlowCodec.writeFilter(out, filter);
                yield AGGREGATE;
            }
            case MultipartRequest.Tables() -> TABLE;
            case MultipartRequest.Ports(int port) -> padded(out, port, PORT_STATS);
            case MultipartRequest.Queues(int port, int queueId) -> {
                out.u32(port).u32(queueId);
                yield QUEUE;
            }
            case MultipartRequest.Groups(int groupId) -> padded(out, groupId, GROUP);
            case MultipartRequest.GroupDescriptions() -> GROUP_DESC;
            case MultipartRequest.GroupFeatures() -> GROUP_FEATURES;
            case MultipartRequest.Meters(int meterId) -> padded(out, meterId, METER);
            case MultipartRequest.MeterConfigs(int meterId) -> padded(out, meterId, METER_CONFIG);
            case MultipartRequest.MeterFeatures() -> METER_FEATURES;
            case MultipartRequest.Features(List<TableFeatures> proposed) -> {
                proposed.forEach(features -> TableFeaturesCodec.write(out, features));
                yield TABLE_FEATURES;
            }
            case MultipartRequest.PortDescriptions() -> PORT_DESC;
            case MultipartRequest.Experimenter(int experimenter, int type, Bytes data) -> {
                out.u32(experimenter).u32(type).bytes(data);
                yield EXPERIMENTER;
            }
        };
    }

    private static int padded(WireWriter out, int number, int type) {
        out.u32(number).zeros(4);
        return type;
    }
}
