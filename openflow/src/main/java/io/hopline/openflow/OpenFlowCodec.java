package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_LEN;
import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_TYPE;
import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_VERSION;

import io.hopline.packet.MacAddress;
import java.util.List;

/**
 * OpenFlow 1.3 messages to bytes and back (OpenFlow 1.3.5 section 7, wire version 4).
 *
 * <p>Decoding checks every length and every number; whatever bytes come, it returns a message or throws {@link
 * OpenFlowException}. Padding is written as zeros and ignored when read.
 */
public final class OpenFlowCodec {
    private static final int HELLO = 0;
    private static final int ERROR = 1;
    private static final int ECHO_REQUEST = 2;
    private static final int ECHO_REPLY = 3;
    private static final int EXPERIMENTER = 4;
    private static final int FEATURES_REQUEST = 5;
    private static final int FEATURES_REPLY = 6;
    private static final int GET_CONFIG_REQUEST = 7;
    private static final int GET_CONFIG_REPLY = 8;
    private static final int SET_CONFIG = 9;
    private static final int PACKET_IN = 10;
    private static final int FLOW_REMOVED = 11;
    private static final int PORT_STATUS = 12;
    private static final int PACKET_OUT = 13;
    static final int FLOW_MOD = 14;
    static final int GROUP_MOD = 15;
    static final int PORT_MOD = 16;
    private static final int TABLE_MOD = 17;
    private static final int MULTIPART_REQUEST = 18;
    private static final int MULTIPART_REPLY = 19;
    private static final int BARRIER_REQUEST = 20;
    private static final int BARRIER_REPLY = 21;
    private static final int QUEUE_CONFIG_REQUEST = 22;
    private static final int QUEUE_CONFIG_REPLY = 23;
    private static final int ROLE_REQUEST = 24;
    private static final int ROLE_REPLY = 25;
    private static final int GET_ASYNC_REQUEST = 26;
    private static final int GET_ASYNC_REPLY = 27;
    private static final int SET_ASYNC = 28;
    private static final int METER_MOD = 29;

    private static final int HELLO_ELEMENT_VERSION_BITMAP = 1;

    private OpenFlowCodec() {}

    /** A message with the transaction id that pairs a reply with its request. */
    public record Envelope(int xid, OpenFlowMessage message) {}

    /**
     * Reads one whole message.
     *
     * @param bytes the message, header included, and nothing behind it
     * @throws OpenFlowException with the error to answer
     */
    public static Envelope decode(byte[] bytes) {
        WireReader in = new WireReader(bytes, 0, bytes.length, BAD_REQUEST_LEN);
        int version = in.u8();
        int type = in.u8();
        int length = in.u16();
        int xid = in.u32();
        if (length != bytes.length) {
            throw new OpenFlowException(BAD_REQUEST_LEN, "header says " + length + " bytes, there are " + bytes.length);
        }
        if (type == HELLO) {
            return new Envelope(xid, readHello(version, in));
        }
        if (version != OpenFlow.VERSION) {
            throw new OpenFlowException(BAD_REQUEST_VERSION, "wire version " + version + " is not 4 (OpenFlow 1.3)");
        }
        OpenFlowMessage message = readBody(type, xid, in);
        in.requireEnd();
        return new Envelope(xid, message);
    }

    private static OpenFlowMessage readBody(int type, int xid, WireReader in) {
        return switch (type) {
            case ERROR -> new ErrorMessage(in.u16(), in.u16(), in.rest());
            case ECHO_REQUEST -> new OpenFlowMessage.EchoRequest(in.rest());
            case ECHO_REPLY -> new OpenFlowMessage.EchoReply(in.rest());
            case EXPERIMENTER -> ExperimenterCodec.read(in, xid);
            case FEATURES_REQUEST -> new OpenFlowMessage.FeaturesRequest();
            case FEATURES_REPLY -> readFeatures(in);
            case GET_CONFIG_REQUEST -> new OpenFlowMessage.GetConfigRequest();
            case GET_CONFIG_REPLY -> new OpenFlowMessage.GetConfigReply(in.u16(), in.u16());
            case SET_CONFIG -> new OpenFlowMessage.SetConfig(in.u16(), in.u16());
            case PACKET_IN -> PacketCodec.readIn(in);
            case FLOW_REMOVED -> FlowCodec.readRemoved(in);
            case PORT_STATUS -> readPortStatus(in);
            case PACKET_OUT -> PacketCodec.readOut(in);
            case FLOW_MOD -> FlowCodec.readMod(in);
            case GROUP_MOD -> GroupCodec.readMod(in);
            case PORT_MOD -> readPortMod(in);
            case TABLE_MOD -> readTableMod(in);
            case MULTIPART_REQUEST -> MultipartRequestCodec.read(in);
            case MULTIPART_REPLY -> MultipartReplyCodec.read(in);
            case BARRIER_REQUEST -> new OpenFlowMessage.BarrierRequest();
            case BARRIER_REPLY -> new OpenFlowMessage.BarrierReply();
            case QUEUE_CONFIG_REQUEST -> new OpenFlowMessage.QueueConfigRequest(readPadded(in));
            case QUEUE_CONFIG_REPLY -> new OpenFlowMessage.QueueConfigReply(readPadded(in), in.rest());
            case ROLE_REQUEST -> new OpenFlowMessage.RoleRequest(readRole(in), in.u64());
            case ROLE_REPLY -> new OpenFlowMessage.RoleReply(readRole(in), in.u64());
            case GET_ASYNC_REQUEST -> new AsyncMasks.Request();
            case GET_ASYNC_REPLY -> new AsyncMasks.Reply(readMasks(in));
            case SET_ASYNC -> new AsyncMasks.Set(readMasks(in));
            case METER_MOD -> MeterCodec.readMod(in);
            default -> throw new OpenFlowException(BAD_REQUEST_TYPE, "no message has type " + type);
        };
    }

