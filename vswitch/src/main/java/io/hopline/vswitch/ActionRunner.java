package io.hopline.vswitch;

import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Vlan;

/** Runs compiled steps on a frame and its key. Worker thread only; a frame handed in is used up unless said otherwise. */
final class ActionRunner {
    /** Groups in groups and copies of copies, at most. */
    private static final int MAX_DEPTH = 32;

    private final FramePool pool;
    private final FlowKey key;
    private final HeaderWriter writer;
    private final Conntrack conntrack;
    private final FrameOutput output;
    private final SlowPath slowPath;
    private final long[][] savedKeys = new long[MAX_DEPTH][FlowKey.WORDS];
    private final Forwarding forwarding;
    private final boolean alone;
    private int depth;
    private long nowNs;

    /** Looks a frame up again, and uses it up. */
    interface Forwarding {
        void forward(Frame frame);
    }

    /** @param alone no other worker counts for the same groups */
    ActionRunner(
            FramePool pool,
            FlowKey key,
            HeaderWriter writer,
            Conntrack conntrack,
            FrameOutput output,
            SlowPath slowPath,
            Forwarding forwarding,
            boolean alone) {
        this.pool = pool;
        this.key = key;
        this.writer = writer;
        this.conntrack = conntrack;
        this.output = output;
        this.slowPath = slowPath;
        this.forwarding = forwarding;
        this.alone = alone;
    }

    void now(long realtimeNs) {
        nowNs = realtimeNs;
    }

    /**
     * @return true when the frame, still the caller's, is to be looked up again with its key as it is now
     */
    boolean run(Step[] steps, Frame frame) {
        for (Step step : steps) {
            switch (step.op) {
                case Step.SET, Step.MOVE -> {
                    step.applyTo(key.words);
                    if (step.store != KeyField.STORE_NONE) {
                        writer.store(step.store, key, frame);
                    }
                }
                case Step.OUTPUT -> {
                    if (step.last) {
                        output.send(step.port(), frame, key);
                        return false;
                    }
                    output.sendCopy(step.port(), frame, key);
                }
                case Step.DEC_TTL -> {
                    if (!decrementTtl(frame)) {
                        output.drop(frame, DropReason.TTL_EXPIRED);
                        return false;
                    }
                }
                case Step.TRACK -> {
                    if (!track(step.track(), frame)) {
                        output.drop(frame, DropReason.CONNTRACK_FULL);
                        return false;
                    }
                    if (step.track().recirculation() != 0) {
                        return true;
                    }
                }
                case Step.GROUP -> {
                    return group(step.group(), frame);
                }
                default -> other(step, frame);
            }
        }
        frame.release();
        return false;
    }

    /** The steps that are not worth a place in the loop's code. */
    private void other(Step step, Frame frame) {
        switch (step.op) {
            case Step.PUSH_VLAN -> pushVlan((int) step.value, frame);
            case Step.POP_VLAN -> popVlan(frame);
            case Step.TRACK_CLEAR -> java.util.Arrays.fill(key.words, FlowKey.CT_STATE, FlowKey.WORDS, 0);
            case Step.CLONE -> runOnCopy(step.steps, frame);
            case Step.CONTROLLER -> {
                if (!slowPath.toController(frame, key, step.punt())) {
                    output.countDrop(frame, DropReason.SLOW_PATH_FULL);
                }
            }
            case Step.LOCAL -> {
                if (!slowPath.toLocal(frame)) {
                    output.countDrop(frame, DropReason.SLOW_PATH_FULL);
                }
            }
            case Step.DROP -> output.countDrop(frame, step.dropReason());
            default -> throw new IllegalStateException("no step has op " + step.op);
        }
    }

    private boolean decrementTtl(Frame frame) {
        int ttl = (int) (key.words[FlowKey.IP] >>> 40) & 0xff;
        if (ttl <= 1) {
            return key.headers.ipVersion() == 0;
        }
        key.words[FlowKey.IP] -= 1L << 40;
        HeaderWriter.storeTtl(key, frame, ttl - 1);
        return true;
    }

