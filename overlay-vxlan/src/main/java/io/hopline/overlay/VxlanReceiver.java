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
 * frame keeps the slot. A train may hold more frames than a batch has room for: the rest waits, and {@code more} stays
 * signalled until it is taken.
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
        int before = into.size();
        while (next < landed && into.room() > 0) {
            takeMessage(pool, into);
        }
        long bytes = 0;
        for (int i = before; i < into.size(); i++) {
            bytes += into.frame(i).length();
        }
        if (into.size() > before) {
            counters.received(into.size() - before, bytes);
        }
    }

    /**
     * Takes a message apart in order. The first frame keeps the slot, unless not all may fit: then the slot has to outlive
     * the batch, and the first is copied like the others.
     */
    private void takeMessage(FramePool pool, Batch into) {
        Frame slot = landed(next);
        int bytes = messages.length(next);
        int datagram = messages.segmentBytes(next);
        if (datagram == 0 || datagram > bytes) {
            datagram = Math.max(1, bytes);
        }
        if (at == 0) {
            keepFirst = (bytes + datagram - 1) / datagram <= into.room();
        }
        boolean train = datagram < bytes;
        for (; at < bytes; at += datagram) {
            if (into.room() == 0) {
                coalescer.finish();
                return;
            }
            int length = Math.min(datagram, bytes - at);
            if (valid(slot, at, length)) {
                take(slot, length, train, pool, into);
            } else if (at == 0) {
                keepFirst = false;
            }
        }
        coalescer.finish();
        if (bytes == 0) {
            counters.dropped(DropReason.VXLAN_MALFORMED);
        }
        if (bytes == 0 || !keepFirst) {
            slot.release();
        }
        landing[next++] = null;
        at = 0;
    }

    /** Makes the datagram at {@code at} part of the frame before it, or a frame of its own. */
    private void take(Frame slot, int datagram, boolean train, FramePool pool, Batch into) {
        long inner = slot.offset() + at;
        int length = datagram - Vxlan.BYTES;
        int vni = Vxlan.vni(slot.memory(), inner - Vxlan.BYTES);
        if (train && coalescer.append(vni, slot.memory(), inner, length)) {
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
        if (train) {
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
