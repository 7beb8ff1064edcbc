package io.hopline.node;

import io.hopline.linux.TimedUdpSocket;
import io.hopline.packet.IpAddress;
import io.hopline.packet.StampPacket;
import io.hopline.sla.ClockModel;
import io.hopline.sla.ClockOffset;
import io.hopline.sla.OffsetWindow;
import io.hopline.sla.PeerClock;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One STAMP Session-Sender (RFC 8762, section 4.2): asks one peer what time it is there and keeps account of the answers. The
 * sessions' thread uses it; any thread reads {@link #reading()} and {@link #counts()}.
 *
 * <p>T1 is the kernel's send stamp where there is one, else our own reading before the send; T4 the kernel's receive stamp.
 * T2 is the reflector's kernel receive stamp and T3 its own reading before it sends, as the protocol has no later place
 * for it.
 */
final class ClockSession {
    /** Packets that may be on their way. */
    static final int MAX_WAITING = 64;
    /** An answer that takes longer is lost. */
    static final long LOST_NS = 2_000_000_000L;

    private final String peer;
    private final IpAddress address;
    private final int port;
    /** From the kernel's clock to this host's: the same, but in tests. */
    private final LongUnaryOperator clock;

    private final OffsetWindow window = new OffsetWindow();
    /** Of the last exchanges, in a ring. */
    private final long[] there = new long[MAX_WAITING];

    private final long[] back = new long[MAX_WAITING];
    private final Sent[] waiting = new Sent[MAX_WAITING];
    private int next;
    private int highest = -1;
    private long exchanges;
    private long sent;
    private long received;
    private long lost;
    private long duplicates;
    private long reordered;
    private volatile PeerClock.Counts counts = new PeerClock.Counts(0, 0, 0, 0, 0);
    private volatile Optional<PeerClock> reading = Optional.empty();

    private enum Fate {
        WAITING,
        ANSWERED,
        LOST
    }

    private static final class Sent {
        int sequence = -1;
        long readNs;
        long kernelNs;
        Fate fate = Fate.LOST;
    }

    /** What an answer turned out to be. */
    enum Verdict {
        TAKEN,
        MALFORMED,
        /** Answers nothing that we sent. */
        UNASKED,
        /** Came after it had been given up. */
        LATE,
        /** Came before. */
        DUPLICATE
    }

    /** @param clock from a stamp of the kernel to one of this host's clock */
    ClockSession(String peer, IpAddress address, int port, LongUnaryOperator clock) {
        this.peer = peer;
        this.address = address;
        this.port = port;
        this.clock = clock;
        Arrays.setAll(waiting, i -> new Sent());
    }

    String peer() {
        return peer;
    }

    IpAddress address() {
        return address;
    }

    /**
     * Sends the next packet.
     *
     * @param kernelNs the kernel's clock now
     */
    void send(TimedUdpSocket socket, long kernelNs) {
        long nowNs = clock.applyAsLong(kernelNs);
        giveUp(nowNs);
        Sent slot = waiting[Math.floorMod(next, MAX_WAITING)];
        slot.sequence = next;
        slot.readNs = nowNs;
        slot.kernelNs = 0;
        slot.fate = Fate.WAITING;
        StampPacket.writeSender(socket.datagram(), 0, next, nowNs, ClockModel.READ_ERROR_NS);
        if (socket.send(StampPacket.BYTES, address.bytes(), port) == 0) {
            sent++;
        } else {
            slot.fate = Fate.LOST;
        }
        next++;
        count();
    }

    private void giveUp(long nowNs) {
        for (Sent slot : waiting) {
            if (slot.fate == Fate.WAITING && nowNs - slot.readNs > LOST_NS) {
                slot.fate = Fate.LOST;
                lost++;
            }
        }
    }

    /** Takes the kernel's send stamp of the packet that ends a frame. */
    void stamped(MemorySegment packet, long at, long kernelNs) {
        Sent slot = slot(StampPacket.sequence(packet, at));
        if (slot != null && slot.readNs == StampPacket.sentNs(packet, at)) {
            slot.kernelNs = clock.applyAsLong(kernelNs);
        }
    }

    private @Nullable Sent slot(int sequence) {
        Sent slot = waiting[Math.floorMod(sequence, MAX_WAITING)];
        return slot.sequence == sequence ? slot : null;
    }

    /**
     * Takes an answer.
     *
     * @param bytes its length
     * @param kernelNs when it came, by the kernel's clock
     */
    Verdict answered(MemorySegment packet, int bytes, long kernelNs) {
        if (bytes < StampPacket.BYTES || StampPacket.errorNs(packet, 0) < 0) {
            return Verdict.MALFORMED;
        }
        Sent slot = slot(StampPacket.senderSequence(packet, 0));
        if (slot == null || slot.readNs != StampPacket.senderSentNs(packet, 0)) {
            return Verdict.UNASKED;
        }
        if (slot.fate == Fate.LOST) {
            return Verdict.LATE;
        }
        if (slot.fate == Fate.ANSWERED) {
            duplicates++;
            count();
            return Verdict.DUPLICATE;
        }
        slot.fate = Fate.ANSWERED;
        received++;
        if (slot.sequence - highest < 0) {
            reordered++;
        } else {
            highest = slot.sequence;
        }
        exchange(
                slot.kernelNs != 0 ? slot.kernelNs : slot.readNs,
                StampPacket.receivedNs(packet, 0),
                StampPacket.sentNs(packet, 0),
                clock.applyAsLong(kernelNs),
                ClockModel.READ_ERROR_NS + StampPacket.errorNs(packet, 0));
        count();
        return Verdict.TAKEN;
    }

    private void exchange(long t1Ns, long t2Ns, long t3Ns, long t4Ns, long errorNs) {
        window.add(t1Ns, t2Ns, t3Ns, t4Ns, errorNs);
        int slot = (int) (exchanges++ % MAX_WAITING);
        there[slot] = t2Ns - t1Ns;
        back[slot] = t4Ns - t3Ns;
    }

    private void count() {
        counts = new PeerClock.Counts(sent, received, lost, duplicates, reordered);
    }

    /** Works out what the exchanges say by now. */
    void conclude() {
        reading = window.estimate().map(this::concluded);
    }

    private PeerClock concluded(ClockOffset offset) {
        int last = window.size();
        long[] trips = new long[last];
        long shortestThere = Long.MAX_VALUE;
        long shortestBack = Long.MAX_VALUE;
        for (int i = 0; i < last; i++) {
            int slot = (int) ((exchanges - last + i) % MAX_WAITING);
            trips[i] = there[slot] + back[slot];
            shortestThere = Math.min(shortestThere, there[slot]);
            shortestBack = Math.min(shortestBack, back[slot]);
        }
        Arrays.sort(trips);
        return new PeerClock(
                peer,
                offset,
                trips[0],
                trips[last / 2],
                Math.max(0, shortestThere - offset.offsetNs()),
                Math.max(0, shortestBack + offset.offsetNs()),
                counts);
    }

    PeerClock.Counts counts() {
        return counts;
    }

    /** What {@link #conclude} found last; empty before the first answer. */
    Optional<PeerClock> reading() {
        return reading;
    }
}
