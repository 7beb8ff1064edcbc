package io.hopline.packet;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Puts UDP datagrams of one flow that follow each other into one super-frame (GSO_UDP_L4), so that a guest's kernel is
 * entered once for all of them: it takes them apart again in front of the socket, or hands them over together when the
 * socket asked for UDP_GRO (net/ipv4/udp.c, udp_rcv_segment).
 *
 * <p>The rules are those of linux/net/ipv4/udp_offload.c, udp_gro_receive: equal headers but for length, identification
 * and checksum, equal payload lengths but for a shorter last one, right checksums, no fragments, no IP options. Nothing
 * waits for company: only frames that are there at once are joined. Identifications must count up unless DF is set, where
 * they mean nothing (RFC 6864, section 4.1). One thread; allocates nothing.
 */
public final class DatagramCoalescer {
    /** UDP_MAX_SEGMENTS of the kernels that take the fewest (include/linux/udp.h). */
    public static final int MAX_DATAGRAMS = 64;

    private static final int MAX_IP_BYTES = 65_535;
    private static final int VALID = 0xffff;

    private final FrameHeaders headers = new FrameHeaders();
    private @Nullable Frame open;
    private boolean ipv4;
    private int l3;
    private int l4;
    private int headerBytes;
    private int payloadBytes;
    private int datagrams;

    /**
     * Begins with a frame.
     *
     * @return false when it is not a datagram that others could join
     */
    public boolean start(Frame frame) {
        open = null;
        if (VnetHeader.isGso(frame.memory(), frame.vnet())
                || headers.parse(frame) != FrameHeaders.Verdict.OK
                || !headers.isUdp()
                || headers.fragment() != FrameHeaders.FRAGMENT_NONE
                || headers.payloadBytes() == 0
                || headers.l3Offset() + headers.ipBytes() != frame.length()
                || headers.ipHeaderBytes() != (headers.ipVersion() == 4 ? Ipv4.MIN_BYTES : Ipv6.BYTES)) {
            return false;
        }
        ipv4 = headers.ipVersion() == 4;
        l3 = headers.l3Offset();
        l4 = headers.l4Offset();
        headerBytes = headers.payloadOffset();
        payloadBytes = headers.payloadBytes();
        datagrams = 1;
        if (!checksumsAreRight(frame)) {
            return false;
        }
        open = frame;
        return true;
    }

    /**
     * Joins the next frame, if it belongs there.
     *
     * @return true when its payload is now part of the first frame; it is still the caller's to release
     */
    public boolean append(Frame next) {
        Frame first = open;
        int payload = next.length() - headerBytes;
        if (first == null
                || payload < 1
                || payload > payloadBytes
                || first.length() - l3 + payload > MAX_IP_BYTES
                || datagrams == MAX_DATAGRAMS
                || VnetHeader.isGso(next.memory(), next.vnet())
                || !continues(first.memory(), first.offset(), next.memory(), next.offset(), next.length())
                || !checksumsAreRight(next)) {
            return false;
        }
        int end = first.length();
        first.length(end + payload);
        MemorySegment.copy(next.memory(), next.offset() + headerBytes, first.memory(), first.offset() + end, payload);
        datagrams++;
        if (payload < payloadBytes) {
            finish();
        }
        return true;
    }

    private boolean continues(MemorySegment first, long start, MemorySegment memory, long at, int length) {
        long a = start + l3;
        long b = at + l3;
        return Wire.same(first, start, memory, at, l3)
                && (ipv4
                        ? ipv4Continues(first, a, memory, b)
                        : Wire.same(first, a, memory, b, 4) && ipv6Continues(first, a, memory, b))
                && ipBytes(memory, b) == length - l3
                // Ports; not length and checksum.
                && Wire.i32(first, start + l4) == Wire.i32(memory, at + l4)
                && Udp.totalBytes(memory, at + l4) == length - l4;
    }

    private boolean ipv4Continues(MemorySegment first, long a, MemorySegment memory, long b) {
        // Version, header length and class; flags, fragment offset, TTL and protocol; addresses.
        return Wire.u16(first, a) == Wire.u16(memory, b)
                && Wire.i32(first, a + 6) == Wire.i32(memory, b + 6)
                && Wire.i64(first, a + 12) == Wire.i64(memory, b + 12)
                && identificationContinues(first, a, memory, b);
    }

    private boolean identificationContinues(MemorySegment first, long a, MemorySegment memory, long b) {
        return (Ipv4.fragment(first, a) & Ipv4.DONT_FRAGMENT) != 0
                || Ipv4.identification(memory, b) == (Ipv4.identification(first, a) + datagrams & 0xffff);
    }

    private static boolean ipv6Continues(MemorySegment first, long a, MemorySegment memory, long b) {
        // Next header, hop limit and addresses.
        return Wire.same(first, a + 6, memory, b + 6, Ipv6.BYTES - 6);
    }

    private int ipBytes(MemorySegment memory, long ip) {
        return ipv4 ? Ipv4.totalBytes(memory, ip) : Ipv6.BYTES + Ipv6.payloadBytes(memory, ip);
    }

    private boolean checksumsAreRight(Frame frame) {
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + l3;
        if (ipv4 && Checksum.sum(memory, ip, Ipv4.MIN_BYTES) != VALID) {
            return false;
        }
        if (VnetHeader.needsChecksum(memory, frame.vnet())) {
            return VnetHeader.checksumStart(memory, frame.vnet()) == l4
                    && VnetHeader.checksumOffset(memory, frame.vnet()) == Udp.CHECKSUM;
        }
        int transportBytes = frame.length() - l4;
        // One without a checksum has to stay without.
        return Udp.checksum(memory, frame.offset() + l4) != 0
                && Checksum.add(
                                Checksum.pseudo(memory, ip, transportBytes),
                                Checksum.sum(memory, frame.offset() + l4, transportBytes))
                        == VALID;
    }

    /**
     * Makes the first frame what its datagrams are together; alone it stays as it came. Nothing joins it any more.
     *
     * @return datagrams in it
     */
    public int finish() {
        Frame frame = open;
        open = null;
        if (frame == null || datagrams == 1) {
            return datagrams;
        }
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + l3;
        long udp = frame.offset() + l4;
        int transportBytes = frame.length() - l4;
        if (ipv4) {
            Ipv4.totalBytes(memory, ip, frame.length() - l3);
            Ipv4.updateChecksum(memory, ip);
        } else {
            Ipv6.payloadBytes(memory, ip, transportBytes);
        }
        Udp.totalBytes(memory, udp, transportBytes);
        Udp.checksum(memory, udp, Checksum.pseudo(memory, ip, transportBytes));
        VnetHeader.superFrame(memory, frame.vnet(), VnetHeader.GSO_UDP_L4, headerBytes, payloadBytes, l4, Udp.CHECKSUM);
        return datagrams;
    }
}
