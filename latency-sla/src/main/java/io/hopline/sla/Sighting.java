package io.hopline.sla;

import io.hopline.packet.Port;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * One thing seen of one timed connection, or of a client's datagrams, at one place, as the joiner reads it. Hosts write these as fixed records of
 * {@value #BYTES} bytes with {@link SightingWriter}; whose host a record comes from is said by the batch it arrives in.
 *
 * <p>All times are CLOCK_REALTIME nanoseconds, 0 for "not taken". The client's side of a connection is never changed by
 * the network; the service's side is what the frame said at that place, before this switch's NAT.
 */
public sealed interface Sighting {
    /** Size of every record. */
    int BYTES = 96;

    /** TCP flags (RFC 9293, section 3.1). */
    int FIN = 1;

    int SYN = 2;
    int RST = 4;
    int PSH = 8;
    int ACK = 16;

    /** Client address, big-endian int. */
    int clientIp();

    int clientPort();

    /** In the flags of a datagram: the answer has the same key, see {@link DatagramKey}. */
    int MATCHING = 1;

    /**
     * What a TCP segment, or a datagram, says of itself, wherever it was seen. A datagram's key is in {@link #seq}, and
     * its flags have {@link #MATCHING} or nothing.
     */
    sealed interface Segment extends Sighting {
        Protocol protocol();

        int serviceIp();

        int servicePort();

        Direction direction();

        /** TCP flags, {@link #SYN} and so on. */
        int flags();

        /** Sequence number of the first payload byte (of the SYN itself in a SYN). */
        int seq();

        int ack();

        /** Payload bytes; more than a packet's worth in a super-frame. */
        int payloadLength();

        /** True when the payload holds the byte with this sequence number, modulo 2^32. */
        default boolean holds(int sequence) {
            return Integer.compareUnsigned(sequence - seq(), payloadLength()) < 0;
        }

        /** Sequence number after the payload. */
        default int end() {
            return seq() + payloadLength();
        }

        default boolean syn() {
            return protocol() == Protocol.TCP && (flags() & SYN) != 0;
        }

        default boolean rst() {
            return protocol() == Protocol.TCP && (flags() & RST) != 0;
        }
    }

    /**
     * A frame's way through one switch.
     *
     * @param flags of TCP, or of a datagram
     * @param in kind of the port it came in by
     * @param out kind of the port it left by, null when by none of them
     * @param t0Ns kernel receive stamp
     * @param t1Ns dequeued by the worker
     * @param t2Ns actions done, handed to the port
     * @param t3Ns the flush of that port began to send
     * @param t3EndNs the send returned
     */
    record Transit(
            Protocol protocol,
            int clientIp,
            int clientPort,
            int serviceIp,
            int servicePort,
            Direction direction,
            int flags,
            int seq,
            int ack,
            int payloadLength,
            Port.@Nullable Kind in,
            Port.@Nullable Kind out,
            long t0Ns,
            long t1Ns,
            long t2Ns,
            long t3Ns,
            long t3EndNs)
            implements Segment {
        /** A TCP segment's way. */
        public Transit(
                int clientIp,
                int clientPort,
                int serviceIp,
                int servicePort,
                Direction direction,
                int flags,
                int seq,
                int ack,
                int payloadLength,
                Port.@Nullable Kind in,
                Port.@Nullable Kind out,
                long t0Ns,
                long t1Ns,
                long t2Ns,
                long t3Ns,
                long t3EndNs) {
            this(
                    Protocol.TCP,
                    clientIp,
                    clientPort,
                    serviceIp,
                    servicePort,
                    direction,
                    flags,
                    seq,
                    ack,
                    payloadLength,
                    in,
                    out,
                    t0Ns,
                    t1Ns,
                    t2Ns,
                    t3Ns,
                    t3EndNs);
        }
    }

    /**
     * A frame at a network device on the edge of the virtual network: a guest's, or the host's NIC.
     *
     * @param kind {@link Port.Kind#VNIC} or {@link Port.Kind#UPLINK}
     * @param leaving true when the frame travels away from the switch: into the guest, or out to the wire
     * @param ns kernel stamp
     */
    record Edge(
            Protocol protocol,
            int clientIp,
            int clientPort,
            int serviceIp,
            int servicePort,
            Direction direction,
            int flags,
            int seq,
            int ack,
            int payloadLength,
            Port.Kind kind,
            boolean leaving,
            long ns)
            implements Segment {
        /** A TCP segment. */
        public Edge(
                int clientIp,
                int clientPort,
                int serviceIp,
                int servicePort,
                Direction direction,
                int flags,
                int seq,
                int ack,
                int payloadLength,
                Port.Kind kind,
                boolean leaving,
                long ns) {
            this(
                    Protocol.TCP,
                    clientIp,
                    clientPort,
                    serviceIp,
                    servicePort,
                    direction,
                    flags,
                    seq,
                    ack,
                    payloadLength,
                    kind,
                    leaving,
                    ns);
        }
    }

    /**
     * One request as an L7 proxy saw it.
     *
     * @param clientIp client of the front connection
     * @param localIp the proxy's own address on the backend connection
     * @param localPort the proxy's own port on the backend connection
     * @param status HTTP status of the answer, 0 when not said
     * @param readNs first bytes of the request read
     * @param routedNs request parsed and a backend chosen
     * @param acquiredNs a connection to the backend at hand
     * @param sentNs request written to it
     * @param firstByteNs first bytes of the response read
     * @param doneNs response written to the client
     */
    record Phases(
            int clientIp,
            int clientPort,
            int localIp,
            int localPort,
            int status,
            long readNs,
            long routedNs,
            long acquiredNs,
            long sentNs,
            long firstByteNs,
            long doneNs)
            implements Sighting {}

    /**
     * A line of the server's access log.
     *
     * @param status HTTP status
     * @param loggedNs nginx's {@code $msec}: when the line was written, 1 ms resolution, by the guest's clock
     * @param requestTimeNs nginx's {@code $request_time}, 1 ms resolution
     */
    record ServerLog(int clientIp, int clientPort, int status, long loggedNs, long requestTimeNs) implements Sighting {}

    /**
     * One turn of the server as its host's kernel told it, where the guest shares that kernel.
     *
     * @param clientIp as the server sees the client
     * @param takenNs the kernel's TCP took the last segment that the server read before it answered
     * @param readNs the server's read returned
     * @param writtenNs the server began to write its answer
     */
    record ServerTurn(
            int clientIp, int clientPort, int serviceIp, int servicePort, long takenNs, long readNs, long writtenNs)
            implements Sighting {}

    /**
     * Something that a guest's device saw of a TCP connection and that a request's times depend on.
     *
     * @param direction of the segment
     * @param seq its first byte
     * @param ns kernel stamp
     */
    record Notice(
            int clientIp,
            int clientPort,
            int serviceIp,
            int servicePort,
            Direction direction,
            What what,
            int seq,
            long ns)
            implements Sighting {
        /** What was seen. */
        public enum What {
            /** A TLS record of a handshake (RFC 8446, section 5.1): content type 22 or 20, version 3.x. */
            TLS_HANDSHAKE,
            /** Its sender takes no more data (RFC 9293, section 3.8.6.1). */
            ZERO_WINDOW
        }
    }

    /** True for the record of a {@link Transit}, without decoding it. */
    static boolean isTransit(ByteBuffer buffer, int offset) {
        return buffer.get(offset + SightingLayout.KIND) == SightingLayout.TRANSIT;
    }

    /**
     * Decodes the record that starts at {@code offset}; the buffer's position and order are left alone.
     *
     * @return null when the record's kind or one of its codes is unknown: a newer node's, or not a sighting at all
     * @throws IndexOutOfBoundsException when the buffer ends before the record does
     */
    static @Nullable Sighting decode(ByteBuffer buffer, int offset) {
        return SightingLayout.decode(buffer.slice(offset, BYTES).order(ByteOrder.LITTLE_ENDIAN));
    }
}