    private static OpenFlowMessage readHello(int version, WireReader in) {
        int bitmap = 0;
        while (in.remaining() >= 4) {
            int type = in.u16();
            int length = in.u16();
            WireReader element = in.take(length - 4, BAD_REQUEST_LEN);
            in.skip(Math.min(-length & 7, in.remaining()));
            if (type == HELLO_ELEMENT_VERSION_BITMAP && element.remaining() >= 4) {
                bitmap = element.u32();
            }
        }
        return new OpenFlowMessage.Hello(version, bitmap);
    }

    private static OpenFlowMessage readFeatures(WireReader in) {
        long datapathId = in.u64();
        int buffers = in.u32();
        int tables = in.u8();
        int auxiliaryId = in.u8();
        in.skip(2);
        int capabilities = in.u32();
        in.skip(4);
        return new OpenFlowMessage.FeaturesReply(datapathId, buffers, tables, auxiliaryId, capabilities);
    }

    private static OpenFlowMessage readPortStatus(WireReader in) {
        int reason = in.u8();
        in.skip(7);
        PortStatus.Reason[] reasons = PortStatus.Reason.values();
        if (reason >= reasons.length) {
            throw new OpenFlowException(BAD_REQUEST_TYPE, "no port-status reason " + reason);
        }
        return new PortStatus(reasons[reason], PortCodec.readDescription(in));
    }

    private static OpenFlowMessage readPortMod(WireReader in) {
        int port = readPadded(in);
        MacAddress mac = PortCodec.readMac(in);
        in.skip(2);
        OpenFlowMessage mod = new OpenFlowMessage.PortMod(port, mac, in.u32(), in.u32(), in.u32());
        in.skip(4);
        return mod;
    }

    private static OpenFlowMessage readTableMod(WireReader in) {
        int tableId = in.u8();
        in.skip(3);
        return new OpenFlowMessage.TableMod(tableId, in.u32());
    }

    private static int readPadded(WireReader in) {
        int number = in.u32();
        in.skip(4);
        return number;
    }

    private static OpenFlowMessage.Role readRole(WireReader in) {
        int role = in.u32();
        in.skip(4);
        List<OpenFlowMessage.Role> roles = OpenFlowMessage.Role.BY_NUMBER;
        if (role < 0 || role >= roles.size()) {
            throw new OpenFlowException(OpenFlowError.ROLE_REQUEST_ROLE, "no role " + role);
        }
        return roles.get(role);
    }

    private static AsyncMasks readMasks(WireReader in) {
        return new AsyncMasks(in.u32(), in.u32(), in.u32(), in.u32(), in.u32(), in.u32());
    }

    /**
     * Writes one whole message.
     *
     * @throws IllegalArgumentException when it would be longer than 65535 bytes
     */
    public static byte[] encode(int xid, OpenFlowMessage message) {
        WireWriter out = new WireWriter();
        writeMessage(out, xid, message);
        return out.toArray();
    }

    static void writeMessage(WireWriter out, int xid, OpenFlowMessage message) {
        int start = out.position();
        int version = message instanceof OpenFlowMessage.Hello hello ? hello.version() : OpenFlow.VERSION;
        out.u8(version).u8(0).u16(0).u32(xid);
        int type = writeBody(out, xid, message);
        out.patchU16(start, version << 8 | type);
        out.patchLength(start + 2, start);
    }