    /** Tracks, and hides the outcome again from a packet that is not looked up anew (ovs-actions(7), ct). */
    private boolean track(TrackPlan plan, Frame frame) {
        long[] words = key.words;
        long state = words[FlowKey.CT_STATE];
        long mark = words[FlowKey.CT_MARK];
        long labelHigh = words[FlowKey.CT_LABEL];
        long labelLow = words[FlowKey.CT_LABEL + 1];
        if (!conntrack.track(plan, key, frame, nowNs)) {
            return false;
        }
        if (plan.recirculation() == 0) {
            words[FlowKey.CT_STATE] = state;
            words[FlowKey.CT_MARK] = mark;
            words[FlowKey.CT_LABEL] = labelHigh;
            words[FlowKey.CT_LABEL + 1] = labelLow;
        } else {
            key.recirculation(plan.recirculation());
        }
        return true;
    }

    private boolean group(Step.GroupPlan plan, Frame frame) {
        GroupEntry group = plan.entry();
        group.tally.add(1, frame.length(), alone);
        int chosen = switch (plan.type()) {
            case SELECT -> select(group);
            case FAST_FAILOVER -> firstLive(plan.watches());
            case INDIRECT -> 0;
            case ALL -> {
                for (int i = 0; i < plan.buckets().length - 1; i++) {
                    group.bucketTallies[i].add(1, frame.length(), alone);
                    runOnCopy(plan.buckets()[i], frame);
                }
                yield plan.buckets().length - 1;
            }
        };
        if (chosen < 0 || chosen >= plan.buckets().length) {
            output.drop(frame, DropReason.NO_BUCKET);
            return false;
        }
        group.bucketTallies[chosen].add(1, frame.length(), alone);
        boolean again = run(plan.buckets()[chosen], frame);
        if (group.affinityNs != 0) {
            conntrack.forgetChoice();
        }
        return again;
    }

    private int select(GroupEntry group) {
        return group.affinityNs == 0
                ? group.selector.select(key.flowHash(group.balancesConnections))
                : conntrack.chooseBucket(group, key, nowNs);
    }

    static int firstLive(Step.Watch[] watches) {
        for (int i = 0; i < watches.length; i++) {
            if (watches[i].isAlwaysLive()) {
                return i;
            }
            for (PortSlot port : watches[i].ports()) {
                if (port.port().isUp() && port.forwards()) {
                    return i;
                }
            }
        }
        return -1;
    }

    private void runOnCopy(Step[] steps, Frame frame) {
        if (steps.length == 0) {
            return;
        }
        if (depth == MAX_DEPTH) {
            output.countDrop(frame, DropReason.LOOP);
            return;
        }
        Frame copy = pool.copy(frame);
        if (copy == null) {
            output.countDrop(frame, DropReason.POOL_EMPTY);
            return;
        }
        long[] saved = savedKeys[depth++];
        System.arraycopy(key.words, 0, saved, 0, FlowKey.WORDS);
        if (run(steps, copy)) {
            forwarding.forward(copy);
        }
        System.arraycopy(saved, 0, key.words, 0, FlowKey.WORDS);
        key.headers.parse(frame);
        depth--;
    }

    private void pushVlan(int tpid, Frame frame) {
        if (frame.headroom() < Vlan.BYTES) {
            return;
        }
        boolean tagged = key.headers.vlanTags() != 0;
        int tci = tagged ? Vlan.tci(frame.memory(), frame.offset() + 12) : 0;
        Vlan.push(frame, tpid, tci);
        key.reparse(frame);
    }

    private void popVlan(Frame frame) {
        if (key.headers.vlanTags() != 0) {
            Vlan.pop(frame);
            key.reparse(frame);
        }
    }
}
