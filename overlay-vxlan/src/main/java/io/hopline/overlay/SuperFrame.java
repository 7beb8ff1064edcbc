package io.hopline.overlay;

import io.hopline.packet.Checksum;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Tcp;
import io.hopline.packet.VnetHeader;
import io.hopline.packet.Wire;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A TCP segment that others of its connection may join, of one Ethernet, IP and TCP header without IP options or extension
 * headers. Reused for one connection after the other.
 */
final class SuperFrame {
    private static final int MAX_IP_BYTES = 65_535;
    private static final int CHECKSUM_OFFSET = 16;
    private static final int VALID = 0xffff;

    private @Nullable Frame frame;
    private boolean ipv4;
    private int l3;
    private int l4;
    private int headerBytes;
    private int segmentBytes;
    private int segments;
    private int nextSequence;
    private int lastFlags;
    private int ports;

    /** Begins with a whole data segment; false when its checksums are wrong, and nothing may join it. */
    boolean open(Frame first, FrameHeaders headers) {
        MemorySegment memory = first.memory();
        ipv4 = headers.ipVersion() == 4;
        l3 = headers.l3Offset();
        l4 = headers.l4Offset();
        if (!checksumsAreRight(memory, first.offset(), first.length())) {
            return false;
        }
        frame = first;
        headerBytes = headers.payloadOffset();
        segmentBytes = headers.payloadBytes();
        segments = 1;
        nextSequence = Tcp.sequence(memory, first.offset() + l4) + segmentBytes;
        lastFlags = headers.tcpFlags();
        ports = Wire.i32(memory, first.offset() + l4);
        return true;
    }

    /** Offset of the IP header. */
    int l3() {
        return l3;
    }

    /** Whether a packet is of this connection: whatever else is true of it, what comes after must not overtake it. */
    boolean owns(long vni, MemorySegment memory, long at, int length) {
        Frame first = frame;
        if (first == null || length < l4 + Tcp.MIN_BYTES || Wire.i32(memory, at + l4) != ports) {
            return false;
        }
        MemorySegment mine = first.memory();
        long a = first.offset() + l3;
        long b = at + l3;
        return first.tunnelId() == vni
                && Wire.u16(mine, a - 2) == Wire.u16(memory, b - 2)
                && Wire.u8(mine, a) == Wire.u8(memory, b)
                && (ipv4
                        ? Ipv4.protocol(mine, a) == Ipv4.protocol(memory, b)
                                && Wire.i64(mine, a + 12) == Wire.i64(memory, b + 12)
                        : Ipv6.nextHeader(mine, a) == Ipv6.nextHeader(memory, b)
                                && Wire.same(mine, a + 8, memory, b + 8, 32));
    }

    /**
     * Joins a segment that this frame {@link #owns}, if it belongs at its end.
     *
     * @return true when the segment's payload is now part of the frame
     */
    boolean append(MemorySegment memory, long at, int length) {
        Frame first = frame;
        int payload = length - headerBytes;
        if (first == null
                || payload < 1
                || payload > segmentBytes
                || first.length() - l3 + payload > MAX_IP_BYTES
                || !continues(first, memory, at, length)
                || !checksumsAreRight(memory, at, length)) {
            return false;
        }
        int end = first.length();
        lastFlags = Tcp.flags(memory, at + l4);
        first.length(end + payload);
        MemorySegment.copy(memory, at + headerBytes, first.memory(), first.offset() + end, payload);
        segments++;
        // After a shorter one, PSH or FIN no other may follow.
        boolean last = payload < segmentBytes || (lastFlags & (Tcp.PSH | Tcp.FIN)) != 0;
        nextSequence += payload;
        if (last) {
            close();
        }
        return true;
    }

    boolean isOpen() {
        return frame != null;
    }

    /** Whether the headers are what segmentation makes of the first ones; {@link #owns} has compared addresses and ports. */
    private boolean continues(Frame first, MemorySegment memory, long at, int length) {
        MemorySegment mine = first.memory();
        long start = first.offset();
        return Wire.same(mine, start, memory, at, l3)
                && (ipv4
                        ? ipv4Continues(mine, start, memory, at, length)
                        : ipv6Continues(mine, start, memory, at, length))
                && tcpContinues(mine, start + l4, memory, at + l4);
    }

    private boolean ipv4Continues(MemorySegment first, long start, MemorySegment memory, long at, int length) {
        long a = start + l3;
        long b = at + l3;
        // Version and class; flags and fragment offset, TTL, protocol. Not length, identification, checksum.
        return Wire.u16(first, a) == Wire.u16(memory, b)
                && Wire.i32(first, a + 6) == Wire.i32(memory, b + 6)
                && Ipv4.totalBytes(memory, b) == length - l3
                && Ipv4.identification(memory, b) == (Ipv4.identification(first, a) + segments & 0xffff);
    }

    private boolean ipv6Continues(MemorySegment first, long start, MemorySegment memory, long at, int length) {
        long a = start + l3;
        long b = at + l3;
        return Wire.i32(first, a) == Wire.i32(memory, b)
                && Wire.u16(first, a + 6) == Wire.u16(memory, b + 6)
                && Ipv6.payloadBytes(memory, b) == length - l3 - Ipv6.BYTES;
    }

    private boolean tcpContinues(MemorySegment first, long a, MemorySegment memory, long b) {
        int changed = Tcp.flags(first, a) ^ Tcp.flags(memory, b);
        // Acknowledgment, header length; window; urgent pointer and options. Not sequence, flags, checksum.
        return Wire.i32(first, a + 8) == Wire.i32(memory, b + 8)
                && Wire.u8(first, a + 12) == Wire.u8(memory, b + 12)
                && Tcp.window(first, a) == Tcp.window(memory, b)
                && Wire.same(first, a + 18, memory, b + 18, headerBytes - l4 - 18)
                && Tcp.sequence(memory, b) == nextSequence
                && (changed & ~(Tcp.PSH | Tcp.FIN)) == 0;
    }

    private boolean checksumsAreRight(MemorySegment memory, long at, int length) {
        long ip = at + l3;
        int transportBytes = length - l4;
        if (ipv4 && Checksum.sum(memory, ip, Ipv4.MIN_BYTES) != VALID) {
            return false;
        }
        return Checksum.add(Checksum.pseudo(memory, ip, transportBytes), Checksum.sum(memory, at + l4, transportBytes))
                == VALID;
    }

    /** Makes the frame what its segments are together; alone it stays as it came. */
    void close() {
        Frame first = frame;
        frame = null;
        if (first == null || segments == 1) {
            return;
        }
        MemorySegment memory = first.memory();
        long ip = first.offset() + l3;
        long tcp = first.offset() + l4;
        int transportBytes = first.length() - l4;
        Tcp.flags(memory, tcp, Tcp.flags(memory, tcp) | lastFlags);
        if (ipv4) {
            Ipv4.totalBytes(memory, ip, first.length() - l3);
            Ipv4.updateChecksum(memory, ip);
        } else {
            Ipv6.payloadBytes(memory, ip, first.length() - l3 - Ipv6.BYTES);
        }
        Tcp.checksum(memory, tcp, Checksum.pseudo(memory, ip, transportBytes));
        int gsoType = ipv4 ? VnetHeader.GSO_TCPV4 : VnetHeader.GSO_TCPV6;
        VnetHeader.superFrame(memory, first.vnet(), gsoType, headerBytes, segmentBytes, l4, CHECKSUM_OFFSET);
    }
}