    /** Writes what follows the header and returns the message's type. */
    private static int writeBody(WireWriter out, int xid, OpenFlowMessage message) {
        return switch (message) {
            case OpenFlowMessage.Hello hello -> writeHello(out, hello);
            case ErrorMessage(int type, int code, Bytes data) ->
                done(out.u16(type).u16(code).bytes(data), ERROR);
            case OpenFlowMessage.EchoRequest(Bytes data) -> done(out.bytes(data), ECHO_REQUEST);
            case OpenFlowMessage.EchoReply(Bytes data) -> done(out.bytes(data), ECHO_REPLY);
            case OpenFlowMessage.Experimenter _, BundleControl _, BundleAdd _ ->
                done(ExperimenterCodec.write(out, xid, message), EXPERIMENTER);
            case OpenFlowMessage.FeaturesRequest() -> FEATURES_REQUEST;
            case OpenFlowMessage.FeaturesReply features -> writeFeatures(out, features);
            case OpenFlowMessage.GetConfigRequest() -> GET_CONFIG_REQUEST;
            case OpenFlowMessage.GetConfigReply(int flags, int missSendLength) ->
                done(out.u16(flags).u16(missSendLength), GET_CONFIG_REPLY);
            case OpenFlowMessage.SetConfig(int flags, int missSendLength) ->
                done(out.u16(flags).u16(missSendLength), SET_CONFIG);
            case PacketIn packetIn -> done(PacketCodec.writeIn(out, packetIn), PACKET_IN);
            case FlowRemoved removed -> {
                FlowCodec.writeRemoved(out, removed);
                yield FLOW_REMOVED;
            }
            case PortStatus(PortStatus.Reason reason, PortDescription port) -> {
                PortCodec.writeDescription(out.u8(reason.ordinal()).zeros(7), port);
                yield PORT_STATUS;
            }
            case PacketOut packetOut -> done(PacketCodec.writeOut(out, packetOut), PACKET_OUT);
            case FlowMod mod -> {
                FlowCodec.writeMod(out, mod);
                yield FLOW_MOD;
            }
            case GroupMod mod -> {
                GroupCodec.writeMod(out, mod);
                yield GROUP_MOD;
            }
            case MeterMod mod -> {
                MeterCodec.writeMod(out, mod);
                yield METER_MOD;
            }
            case MultipartRequest request -> {
                MultipartRequestCodec.write(out, request);
                yield MULTIPART_REQUEST;
            }
            case MultipartReply reply -> {
                MultipartReplyCodec.write(out, reply);
                yield MULTIPART_REPLY;
            }
            default -> writeSmallBody(out, message);
        };
    }

    private static int writeSmallBody(WireWriter out, OpenFlowMessage message) {
        return switch (message) {
            case OpenFlowMessage.PortMod mod -> {
                out.u32(mod.port()).zeros(4).number(mod.mac().bits(), 6).zeros(2);
                yield done(
                        out.u32(mod.config())
                                .u32(mod.mask())
                                .u32(mod.advertise())
                                .zeros(4),
                        PORT_MOD);
            }
            case OpenFlowMessage.TableMod(int tableId, int config) ->
                done(out.u8(tableId).zeros(3).u32(config), TABLE_MOD);
            case OpenFlowMessage.BarrierRequest() -> BARRIER_REQUEST;
            case OpenFlowMessage.BarrierReply() -> BARRIER_REPLY;
            case OpenFlowMessage.QueueConfigRequest(int port) ->
                done(out.u32(port).zeros(4), QUEUE_CONFIG_REQUEST);
            case OpenFlowMessage.QueueConfigReply(int port, Bytes queues) ->
                done(out.u32(port).zeros(4).bytes(queues), QUEUE_CONFIG_REPLY);
            case OpenFlowMessage.RoleRequest(OpenFlowMessage.Role role, long generationId) ->
                done(out.u32(role.ordinal()).zeros(4).u64(generationId), ROLE_REQUEST);
            case OpenFlowMessage.RoleReply(OpenFlowMessage.Role role, long generationId) ->
                done(out.u32(role.ordinal()).zeros(4).u64(generationId), ROLE_REPLY);
            case AsyncMasks.Request() -> GET_ASYNC_REQUEST;
            case AsyncMasks.Reply(AsyncMasks masks) -> done(writeMasks(out, masks), GET_ASYNC_REPLY);
            case AsyncMasks.Set(AsyncMasks masks) -> done(writeMasks(out, masks), SET_ASYNC);
            default -> throw new IllegalArgumentException("no wire form for " + message);
        };
    }

    private static int done(WireWriter out, int type) {
        return type;
    }

    private static int writeHello(WireWriter out, OpenFlowMessage.Hello hello) {
        if (hello.versionBitmap() != 0) {
            out.u16(HELLO_ELEMENT_VERSION_BITMAP).u16(8).u32(hello.versionBitmap());
        }
        return HELLO;
    }

    private static int writeFeatures(WireWriter out, OpenFlowMessage.FeaturesReply features) {
        out.u64(features.datapathId()).u32(features.buffers()).u8(features.tables());
        out.u8(features.auxiliaryId()).zeros(2).u32(features.capabilities()).zeros(4);
        return FEATURES_REPLY;
    }

    private static WireWriter writeMasks(WireWriter out, AsyncMasks masks) {
        out.u32(masks.packetIn()).u32(masks.packetInSlave());
        out.u32(masks.portStatus()).u32(masks.portStatusSlave());
        return out.u32(masks.flowRemoved()).u32(masks.flowRemovedSlave());
    }
}
