package io.hopline.overlay;

import io.hopline.linux.EventFd;
import io.hopline.linux.MessageBatch;
import io.hopline.linux.UdpSocket;
import io.hopline.packet.Batch;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.PortCounters;
import io.hopline.packet.Vxlan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The way in: datagrams land in pool slots with the VXLAN header in the headroom, so that a lone one is a frame as it is. A
 * train that UDP_GRO put together is taken apart, and the TCP segments in it put together again where they lie; its first
 * frame keeps the slot. A super-frame that left in two messages becomes one again when both are received at once. A train
 * may hold more frames than a batch has room for: the rest waits, and {@code more} stays signalled until it is taken.
 */
final class VxlanReceiver implements AutoCloseable {
    private static final int MESSAGES = 32;
    private static final int SMALLEST_ASK = 4;

    private final UdpSocket socket;
    private final boolean ipv6;
    private final EventFd more;
    private final PortCounters counters;
    private final MessageBatch messages = new MessageBatch(MESSAGES, 1);
    private final @Nullable Frame[] landing = new Frame[MESSAGES];
    private final Arena arena = Arena.ofShared();
    private final MemorySegment discard = arena.allocate(64, 8);
    private final TcpCoalescer coalescer = new TcpCoalescer();
    private int ask = SMALLEST_ASK;

    /** Landed messages still to be taken: {@code next} to {@code landed - 1}, the first from datagram {@code at} on. */
    private int next;

    private int landed;
    private int at;
    private boolean keepFirst;
    /** The VTEP that sent the message before. */
    private long sourceHigh;

    private long sourceLow;
    private boolean signalled;

    VxlanReceiver(UdpSocket socket, boolean ipv6, EventFd more, PortCounters counters) {
        this.socket = socket;
        this.ipv6 = ipv6;
        this.more = more;
        this.counters = counters;
    }

    int receive(FramePool pool, Batch into) {
        int before = into.size();
        takeLanded(pool, into);
        while (next == landed && into.room() > 0) {
            int offered = offer(pool, Math.min(ask, into.room()));
            if (offered == 0) {
                break;
            }
            int received = Math.max(0, socket.receive(messages, offered));
            for (int i = offered - 1; i >= received; i--) {
                release(i);
            }
            next = 0;
            landed = received;
            ask = Math.clamp(received * 2L, SMALLEST_ASK, MESSAGES);
            takeLanded(pool, into);
            if (received < offered) {
                break;
            }
        }
        coalescer.finish();
        count(into, before);
        signal(next < landed);
        return into.size() - before;
    }

    /** Acquires slots and points the messages at them, VXLAN header into the headroom. */
    private int offer(FramePool pool, int wanted) {
        for (int i = 0; i < wanted; i++) {
            Frame frame = pool.acquire();
            if (frame == null) {
                if (i == 0) {
                    discardOne();
                }
                return i;
            }
            landing[i] = frame;
            messages.buffer(i, frame.memory(), frame.offset() - Vxlan.BYTES, frame.room() + Vxlan.BYTES);
        }
        return wanted;
    }

    private void discardOne() {
        messages.buffer(0, discard, 0, (int) discard.byteSize());
        if (socket.receive(messages, 1) > 0) {
            counters.dropped(DropReason.POOL_EMPTY);
        }
    }

    private Frame landed(int message) {
        Frame frame = landing[message];
        if (frame == null) {
            throw new IllegalStateException("no frame landed at " + message);
        }
        return frame;
    }

    private void release(int message) {
        landed(message).release();
        landing[message] = null;
    }

    /** Makes frames of what has landed, as far as the batch has room. */
    private void takeLanded(FramePool pool, Batch into) {
        while (next < landed && into.room() > 0) {
            takeMessage(pool, into);
        }
    }

    private void count(Batch received, int from) {
        long bytes = 0;
        for (int i = from; i < received.size(); i++) {
            bytes += received.frame(i).length();
        }
        if (received.size() > from) {
            counters.received(received.size() - from, bytes);
        }
    }

