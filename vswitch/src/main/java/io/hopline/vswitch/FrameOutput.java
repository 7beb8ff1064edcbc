package io.hopline.vswitch;

import io.hopline.packet.Checksum;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.FramePool;
import io.hopline.packet.IcmpErrors;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv4Fragmenter;
import io.hopline.packet.Segmenter;
import io.hopline.packet.VnetHeader;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where frames leave the switch: to a port, or dropped under a reason that is counted here and at the port they came in by.
 *
 * <p>A packet longer than the port's MTU is never silently lost: one that may be fragmented is; otherwise its sender is
 * told by ICMP, at the port it came in by, about the packet as it was when it came (RFC 1191, RFC 8201).
 */
final class FrameOutput {
    /** A port that takes less than this (IPv4's 576 bytes) is not worth remembering every frame for. */
    private static final int REMEMBER_ABOVE_BYTES = 582;

    /** What an ICMP error quotes that the switch may have rewritten: Ethernet, tags, IP with options, ports. */
    private static final int REMEMBERED_BYTES = 160;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final FramePool pool;
    private final HopRecorder recorder;
    private final long[] drops = new long[DropReason.count()];
    private final FrameHeaders headers = new FrameHeaders();
    private final Segmenter segmenter = new Segmenter();
    private final byte[] arrivedBytes = new byte[REMEMBERED_BYTES];
    private final MemorySegment arrived = MemorySegment.ofArray(arrivedBytes);
    private int arrivedLength;
    private Snapshot snapshot = Snapshot.empty();
    /** Ports that have frames to flush, in the order they got their first. */
    private @Nullable PortSlot[] waiting = new PortSlot[64];

    private int waitingSize;

    FrameOutput(FramePool pool, HopRecorder recorder) {
        this.pool = pool;
        this.recorder = recorder;
    }

    void snapshot(Snapshot current) {
        snapshot = current;
    }

    /** Keeps the headers of a frame that just came in, if it is long enough to be too long for a port. */
    void remember(Frame frame) {
        if (frame.length() <= REMEMBER_ABOVE_BYTES) {
            arrivedLength = 0;
            return;
        }
        arrivedLength = frame.length();
        MemorySegment.copy(frame.memory(), frame.offset(), arrived, 0, Math.min(arrivedLength, REMEMBERED_BYTES));
    }

    /** Hands the frame to a port, which then owns it. */
    void send(PortSlot slot, Frame frame, FlowKey key) {
        if (!slot.port().isUp()) {
            drop(frame, DropReason.NO_PORT);
            return;
        }
        int mtu = slot.port().mtu();
        if (frame.length() - 14 > mtu && packetBytes(frame, key.headers) > mtu) {
            tooBig(slot, frame, key, mtu);
            return;
        }
        transmit(slot, frame, key);
    }

    /** Hands a copy of the frame to a port. */
    void sendCopy(PortSlot slot, Frame frame, FlowKey key) {
        Frame copy = pool.copy(frame);
        if (copy == null) {
            countDrop(frame, DropReason.POOL_EMPTY);
        } else {
            send(slot, copy, key);
        }
    }

    private void transmit(PortSlot slot, Frame frame, FlowKey key) {
        frame.tunnelId(key.words[FlowKey.TUNNEL_ID]);
        frame.tunnelDestination((int) key.words[FlowKey.TUNNEL_ADDRESSES]);
        frame.tunnelDestination(key.words[FlowKey.TUNNEL_IPV6_DST], key.words[FlowKey.TUNNEL_IPV6_DST + 1]);
        if (frame.mark() != 0) {
            recorder.left(frame, slot.number());
        }
        handOver(slot, frame);
    }

    private void handOver(PortSlot slot, Frame frame) {
        if (!slot.waits) {
            slot.waits = true;
            if (waitingSize == waiting.length) {
                waiting = Arrays.copyOf(waiting, 2 * waitingSize);
            }
            waiting[waitingSize++] = slot;
        }
        slot.port().transmit(frame);
    }

    /** Has every port flushed that was handed frames since the last time, and no other. */
    void flush(PortFlusher flusher) {
        for (int i = 0; i < waitingSize; i++) {
            PortSlot slot = waiting[i];
            waiting[i] = null;
            if (slot != null) {
                slot.waits = false;
                flusher.flush(slot.number(), slot.port());
            }
        }
        waitingSize = 0;
    }

