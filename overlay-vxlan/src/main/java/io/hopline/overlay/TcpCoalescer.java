package io.hopline.overlay;

import io.hopline.packet.Checksum;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Tcp;
import io.hopline.packet.VnetHeader;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Puts the segments of a TCP super-frame back together, so that the switch and the guest handle one frame and not forty.
 *
 * <p>The rules are the kernel's (net/ipv4/tcp_offload.c, tcp_gro_receive; af_inet.c, inet_gro_receive) and no looser: what
 * is merged here and segmented again gives the very same bytes. A segment joins when its checksums are right, it continues
 * the sequence, and its headers differ in nothing but what segmentation changes; one that is shorter or has PSH or FIN is
 * the last. No state outlives a train. One thread.
 */
final class TcpCoalescer {
    private static final int MAX_IP_BYTES = 65_535;
    private static final int CHECKSUM_OFFSET = 16;
    private static final int VALID = 0xffff;

    private final FrameHeaders headers = new FrameHeaders();
    private @Nullable Frame open;
    private boolean ipv4;
    private int l3;
    private int l4;
    private int headerBytes;
    private int segmentBytes;
    private int segments;
    private int nextSequence;
    private int lastFlags;

    /** Begins with a frame; if it is not a TCP segment that others may join, every {@link #append} says no. */
    void start(Frame frame) {
        open = null;
        if (headers.parse(frame) != FrameHeaders.Verdict.OK
                || !headers.isTcp()
                || headers.fragment() != FrameHeaders.FRAGMENT_NONE
                || headers.payloadBytes() == 0
                || headers.l3Offset() + headers.ipBytes() != frame.length()
                || headers.ipHeaderBytes() != (headers.ipVersion() == 4 ? Ipv4.MIN_BYTES : Ipv6.BYTES)
                || (headers.tcpFlags() & ~Tcp.ECE) != Tcp.ACK) {
            return;
        }
        ipv4 = headers.ipVersion() == 4;
        l3 = headers.l3Offset();
        l4 = headers.l4Offset();
        headerBytes = headers.payloadOffset();
        segmentBytes = headers.payloadBytes();
        segments = 1;
        MemorySegment memory = frame.memory();
        if (checksumsAreRight(memory, frame.offset(), frame.length())) {
            nextSequence = Tcp.sequence(memory, frame.offset() + l4) + segmentBytes;
            lastFlags = headers.tcpFlags();
            open = frame;
        }
    }

    /**
     * Joins a segment to the frame, if it belongs there. The bytes may lie behind the frame in its own slot.
     *
     * @param at position of the segment's Ethernet header
     * @param length its bytes
     * @return true when the segment's payload is now part of the frame
     */
    boolean append(MemorySegment memory, long at, int length) {
        Frame frame = open;
        int payload = length - headerBytes;
        if (frame == null
                || payload < 1
                || payload > segmentBytes
                || frame.length() - l3 + payload > MAX_IP_BYTES
                || !continues(frame, memory, at, length)
                || !checksumsAreRight(memory, at, length)) {
            return false;
        }
        int end = frame.length();
        lastFlags = Tcp.flags(memory, at + l4);
        frame.length(end + payload);
        MemorySegment.copy(memory, at + headerBytes, frame.memory(), frame.offset() + end, payload);
        segments++;
        nextSequence += payload;
        if (payload < segmentBytes || (lastFlags & (Tcp.PSH | Tcp.FIN)) != 0) {
            finish();
        }
        return true;
    }

    private boolean continues(Frame frame, MemorySegment memory, long at, int length) {
        MemorySegment first = frame.memory();
        long start = frame.offset();
        return same(first, start, memory, at, l3)
                && (ipv4
                        ? ipv4Continues(first, start, memory, at, length)
                        : ipv6Continues(first, start, memory, at, length))
                && tcpContinues(first, start + l4, memory, at + l4);
    }

