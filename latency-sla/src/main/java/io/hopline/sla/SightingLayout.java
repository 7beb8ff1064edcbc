package io.hopline.sla;

import io.hopline.packet.Port;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The little-endian record of 96 bytes, shared by its writer and its reader. An address has 16 bytes, the high eight first, as
 * {@link io.hopline.packet.IpAddress#high} and {@code low} say.
 */
final class SightingLayout {
    static final int KIND = 0;
    static final int DIRECTION = 1;
    static final int FLAGS = 2;
    static final int LEAVING = 3;
    static final int IN_KIND = 4;
    static final int OUT_KIND = 5;
    /** A {@link Protocol}'s ordinal; of segments and datagrams only. */
    static final int PROTOCOL = 6;

    static final int CLIENT_PORT = 8;
    static final int SERVICE_PORT = 10;
    static final int PAYLOAD = 12;
    static final int SEQ = 16;
    static final int ACK = 20;
    /** Of a proxy's phases, which have no sequence numbers, the time for which {@link #TIMES} has no room. */
    static final int SIXTH_TIME = 16;

    /** Of a proxy's phases and own answers, 16 bits: the status; how long the request waited is in {@link #PAYLOAD}, unsigned. */
    static final int STATUS = 2;

    /** Of the same, in {@link #IN_KIND}: the client came by the host's own network, not by the virtual one. */
    static final byte PUBLISHED = code(Port.Kind.UPLINK);

    /** Of a proxy's own answer, 1 if it asked a backend before. */
    static final int BACKEND_ASKED = 7;

    /** The longest wait that {@link #PAYLOAD} has room for, in nanoseconds. */
    static final long MAX_QUEUED_NS = 0xffff_ffffL;

    static final int CLIENT = 24;
    static final int SERVICE = 40;
    /** Five of them. */
    static final int TIMES = 56;
    /** Of a frame at a device, which has one time only. */
    static final int GUEST_MAC = TIMES + Long.BYTES;

    /** Kinds 1 to 6 were of a layout with addresses of IPv4 alone. */
    static final byte TRANSIT = 11;

    static final byte EDGE = 12;
    static final byte SERVER_LOG = 14;
    static final byte SERVER_TURN = 15;
    static final byte NOTICE = 16;

    /** 13 was of a layout without the wait. */
    static final byte PHASES = 17;

    static final byte OWN_ANSWER = 18;

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
        Endpoint client = endpoint(b, CLIENT, CLIENT_PORT);
        Endpoint service = endpoint(b, SERVICE, SERVICE_PORT);
        return switch (b.get(KIND)) {
            case TRANSIT -> transit(b, packet(b, client, service));
            case EDGE -> edge(b, packet(b, client, service));
            case PHASES -> phases(b, client, service);
            case OWN_ANSWER ->
                new Sighting.OwnAnswer(
                        published(b),
                        b.get(BACKEND_ASKED) != 0,
                        client,
                        service,
                        b.getShort(STATUS) & 0xffff,
                        time(b, 0),
                        time(b, 1));
            case SERVER_LOG -> new Sighting.ServerLog(client, b.getInt(PAYLOAD), time(b, 0), time(b, 1));
            case SERVER_TURN -> new Sighting.ServerTurn(client, service, time(b, 0), time(b, 1), time(b, 2));
            case NOTICE -> notice(b, client, service);
            default -> null;
        };
    }

    private static boolean bad(byte kind) {
        return kind < 0 || kind > KINDS.length;
    }

    private static Endpoint endpoint(ByteBuffer b, int address, int port) {
        return Endpoint.of(b.getLong(address), b.getLong(address + Long.BYTES), b.getShort(port) & 0xffff);
    }

    private static long time(ByteBuffer b, int index) {
        return time(b, 0, index);
    }

    /** One of the times of the record at {@code at}. */
    static long time(ByteBuffer b, int at, int index) {
        return b.getLong(at + TIMES + index * Long.BYTES);
    }

    /** Which way the frame of the record at {@code at} went. */
    static Direction direction(ByteBuffer b, int at) {
        return b.get(at + DIRECTION) == 0 ? Direction.REQUEST : Direction.RESPONSE;
    }

    /** The port's kind of which {@link #code} made this; null for none. */
    static Port.@Nullable Kind kind(byte code) {
        return code == 0 ? null : KINDS[code - 1];
    }

    private static Sighting.Packet packet(ByteBuffer b, Endpoint client, Endpoint service) {
        return new Sighting.Packet(
                PROTOCOLS[b.get(PROTOCOL)],
                client,
                service,
                direction(b, 0),
                b.get(FLAGS) & 0xff,
                b.getInt(SEQ),
                b.getInt(ACK),
                b.getInt(PAYLOAD));
    }

    private static Sighting transit(ByteBuffer b, Sighting.Packet packet) {
        return new Sighting.Transit(
                packet,
                kind(b.get(IN_KIND)),
                kind(b.get(OUT_KIND)),
                time(b, 0),
                time(b, 1),
                time(b, 2),
                time(b, 3),
                time(b, 4));
    }

    private static @Nullable Sighting edge(ByteBuffer b, Sighting.Packet packet) {
        Port.Kind kind = kind(b.get(IN_KIND));
        return kind == null
                ? null
                : new Sighting.Edge(packet, kind, b.get(LEAVING) != 0, b.getLong(GUEST_MAC), time(b, 0));
    }

    private static boolean published(ByteBuffer b) {
        return b.get(IN_KIND) == PUBLISHED;
    }

    private static Sighting phases(ByteBuffer b, Endpoint client, Endpoint local) {
        return new Sighting.Phases(
                published(b),
                client,
                local,
                b.getShort(STATUS) & 0xffff,
                time(b, 0),
                time(b, 1),
                b.getInt(PAYLOAD) & MAX_QUEUED_NS,
                time(b, 2),
                time(b, 3),
                time(b, 4),
                b.getLong(SIXTH_TIME));
    }

    private static @Nullable Sighting notice(ByteBuffer b, Endpoint client, Endpoint service) {
        int what = b.get(FLAGS);
        Sighting.Notice.What[] all = Sighting.Notice.What.values();
        return what < 0 || what >= all.length
                ? null
                : new Sighting.Notice(client, service, direction(b, 0), all[what], b.getInt(SEQ), time(b, 0));
    }
}
