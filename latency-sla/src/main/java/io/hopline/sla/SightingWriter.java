package io.hopline.sla;

import io.hopline.packet.Port;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@link Sighting} records in place, without allocating. Each method takes the segment and the record's offset in
 * it. A record is begun with one of {@link #transit}, {@link #edge}, {@link #phases}, {@link #ownAnswer}, {@link #serverLog}, {@link #serverTurn} and {@link #notice}, which clears
 * it; what is not set afterwards reads as "not taken".
 *
 * <p>Addresses are two longs as {@link io.hopline.packet.IpAddress#high} and {@code low} say, times CLOCK_REALTIME nanoseconds.
 */
public final class SightingWriter {
    private static final ValueLayout.OfShort LE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SightingWriter() {}

    /** Begins the record of a frame going through a switch that entered by a port of this kind. */
    public static void transit(MemorySegment m, long at, Direction direction, Port.Kind in) {
        begin(m, at, SightingLayout.TRANSIT, direction);
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.IN_KIND, SightingLayout.code(in));
    }

    /**
     * Begins and completes, but for {@link #client}, {@link #service} and {@link #segment} or {@link #datagram}, the record of a frame at an edge device.
     *
     * @param kind VNIC or UPLINK
     * @param leaving true when the frame travels away from the switch: into the guest, or out to the wire
     * @param guestMac as {@link Sighting.Edge#guestMac}
     */
    public static void edge(
            MemorySegment m,
            long at,
            Direction direction,
            Port.Kind kind,
            boolean leaving,
            long guestMac,
            long kernelNs) {
        begin(m, at, SightingLayout.EDGE, direction);
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.IN_KIND, SightingLayout.code(kind));
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.LEAVING, (byte) (leaving ? 1 : 0));
        m.set(LE64, at + SightingLayout.GUEST_MAC, guestMac);
        time(m, at, 0, kernelNs);
    }

    /** Sets the client's side of the connection. */
    public static void client(MemorySegment m, long at, long high, long low, int port) {
        m.set(LE64, at + SightingLayout.CLIENT, high);
        m.set(LE64, at + SightingLayout.CLIENT + Long.BYTES, low);
        m.set(LE16, at + SightingLayout.CLIENT_PORT, (short) port);
    }

    /** Sets the service's side of the connection, as this frame names it. */
    public static void service(MemorySegment m, long at, long high, long low, int port) {
        m.set(LE64, at + SightingLayout.SERVICE, high);
        m.set(LE64, at + SightingLayout.SERVICE + Long.BYTES, low);
        m.set(LE16, at + SightingLayout.SERVICE_PORT, (short) port);
    }

    private static void client(MemorySegment m, long at, Endpoint client) {
        client(m, at, client.address().high(), client.address().low(), client.port());
    }

    private static void service(MemorySegment m, long at, Endpoint service) {
        service(m, at, service.address().high(), service.address().low(), service.port());
    }

    /** Sets what the TCP header says. */
    public static void segment(MemorySegment m, long at, int tcpFlags, int seq, int ack, int payloadLength) {
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.FLAGS, (byte) tcpFlags);
        m.set(LE32, at + SightingLayout.SEQ, seq);
        m.set(LE32, at + SightingLayout.ACK, ack);
        m.set(LE32, at + SightingLayout.PAYLOAD, payloadLength);
    }

    /**
     * Sets what a datagram is known by.
     *
     * @param key see {@link DatagramKey}
     */
    public static void datagram(MemorySegment m, long at, Protocol protocol, long key, int payloadLength) {
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.PROTOCOL, (byte) protocol.ordinal());
        int flags = (key & DatagramKey.MATCHING) != 0 ? Sighting.MATCHING : 0;
        segment(m, at, flags, (int) key, 0, payloadLength);
    }

    /** Sets when the frame came: kernel receive stamp (0 when there is none) and the worker's dequeue. */
    public static void entered(MemorySegment m, long at, long t0Ns, long t1Ns) {
        time(m, at, 0, t0Ns);
        time(m, at, 1, t1Ns);
    }

    /** Sets when and to what kind of port the frame was handed, null when to none. */
    public static void left(MemorySegment m, long at, Port.@Nullable Kind out, long t2Ns) {
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.OUT_KIND, SightingLayout.code(out));
        time(m, at, 2, t2Ns);
    }

    /** Sets when the flush that sent the frame began to send, and when that send returned. */
    public static void sent(MemorySegment m, long at, long t3Ns, long t3EndNs) {
        time(m, at, 3, t3Ns);
        time(m, at, 4, t3EndNs);
    }

    /** Writes the whole record of a request through an L7 proxy; parameters as in {@link Sighting.Phases}. */
    public static void phases(MemorySegment m, long at, Sighting.Phases phases) {
        begin(m, at, SightingLayout.PHASES, Direction.REQUEST);
        proxied(m, at, phases.published(), phases.client(), phases.local(), phases.status());
        m.set(LE32, at + SightingLayout.PAYLOAD, (int) Math.clamp(phases.queuedNs(), 0, SightingLayout.MAX_QUEUED_NS));
        time(m, at, 0, phases.readNs());
        time(m, at, 1, phases.routedNs());
        time(m, at, 2, phases.acquiredNs());
        time(m, at, 3, phases.sentNs());
        time(m, at, 4, phases.firstByteNs());
        m.set(LE64, at + SightingLayout.SIXTH_TIME, phases.doneNs());
    }

    /** Writes the whole record of an L7 proxy's own answer; parameters as in {@link Sighting.OwnAnswer}. */
    public static void ownAnswer(MemorySegment m, long at, Sighting.OwnAnswer answer) {
        begin(m, at, SightingLayout.OWN_ANSWER, Direction.REQUEST);
        proxied(m, at, answer.published(), answer.client(), answer.service(), answer.status());
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.BACKEND_ASKED, (byte) (answer.backendAsked() ? 1 : 0));
        time(m, at, 0, answer.readNs());
        time(m, at, 1, answer.answeredNs());
    }

    private static void proxied(
            MemorySegment m, long at, boolean published, Endpoint client, Endpoint service, int status) {
        m.set(
                ValueLayout.JAVA_BYTE,
                at + SightingLayout.IN_KIND,
                published ? SightingLayout.PUBLISHED : SightingLayout.code(null));
        client(m, at, client);
        service(m, at, service);
        m.set(LE16, at + SightingLayout.STATUS, (short) status);
    }

    /** Writes the whole record of an access log line; parameters as in {@link Sighting.ServerLog}. */
    public static void serverLog(MemorySegment m, long at, Sighting.ServerLog log) {
        begin(m, at, SightingLayout.SERVER_LOG, Direction.REQUEST);
        client(m, at, log.client());
        m.set(LE32, at + SightingLayout.PAYLOAD, log.status());
        time(m, at, 0, log.loggedNs());
        time(m, at, 1, log.requestTimeNs());
    }

    /** Writes the whole record of a server's turn; parameters as in {@link Sighting.ServerTurn}. */
    public static void serverTurn(MemorySegment m, long at, Sighting.ServerTurn turn) {
        begin(m, at, SightingLayout.SERVER_TURN, Direction.REQUEST);
        client(m, at, turn.client());
        service(m, at, turn.service());
        time(m, at, 0, turn.takenNs());
        time(m, at, 1, turn.readNs());
        time(m, at, 2, turn.writtenNs());
    }

    /** Begins and completes, but for {@link #client} and {@link #service}, the record of what a guest's device saw of a connection. */
    public static void notice(
            MemorySegment m, long at, Direction direction, Sighting.Notice.What what, int seq, long kernelNs) {
        begin(m, at, SightingLayout.NOTICE, direction);
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.FLAGS, (byte) what.ordinal());
        m.set(LE32, at + SightingLayout.SEQ, seq);
        time(m, at, 0, kernelNs);
    }

    /** Writes any sighting's record, for tests and tools; not for the hot path. */
    public static void write(MemorySegment m, long at, Sighting sighting) {
        switch (sighting) {
            case Sighting.Transit t -> {
                begin(m, at, SightingLayout.TRANSIT, t.direction());
                m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.IN_KIND, SightingLayout.code(t.in()));
                packet(m, at, t.packet());
                entered(m, at, t.t0Ns(), t.t1Ns());
                left(m, at, t.out(), t.t2Ns());
                sent(m, at, t.t3Ns(), t.t3EndNs());
            }
            case Sighting.Edge e -> {
                edge(m, at, e.direction(), e.kind(), e.leaving(), e.guestMac(), e.ns());
                packet(m, at, e.packet());
            }
            case Sighting.Phases p -> phases(m, at, p);
            case Sighting.OwnAnswer o -> ownAnswer(m, at, o);
            case Sighting.ServerLog l -> serverLog(m, at, l);
            case Sighting.ServerTurn t -> serverTurn(m, at, t);
            case Sighting.Notice n -> {
                notice(m, at, n.direction(), n.what(), n.seq(), n.ns());
                client(m, at, n.client());
                service(m, at, n.service());
            }
        }
    }

    private static void packet(MemorySegment m, long at, Sighting.Packet packet) {
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.PROTOCOL, (byte)
                packet.protocol().ordinal());
        client(m, at, packet.client());
        service(m, at, packet.service());
        segment(m, at, packet.flags(), packet.seq(), packet.ack(), packet.payloadLength());
    }

    private static void begin(MemorySegment m, long at, byte kind, Direction direction) {
        for (long i = 0; i < Sighting.BYTES; i += Long.BYTES) {
            m.set(LE64, at + i, 0L);
        }
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.KIND, kind);
        m.set(ValueLayout.JAVA_BYTE, at + SightingLayout.DIRECTION, (byte) direction.ordinal());
    }

    private static void time(MemorySegment m, long at, int index, long ns) {
        m.set(LE64, at + SightingLayout.TIMES + (long) index * Long.BYTES, ns);
    }
}
