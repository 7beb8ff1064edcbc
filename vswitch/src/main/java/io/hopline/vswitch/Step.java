package io.hopline.vswitch;

import io.hopline.openflow.GroupType;
import io.hopline.openflow.PacketIn;
import io.hopline.packet.DropReason;
import java.util.List;

/**
 * One step of a compiled action program. {@link #op} says what to do and which of the other fields mean something; the
 * {@link ActionRunner} switches on it. Immutable.
 */
final class Step {
    /** {@link #port}: send the frame, or a copy when the step is not the last. */
    static final int OUTPUT = 0;
    /** {@link #word}, {@link #mask}, {@link #value}, {@link #store}: write bits of one key word. */
    static final int SET = 1;
    /** Copy the bits of {@link #mask} of {@link #sourceWord}, rotated, to {@link #word}. */
    static final int MOVE = 2;

    static final int PUSH_VLAN = 3;
    static final int POP_VLAN = 4;
    static final int DEC_TTL = 5;
    static final int TRACK = 6;
    static final int TRACK_CLEAR = 7;
    static final int GROUP = 8;
    /** {@link #steps}: run on a copy, after which the key is as before. */
    static final int CLONE = 9;

    static final int CONTROLLER = 10;
    static final int LOCAL = 11;
    static final int DROP = 12;

    /** A group with its buckets compiled. */
    record GroupPlan(GroupEntry entry, GroupType type, Step[][] buckets, Watch[] watches) {}

    /** What a bucket's life hangs on: that one of the ports is up, or nothing. */
    record Watch(boolean isAlwaysLive, List<PortSlot> ports) {}

    /** What a packet-in says besides the packet. */
    record Punt(PacketIn.Reason reason, int tableId, long cookie, int maxBytes) {}

    static final Step[] NONE = {};

    final int op;
    final int word;
    final long mask;
    final long value;
    final int store;
    final int sourceWord;
    final int rotation;
    /** Target of the step: PortSlot, GroupPlan, TrackPlan, Punt, DropReason or null, by op. */
    private final Object target;

    final Step[] steps;
    /** The frame itself may be used up: nothing after this step needs it. */
    final boolean last;

    private Step(
            int op,
            int word,
            long mask,
            long value,
            int store,
            int sourceWord,
            int rotation,
            Object target,
            Step[] steps,
            boolean last) {
        this.op = op;
        this.word = word;
        this.mask = mask;
        this.value = value;
        this.store = store;
        this.sourceWord = sourceWord;
        this.rotation = rotation;
        this.target = target;
        this.steps = steps;
        this.last = last;
    }

    private static Step of(int op, int value, Object target, Step[] steps) {
        return new Step(op, 0, 0, value, 0, 0, 0, target, steps, false);
    }

    static Step output(PortSlot port) {
        return of(OUTPUT, 0, port, NONE);
    }

    static Step set(int word, long mask, long value, int store) {
        return new Step(SET, word, mask, value, store, 0, 0, NONE, NONE, false);
    }

    /**
     * @param rotation how far left the source word is turned so that its bits are in place
     * @param mask bits of the destination word that are written
     */
    static Step move(int sourceWord, int rotation, int word, long mask, int store) {
        return new Step(MOVE, word, mask, 0, store, sourceWord, rotation, NONE, NONE, false);
    }

    static Step pushVlan(int tpid) {
        return of(PUSH_VLAN, tpid, NONE, NONE);
    }

    static Step popVlan() {
        return of(POP_VLAN, 0, NONE, NONE);
    }

    static Step decrementTtl() {
        return of(DEC_TTL, 0, NONE, NONE);
    }

    static Step track(TrackPlan plan) {
        return of(TRACK, 0, plan, NONE);
    }

    static Step trackClear() {
        return of(TRACK_CLEAR, 0, NONE, NONE);
    }

    static Step group(GroupPlan plan) {
        return of(GROUP, 0, plan, NONE);
    }

    static Step onCopy(Step[] steps) {
        return of(CLONE, 0, NONE, steps);
    }

    static Step controller(Punt punt) {
        return of(CONTROLLER, 0, punt, NONE);
    }

    static Step local() {
        return of(LOCAL, 0, NONE, NONE);
    }

    static Step drop(DropReason reason) {
        return of(DROP, 0, reason, NONE);
    }

    /** Does a {@link #SET} or {@link #MOVE} to a key; the packet's bytes are another matter. */
    void applyTo(long[] words) {
        long bits = op == MOVE ? Long.rotateLeft(words[sourceWord], rotation) & mask : value;
        words[word] = words[word] & ~mask | bits;
    }

    Step asLast() {
        return new Step(op, word, mask, value, store, sourceWord, rotation, target, steps, true);
    }

    PortSlot port() {
        return (PortSlot) target;
    }

    GroupPlan group() {
        return (GroupPlan) target;
    }

    TrackPlan track() {
        return (TrackPlan) target;
    }

    Punt punt() {
        return (Punt) target;
    }

    DropReason dropReason() {
        return (DropReason) target;
    }

    /** True for steps that only change the packet or its key, which is pointless when nothing follows. */
    boolean onlyChanges() {
        return op == SET || op == MOVE || op == PUSH_VLAN || op == POP_VLAN || op == TRACK_CLEAR;
    }
}