    private boolean ipv4Continues(MemorySegment first, long start, MemorySegment memory, long at, int length) {
        long a = start + l3;
        long b = at + l3;
        // Version and class; flags and fragment offset, TTL, protocol; addresses. Not length, identification, checksum.
        return same(first, a, memory, b, 2)
                && same(first, a + 6, memory, b + 6, 4)
                && same(first, a + 12, memory, b + 12, 8)
                && Ipv4.totalBytes(memory, b) == length - l3
                && Ipv4.identification(memory, b) == (Ipv4.identification(first, a) + segments & 0xffff);
    }

    private boolean ipv6Continues(MemorySegment first, long start, MemorySegment memory, long at, int length) {
        long a = start + l3;
        long b = at + l3;
        return same(first, a, memory, b, 4)
                && same(first, a + 6, memory, b + 6, Ipv6.BYTES - 6)
                && Ipv6.payloadBytes(memory, b) == length - l3 - Ipv6.BYTES;
    }

    private boolean tcpContinues(MemorySegment first, long a, MemorySegment memory, long b) {
        int changed = Tcp.flags(first, a) ^ Tcp.flags(memory, b);
        // Ports; acknowledgment, header length; window; urgent pointer and options. Not sequence, flags, checksum.
        return same(first, a, memory, b, 4)
                && same(first, a + 8, memory, b + 8, 5)
                && same(first, a + 14, memory, b + 14, 2)
                && same(first, a + 18, memory, b + 18, headerBytes - l4 - 18)
                && Tcp.sequence(memory, b) == nextSequence
                && (changed & ~(Tcp.PSH | Tcp.FIN)) == 0;
    }

    private static boolean same(MemorySegment first, long a, MemorySegment memory, long b, int bytes) {
        return MemorySegment.mismatch(first, a, a + bytes, memory, b, b + bytes) < 0;
    }

    private boolean checksumsAreRight(MemorySegment memory, long at, int length) {
        long ip = at + l3;
        int transportBytes = length - l4;
        if (ipv4 && Checksum.sum(memory, ip, Ipv4.MIN_BYTES) != VALID) {
            return false;
        }
        int pseudo = ipv4
                ? Checksum.pseudoIpv4(memory, ip, Ipv4.protocol(memory, ip), transportBytes)
                : Checksum.pseudoIpv6(memory, ip, Ipv6.nextHeader(memory, ip), transportBytes);
        return Checksum.add(pseudo, Checksum.sum(memory, at + l4, transportBytes)) == VALID;
    }

    /** Makes the frame what its segments are together; alone it stays as it came. */
    void finish() {
        Frame frame = open;
        open = null;
        if (frame == null || segments == 1) {
            return;
        }
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + l3;
        long tcp = frame.offset() + l4;
        int transportBytes = frame.length() - l4;
        Tcp.flags(memory, tcp, Tcp.flags(memory, tcp) | lastFlags);
        if (ipv4) {
            Ipv4.totalBytes(memory, ip, frame.length() - l3);
            Ipv4.updateChecksum(memory, ip);
            Tcp.checksum(memory, tcp, Checksum.pseudoIpv4(memory, ip, Ipv4.protocol(memory, ip), transportBytes));
        } else {
            Ipv6.payloadBytes(memory, ip, frame.length() - l3 - Ipv6.BYTES);
            Tcp.checksum(memory, tcp, Checksum.pseudoIpv6(memory, ip, Ipv6.nextHeader(memory, ip), transportBytes));
        }
        long vnet = frame.vnet();
        VnetHeader.flags(memory, vnet, VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.gsoType(memory, vnet, ipv4 ? VnetHeader.GSO_TCPV4 : VnetHeader.GSO_TCPV6);
        VnetHeader.headerLength(memory, vnet, headerBytes);
        VnetHeader.gsoSize(memory, vnet, segmentBytes);
        VnetHeader.checksumStart(memory, vnet, l4);
        VnetHeader.checksumOffset(memory, vnet, CHECKSUM_OFFSET);
    }
}