    /** Bytes of the IP packet, or of the longest segment of a super-frame. */
    private static int packetBytes(Frame frame, FrameHeaders headers) {
        if (headers.l3Offset() < 0) {
            return frame.length() - 14 - 4 * headers.vlanTags();
        }
        if (headers.l4Offset() >= 0 && VnetHeader.isGso(frame.memory(), frame.vnet())) {
            int headerBytes = headers.ipHeaderBytes() + headers.l4HeaderBytes();
            return Math.min(headers.ipBytes(), headerBytes + VnetHeader.gsoSize(frame.memory(), frame.vnet()));
        }
        return headers.ipVersion() == 0 ? frame.length() - headers.l3Offset() : headers.ipBytes();
    }

    private void tooBig(PortSlot slot, Frame frame, FlowKey key, int mtu) {
        boolean mayFragment = key.headers.ipVersion() == 4
                && (Ipv4.fragment(frame.memory(), frame.offset() + key.headers.l3Offset()) & Ipv4.DONT_FRAGMENT) == 0;
        if (mayFragment && fragment(slot, frame, key, mtu)) {
            return;
        }
        drop(frame, tellSender(frame, mtu) ? DropReason.FRAGMENTATION_NEEDED : DropReason.TOO_LONG);
    }

    /** Sends the frame in pieces; false when it cannot be fragmented. */
    private boolean fragment(PortSlot slot, Frame frame, FlowKey key, int mtu) {
        return VnetHeader.isGso(frame.memory(), frame.vnet())
                ? fragmentSegments(slot, frame, key, mtu)
                : fragmentPacket(slot, frame, key.headers, key, mtu);
    }

    /** A super-frame is cut into its segments and each of them fragmented, as the kernel does (net/ipv4/ip_output.c). */
    private boolean fragmentSegments(PortSlot slot, Frame frame, FlowKey key, int mtu) {
        int count = segmenter.begin(frame);
        for (int i = 0; i < count; i++) {
            Frame segment = pool.acquire();
            if (segment == null) {
                countDrop(frame, DropReason.POOL_EMPTY);
                break;
            }
            segmenter.emit(i, segment);
            headers.parse(segment);
            if (!fragmentPacket(slot, segment, headers, key, mtu)) {
                drop(segment, DropReason.TOO_LONG);
            }
        }
        if (count > 0) {
            frame.release();
        }
        return count > 0;
    }

    private boolean fragmentPacket(PortSlot slot, Frame frame, FrameHeaders found, FlowKey key, int mtu) {
        if (!Checksum.complete(frame)) {
            return false;
        }
        int count = Ipv4Fragmenter.count(frame, found, mtu);
        for (int i = 0; i < count; i++) {
            Frame piece = pool.acquire();
            if (piece == null) {
                countDrop(frame, DropReason.POOL_EMPTY);
                break;
            }
            Ipv4Fragmenter.emit(i, frame, found, mtu, piece);
            transmit(slot, piece, key);
        }
        if (count > 0) {
            frame.release();
        }
        return count > 0;
    }

    /** Answers at the port the frame came in by; the frame becomes again what it was when it came. */
    private boolean tellSender(Frame frame, int mtu) {
        PortSlot in = snapshot.port(frame.inPort());
        int grown = frame.length() - arrivedLength;
        if (in == null || arrivedLength == 0 || grown < -frame.headroom()) {
            return false;
        }
        if (grown > 0) {
            frame.pull(grown);
        } else if (grown < 0) {
            frame.push(-grown);
        }
        MemorySegment.copy(arrived, 0, frame.memory(), frame.offset(), Math.min(arrivedLength, REMEMBERED_BYTES));
        headers.parse(frame);
        Frame error = pool.acquire();
        if (error == null) {
            return false;
        }
        if (!in.port().isUp() || !IcmpErrors.tooBig(frame, headers, mtu, error)) {
            error.release();
            return false;
        }
        error.inPort(frame.inPort());
        error.tunnelBack(frame);
        handOver(in, error);
        return true;
    }

    void drop(Frame frame, DropReason reason) {
        countDrop(frame, reason);
        frame.release();
    }

    /** Counts a drop of the frame, or of a copy there should have been of it. */
    void countDrop(Frame frame, DropReason reason) {
        countDrop(frame.inPort(), reason);
    }

    void countDrop(int inPort, DropReason reason) {
        int cell = reason.ordinal();
        CELL.setOpaque(drops, cell, drops[cell] + 1);
        PortSlot in = snapshot.port(inPort);
        if (in != null) {
            in.port().counters().dropped(reason);
        }
    }

    long drops(DropReason reason) {
        return (long) CELL.getOpaque(drops, reason.ordinal());
    }
}
