package io.hopline.vswitch;

import io.hopline.openflow.Action;
import java.util.List;

/**
 * From a packet's key to its program: the exact-match cache, then the megaflows, then a walk through the tables, which makes
 * a megaflow. Worker thread only.
 *
 * <p>A change of the tables voids nothing by itself. A program of an older snapshot that comes up is compared with the log of
 * changes; if one may concern it, the packet is translated again. So no frame runs a program that was not found true of
 * the snapshot in use.
 */
final class FlowLookup {
    /** What a recorder may look at besides what every walk looks at. */
    private static final KeyMask CONNECTION = connection();

    private final HopRecorder recorder;
    private final KeyMask always;
    private final FlowCache exact;
    private final MegaflowCache megaflows;
    private final Recirculations recirculations = new Recirculations();
    private final Translator translator = new Translator(recirculations);
    private final ChangeLog log = new ChangeLog();
    private final CacheCounters counters = new CacheCounters();
    private Snapshot snapshot = Snapshot.empty();
    private long epoch;
    private int mark;

    FlowLookup(HopRecorder recorder, int exactEntries, int maxMegaflows) {
        this.recorder = recorder;
        always = recorder == HopRecorder.NONE ? KeyMask.NOTHING : CONNECTION;
        exact = new FlowCache(exactEntries, always);
        megaflows = new MegaflowCache(maxMegaflows);
    }

    private static KeyMask connection() {
        long[] bits = new long[FlowKey.WORDS];
        bits[FlowKey.IPV4] = -1;
        bits[FlowKey.PORTS] = 0xffff_ffffL << 32;
        return KeyMask.of(bits);
    }

    /** The program for a packet, from table 0 on or from where its key's recirculation says. */
    Program find(FlowKey key) {
        counters.lookups++;
        Program program = exact.lookup(key.words);
        if (program == null || program.epoch != epoch) {
            return findWide(key);
        }
        mark = exact.mark();
        return program;
    }

    /** {@link io.hopline.packet.Frame#mark} for the packet of the last {@link #find}, if it just came in. */
    int mark() {
        return mark;
    }

    private Program findWide(FlowKey key) {
        mark = key.recirculation() == 0 ? recorder.mark(key) : 0;
        Program program = megaflows.lookup(key.words);
        if (program == null) {
            program = translate(key);
        } else if (program.epoch != epoch) {
            program = revalidate(program, key);
        } else {
            counters.megaflowHits++;
        }
        exact.insert(key.words, program, mark);
        return program;
    }

    private Program revalidate(Program program, FlowKey key) {
        counters.revalidations++;
        if (log.mayConcern(program)) {
            megaflows.remove(program);
            return translate(key);
        }
        program.epoch = epoch;
        return program;
    }

    private Program translate(FlowKey key) {
        counters.translations++;
        Program program = translator.translate(snapshot, key);
        megaflows.insert(program);
        if (!program.match.mask.isWithin(exact.mask())) {
            exact.reset(exact.mask().or(program.match.mask));
            exact.lookup(key.words);
        }
        return program;
    }

    /** The steps of a packet-out. */
    Step[] translate(FlowKey key, List<Action> actions) {
        return translator.translate(snapshot, key, actions);
    }

    void apply(Snapshot next) {
        snapshot = next;
        epoch = next.epoch();
        log.append(next);
        if (next.changes().marks()) {
            exact.reset(exact.mask());
        }
        if (recirculations.isCrowded()) {
            // Their numbers are in the programs and in what matches them.
            recirculations.clear();
            megaflows.clear();
            exact.reset(exact.mask());
        }
    }

    /** To be called once per cycle: lets go of what is no longer used. */
    void sweep(long nowNs) {
        int masks = megaflows.masks();
        megaflows.sweep(nowNs);
        if (megaflows.masks() != masks) {
            KeyMask mask = always.or(megaflows.mask());
            if (!mask.equals(exact.mask())) {
                exact.reset(mask);
            }
        }
    }

    /** To be called once per batch: makes the counts visible to other threads. */
    void publishCounts() {
        counters.publish(megaflows.size(), megaflows.masks());
    }

    CacheCounters counters() {
        return counters;
    }
}
