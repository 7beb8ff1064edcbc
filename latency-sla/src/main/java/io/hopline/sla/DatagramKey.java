package io.hopline.sla;

import io.hopline.packet.Icmp;
import io.hopline.packet.Udp;
import io.hopline.packet.Wire;
import java.lang.foreign.MemorySegment;

/**
 * What a datagram is known by wherever it passes. Made of bytes that no hop changes (RFC 5475): of what NAT and routing
 * rewrite, which is addresses, ports, TTL and checksums, nothing is in it.
 *
 * <p>An echo is known by its sequence number, a DNS message by its transaction id (RFC 1035, section 4.1.1); both are the same in the
 * answer, so a key of that kind also says what answers what: it is <em>matching</em>. Any other UDP datagram is known by a
 * digest of its IP identification, its length and its first {@value #DIGESTED_BYTES} bytes.
 *
 * <p>A key is a long: {@link #MATCHING} or not, and 32 bits. Allocates nothing.
 */
public final class DatagramKey {
    /** Of payload so much is looked at: what a stamp socket keeps of a frame, less the longest headers. */
    public static final int DIGESTED_BYTES = 40;

    /** Set in keys that the answer has, too. */
    public static final long MATCHING = 1L << 32;

    private static final int DNS_HEADER_BYTES = 12;
    private static final int DNS_RESPONSE = 0x8000;
    /** Opcode QUERY and the bit that is zero in all messages (RFC 1035, section 4.1.1, and RFC 2535, section 6.1). */
    private static final int DNS_OPCODE_AND_ZERO = 0x7840;

    private static final int FACTOR = 0x9E3779B1;

    private DatagramKey() {}

    /** Key of the echo request or reply whose ICMP header is at {@code icmp}. */
    public static long ofEcho(MemorySegment memory, long icmp) {
        return MATCHING | Icmp.sequence(memory, icmp);
    }

    /**
     * Key of a UDP datagram.
     *
     * @param identification of the IPv4 header, 16 bits
     * @param udp where the UDP header is; of its payload {@link #DIGESTED_BYTES} bytes are there, or all
     * @param available bytes behind the UDP header: fewer than the datagram has in a first fragment
     */
    public static long ofUdp(Direction direction, MemorySegment memory, long udp, int available, int identification) {
        int length = Udp.totalBytes(memory, udp);
        int bytes = Math.min(available, length - Udp.BYTES);
        long payload = udp + Udp.BYTES;
        if (bytes >= DNS_HEADER_BYTES && isDns(direction, memory, payload)) {
            return MATCHING | Wire.u16(memory, payload);
        }
        int digest = mix(identification ^ length << 16);
        int digested = Math.min(bytes, DIGESTED_BYTES);
        for (int i = 0; i < digested; i++) {
            digest = (digest ^ Wire.u8(memory, payload + i)) * FACTOR;
        }
        return mix(digest) & 0xffff_ffffL;
    }

    /** A message that looks like a query of one question, or its answer. The port does not count: NAT may make it DNS's on the way, or another. */
    private static boolean isDns(Direction direction, MemorySegment memory, long at) {
        int flags = Wire.u16(memory, at + 2);
        boolean response = (flags & DNS_RESPONSE) != 0;
        if (response != (direction == Direction.RESPONSE)) {
            return false;
        }
        boolean oneQuestion = Wire.u16(memory, at + 4) == 1;
        boolean noAnswers = Wire.u16(memory, at + 6) == 0 && Wire.u16(memory, at + 8) == 0;
        return (flags & DNS_OPCODE_AND_ZERO) == 0 && oneQuestion && (response || noAnswers);
    }

    private static int mix(int value) {
        int h = value * FACTOR;
        return h ^ h >>> 15;
    }
}
