package io.hopline.sla;

import io.hopline.packet.Port;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Offsets of the 96-byte little-endian record, shared by its writer and its reader. */
final class SightingLayout {
    static final int KIND = 0;
    static final int DIRECTION = 1;
    static final int FLAGS = 2;
    static final int LEAVING = 3;
    static final int IN_KIND = 4;
    static final int OUT_KIND = 5;
    /** A {@link Protocol}'s ordinal; of segments and datagrams only. */
    static final int PROTOCOL = 6;

    static final int CLIENT_IP = 8;
    static final int SERVICE_IP = 12;
    static final int CLIENT_PORT = 16;
    static final int SERVICE_PORT = 18;
    static final int PAYLOAD = 20;
    static final int SEQ = 24;
    static final int ACK = 28;
    static final int TIMES = 32;
    /** Bytes from here to the end are zero. */
    static final int RESERVED = 80;

    static final byte TRANSIT = 1;
    static final byte EDGE = 2;
    static final byte PHASES = 3;
    static final byte SERVER_LOG = 4;
    static final byte SERVER_TURN = 5;
    static final byte NOTICE = 6;

    private static final Port.Kind[] KINDS = Port.Kind.values();
    private static final Protocol[] PROTOCOLS = Protocol.values();

    private SightingLayout() {}

    static byte code(Port.@Nullable Kind kind) {
        return (byte) (kind == null ? 0 : kind.ordinal() + 1);
    }

    /** Decodes a record at position 0 of a little-endian buffer; null when a code is unknown. */
    static @Nullable Sighting decode(ByteBuffer b) {
        if (b.get(DIRECTION) < 0 || b.get(DIRECTION) > 1 || bad(b.get(IN_KIND)) || bad(b.get(OUT_KIND))) {
            return null;
        }
        if (b.get(PROTOCOL) < 0 || b.get(PROTOCOL) >= PROTOCOLS.length) {
            return null;
        }
        return switch (b.get(KIND)) {
            case TRANSIT -> transit(b);
            case EDGE -> edge(b);
            case PHASES ->
                new Sighting.Phases(
                        b.getInt(CLIENT_IP),
                        b.getShort(CLIENT_PORT) & 0xffff,
                        b.getInt(SERVICE_IP),
                        b.getShort(SERVICE_PORT) & 0xffff,
                        b.getInt(PAYLOAD),
                        time(b, 0),
                        time(b, 1),
                        time(b, 2),
                        time(b, 3),
                        time(b, 4),
                        time(b, 5));
            case SERVER_LOG ->
                new Sighting.ServerLog(
                        b.getInt(CLIENT_IP),
                        b.getShort(CLIENT_PORT) & 0xffff,
                        b.getInt(PAYLOAD),
                        time(b, 0),
                        time(b, 1));
            case SERVER_TURN ->
                new Sighting.ServerTurn(
                        b.getInt(CLIENT_IP),
                        b.getShort(CLIENT_PORT) & 0xffff,
                        b.getInt(SERVICE_IP),
                        b.getShort(SERVICE_PORT) & 0xffff,
                        time(b, 0),
                        time(b, 1),
                        time(b, 2));
            case NOTICE -> notice(b);
            default -> null;
        };
    }

    private static @Nullable Sighting notice(ByteBuffer b) {
        int what = b.get(FLAGS);
        Sighting.Notice.What[] all = Sighting.Notice.What.values();
        return what < 0 || what >= all.length
                ? null
                : new Sighting.Notice(
                        b.getInt(CLIENT_IP),
                        b.getShort(CLIENT_PORT) & 0xffff,
                        b.getInt(SERVICE_IP),
                        b.getShort(SERVICE_PORT) & 0xffff,
                        direction(b),
                        all[what],
                        b.getInt(SEQ),
                        time(b, 0));
    }

    private static boolean bad(byte kind) {
        return kind < 0 || kind > KINDS.length;
    }

    private static long time(ByteBuffer b, int index) {
        return b.getLong(TIMES + index * Long.BYTES);
    }

    private static Direction direction(ByteBuffer b) {
        return b.get(DIRECTION) == 0 ? Direction.REQUEST : Direction.RESPONSE;
    }

    private static Port.@Nullable Kind kind(byte code) {
        return code == 0 ? null : KINDS[code - 1];
    }

    private static Sighting transit(ByteBuffer b) {
        return new Sighting.Transit(
                PROTOCOLS[b.get(PROTOCOL)],
                b.getInt(CLIENT_IP),
                b.getShort(CLIENT_PORT) & 0xffff,
                b.getInt(SERVICE_IP),
                b.getShort(SERVICE_PORT) & 0xffff,
                direction(b),
                b.get(FLAGS) & 0xff,
                b.getInt(SEQ),
                b.getInt(ACK),
                b.getInt(PAYLOAD),
                kind(b.get(IN_KIND)),
                kind(b.get(OUT_KIND)),
                time(b, 0),
                time(b, 1),
                time(b, 2),
                time(b, 3),
                time(b, 4));
    }

    private static @Nullable Sighting edge(ByteBuffer b) {
        Port.Kind kind = kind(b.get(IN_KIND));
        if (kind == null) {
            return null;
        }
        return new Sighting.Edge(
                PROTOCOLS[b.get(PROTOCOL)],
                b.getInt(CLIENT_IP),
                b.getShort(CLIENT_PORT) & 0xffff,
                b.getInt(SERVICE_IP),
                b.getShort(SERVICE_PORT) & 0xffff,
                direction(b),
                b.get(FLAGS) & 0xff,
                b.getInt(SEQ),
                b.getInt(ACK),
                b.getInt(PAYLOAD),
                kind,
                b.get(LEAVING) != 0,
                time(b, 0));
    }
}
