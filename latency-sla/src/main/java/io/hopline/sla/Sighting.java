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

    /** Who asks. */
    Endpoint client();

    /** In the flags of a datagram: the answer has the same key, see {@link DatagramKey}. */
    int MATCHING = 1;

    /**
     * What a TCP segment, or a datagram, says of itself, wherever it is seen.
     *
     * @param service as the frame named it
     * @param flags of TCP, {@link #SYN} and so on; of a datagram {@link #MATCHING} or nothing
     * @param seq sequence number of the first payload byte (of the SYN itself in a SYN); of a datagram its key
     * @param payloadLength bytes; more than a packet's worth in a super-frame
     */
    record Packet(
            Protocol protocol,
            Endpoint client,
            Endpoint service,
            Direction direction,
            int flags,
            int seq,
            int ack,
            int payloadLength) {}

    /** A packet at a place. */
    sealed interface Segment extends Sighting {
        Packet packet();

        @Override
        default Endpoint client() {
            return packet().client();
        }

        default Protocol protocol() {
            return packet().protocol();
        }

        default Endpoint service() {
            return packet().service();
        }

        default Direction direction() {
            return packet().direction();
        }

        default int flags() {
            return packet().flags();
        }

        default int seq() {
            return packet().seq();
        }

        default int ack() {
            return packet().ack();
        }

        default int payloadLength() {
            return packet().payloadLength();
        }

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
     * @param in kind of the port it came in by
     * @param out kind of the port it left by, null when by none of them
     * @param t0Ns kernel receive stamp
     * @param t1Ns dequeued by the worker
     * @param t2Ns actions done, handed to the port
     * @param t3Ns the flush of that port began to send
     * @param t3EndNs the send returned
     */
    record Transit(
            Packet packet,
            Port.@Nullable Kind in,
            Port.@Nullable Kind out,
            long t0Ns,
            long t1Ns,
            long t2Ns,
            long t3Ns,
            long t3EndNs)
            implements Segment {}

    /**
     * A frame at a network device on the edge of the virtual network: a guest's, or the host's NIC.
     *
     * @param kind {@link Port.Kind#VNIC} or {@link Port.Kind#UPLINK}
     * @param leaving true when the frame travels away from the switch: into the guest, or out to the wire
     * @param guestMac the guest's MAC address in the low 48 bits; 0 at the host's NIC
     * @param ns kernel stamp
     */
    record Edge(Packet packet, Port.Kind kind, boolean leaving, long guestMac, long ns) implements Segment {
        /** Of a guest that its IP address tells, or of none. */
        public Edge(Packet packet, Port.Kind kind, boolean leaving, long ns) {
            this(packet, kind, leaving, 0, ns);
        }
    }

    /**
     * One request as an L7 proxy saw it.
     *
     * @param published the client reached it at an address of the host, so that nothing but the proxy saw it come and go
     * @param client of the front connection
     * @param local the proxy's own side of the backend connection
     * @param status HTTP status of the answer, 0 when not said
     * @param readNs first bytes of the request read
     * @param routedNs request parsed and a backend chosen
     * @param queuedNs how long it then waited until a connection was free or one began to be opened; 4.2 s stand for longer
     * @param acquiredNs a connection to the backend at hand
     * @param sentNs request written to it
     * @param firstByteNs first bytes of the response read
     * @param doneNs response written to the client
     */
    record Phases(
            boolean published,
            Endpoint client,
            Endpoint local,
            int status,
            long readNs,
            long routedNs,
            long queuedNs,
            long acquiredNs,
            long sentNs,
            long firstByteNs,
            long doneNs)
            implements Sighting {}

    /**
     * One request that an L7 proxy answered itself, such as by a redirect or for want of a backend.
     *
     * @param published as of {@link Phases}
     * @param client of the front connection
     * @param service the service's virtual address, wherever the client asked
     * @param backendAsked a backend was waited for before, in vain
     * @param status HTTP status of the answer
     * @param readNs first bytes of the request read
     * @param answeredNs the answer about to be written
     */
    record OwnAnswer(
            boolean published,
            boolean backendAsked,
            Endpoint client,
            Endpoint service,
            int status,
            long readNs,
            long answeredNs)
            implements Sighting {}

    /**
     * A line of the server's access log.
     *
     * @param status HTTP status
     * @param loggedNs nginx's {@code $msec}: when the line was written, 1 ms resolution, by the guest's clock
     * @param requestTimeNs nginx's {@code $request_time}, 1 ms resolution
     */
    record ServerLog(Endpoint client, int status, long loggedNs, long requestTimeNs) implements Sighting {}

    /**
     * One turn of the server as its host's kernel told it, where the guest shares that kernel.
     *
     * @param client as the server sees it
     * @param takenNs the kernel's TCP took the last segment that the server read before it answered
     * @param readNs the server's read returned
     * @param writtenNs the server began to write its answer
     */
    record ServerTurn(Endpoint client, Endpoint service, long takenNs, long readNs, long writtenNs)
            implements Sighting {}

    /**
     * Something that a guest's device saw of a TCP connection and that a request's times depend on.
     *
     * @param direction of the segment
     * @param seq its first byte
     * @param ns kernel stamp
     */
    record Notice(Endpoint client, Endpoint service, Direction direction, What what, int seq, long ns)
            implements Sighting {
        /** What was seen. */
        public enum What {
            /** A TLS record of a handshake (RFC 8446, section 5.1): content type 22 or 20, version 3.x. */
            TLS_HANDSHAKE,
            /** Its sender takes no more data (RFC 9293, section 3.8.6.1). */
            ZERO_WINDOW
        }
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