    /**
     * Takes a message apart in order. The first frame keeps the slot, unless it joins one before, or not all may fit: then
     * the slot has to outlive the batch, and the first is copied like the others.
     */
    private void takeMessage(FramePool pool, Batch into) {
        Frame slot = landed(next);
        int bytes = messages.length(next);
        int datagram = messages.segmentBytes(next);
        if (datagram == 0 || datagram > bytes) {
            datagram = Math.max(1, bytes);
        }
        if (at == 0) {
            noteSource();
            keepFirst = (bytes + datagram - 1) / datagram <= into.room();
        }
        // A super-frame is a train and the rest that did not fit: one that a train began, a lone datagram may end.
        boolean joins = datagram < bytes || coalescer.isOpen();
        for (; at < bytes; at += datagram) {
            if (into.room() == 0) {
                return;
            }
            int length = Math.min(datagram, bytes - at);
            if (valid(slot, at, length)) {
                take(slot, length, joins, pool, into);
            } else if (at == 0) {
                keepFirst = false;
            }
        }
        if (bytes == 0) {
            counters.dropped(DropReason.VXLAN_MALFORMED);
        }
        if (bytes == 0 || !keepFirst) {
            slot.release();
        }
        landing[next++] = null;
        at = 0;
    }

    /** What one VTEP sent joins nothing of another's. */
    private void noteSource() {
        long high = ipv6 ? messages.sourceHigh(next) : 0;
        long low = ipv6 ? messages.sourceLow(next) : messages.sourceAddress(next);
        if (high != sourceHigh || low != sourceLow) {
            coalescer.finish();
            sourceHigh = high;
            sourceLow = low;
        }
    }

    /** Makes the datagram at {@code at} part of the frame before it, or a frame of its own. */
    private void take(Frame slot, int datagram, boolean joins, FramePool pool, Batch into) {
        long inner = slot.offset() + at;
        int length = datagram - Vxlan.BYTES;
        int vni = Vxlan.vni(slot.memory(), inner - Vxlan.BYTES);
        if (joins && coalescer.append(vni, slot.memory(), inner, length)) {
            keepFirst &= at > 0;
            return;
        }
        Frame frame = at == 0 && keepFirst ? slot : pool.acquire();
        if (frame == null) {
            counters.dropped(DropReason.POOL_EMPTY);
            return;
        }
        frame.length(length);
        if (frame != slot) {
            MemorySegment.copy(slot.memory(), inner, frame.memory(), frame.offset(), length);
        }
        frame.tunnelId(vni);
        if (ipv6) {
            frame.tunnelSource(messages.sourceHigh(next), messages.sourceLow(next));
        } else {
            frame.tunnelSource(messages.sourceAddress(next));
        }
        frame.rxKernelNs(messages.kernelNs(next));
        into.add(frame);
        if (joins) {
            coalescer.start(frame);
        }
    }

    /** RFC 7348, section 5: the I flag is set; the reserved bits are ignored. Inside is at least an Ethernet header, which hears of congestion outside. */
    private boolean valid(Frame slot, int from, int datagram) {
        long header = slot.offset() - Vxlan.BYTES + from;
        if (datagram < Vxlan.BYTES + Ethernet.BYTES
                || (Vxlan.flags(slot.memory(), header) & Vxlan.VNI_VALID) == 0
                || messages.truncated(next)) {
            counters.dropped(DropReason.VXLAN_MALFORMED);
            return false;
        }
        int ecn = messages.trafficClass(next) & Ecn.MASK;
        if (ecn != 0 && !Ecn.combine(ecn, slot.memory(), header + Vxlan.BYTES, datagram - Vxlan.BYTES)) {
            counters.dropped(DropReason.CONGESTION);
            return false;
        }
        return true;
    }

    private void signal(boolean wanted) {
        if (wanted == signalled) {
            return;
        }
        signalled = wanted;
        if (wanted) {
            more.signal();
        } else {
            more.drain();
        }
    }

    /** Releases what landed and was never taken. */
    @Override
    public void close() {
        for (; next < landed; next++) {
            release(next);
        }
        messages.close();
        arena.close();
    }
}
