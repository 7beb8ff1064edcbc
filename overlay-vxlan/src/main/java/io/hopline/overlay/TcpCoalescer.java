package io.hopline.overlay;

import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Tcp;
import java.lang.foreign.MemorySegment;

/**
 * Puts the segments of TCP super-frames back together, so that the switch and the guest handle one frame and not forty.
 *
 * <p>The rules are the kernel's (net/ipv4/tcp_offload.c, tcp_gro_receive; af_inet.c, inet_gro_receive) and no looser: what
 * is merged here and segmented again gives the very same bytes. A segment joins when its checksums are right, it continues
 * the sequence, and its headers differ in nothing but what segmentation changes; one that is shorter or has PSH or FIN is
 * the last.
 *
 * <p>Up to {@value #MAX_OPEN} connections are put together at a time, as the flows of two hosts share outer ports. Packets
 * of one connection never overtake each other: whatever is of an open one and does not join it closes it, and what cannot
 * be told closes all. No state outlives {@link #finish}. One thread.
 */
final class TcpCoalescer {
    static final int MAX_OPEN = 8;

    private final FrameHeaders headers = new FrameHeaders();
    /** The first {@link #open} are open. */
    private final SuperFrame[] frames = new SuperFrame[MAX_OPEN];

    private int open;
    private int victim;

    TcpCoalescer() {
        for (int i = 0; i < MAX_OPEN; i++) {
            frames[i] = new SuperFrame();
        }
    }

    /**
     * Joins a segment to an open frame, if it belongs there. The bytes may lie behind the frame in its own slot.
     *
     * @param vni the network the segment came by
     * @param at position of the segment's Ethernet header
     * @param length its bytes
     * @return true when the segment's payload is now part of a frame; if not, {@link #start} comes next
     */
    boolean append(long vni, MemorySegment memory, long at, int length) {
        for (int i = 0; i < open; i++) {
            SuperFrame frame = frames[i];
            if (frame.owns(vni, memory, at, length)) {
                boolean joined = frame.append(memory, at, length);
                if (!joined || !frame.isOpen()) {
                    close(i);
                }
                return joined;
            }
        }
        return false;
    }

    /** Goes on with a frame that joined no other; others may join it if it is a TCP segment. Its tunnel id is set. */
    void start(Frame frame) {
        boolean plain = headers.parse(frame) == FrameHeaders.Verdict.OK
                && headers.isTcp()
                && headers.fragment() == FrameHeaders.FRAGMENT_NONE
                && headers.l3Offset() + headers.ipBytes() == frame.length()
                && headers.ipHeaderBytes() == (headers.ipVersion() == 4 ? Ipv4.MIN_BYTES : Ipv6.BYTES);
        if (!plain || open > 0 && frames[0].l3() != headers.l3Offset()) {
            finish();
        }
        if (!plain || headers.payloadBytes() == 0 || (headers.tcpFlags() & ~Tcp.ECE) != Tcp.ACK) {
            return;
        }
        if (open == MAX_OPEN) {
            close(victim++ & MAX_OPEN - 1);
        }
        if (frames[open].open(frame, headers)) {
            open++;
        }
    }

    private void close(int index) {
        SuperFrame closed = frames[index];
        closed.close();
        frames[index] = frames[--open];
        frames[open] = closed;
    }

    /** Whether there is a frame that segments may join. */
    boolean isOpen() {
        return open > 0;
    }

    /** Makes every open frame what its segments are together. */
    void finish() {
        while (open > 0) {
            frames[--open].close();
        }
    }
}
