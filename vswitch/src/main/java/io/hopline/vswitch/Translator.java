package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.PacketIn;
import io.hopline.packet.DropReason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks a key through the tables, as the packet would, and writes down what happens as a {@link Program}. Runs on the
 * worker when the cache has no entry; the walk changes its own copy of the key along with the actions.
 */
final class Translator {
    /** A walk through more tables, resubmits and groups than this is a loop. */
    private static final int MAX_LOOKUPS = 256;

    private static final int MAX_DEPTH = 32;

    /** Told of every table that a walk looks into; for traces. */
    interface Witness {
        Witness NONE = (tableId, depth, flow) -> {};

        void looked(int tableId, int depth, @Nullable FlowEntry flow);
    }

    private final Recirculations recirculations;
    private final Witness witness;
    private final ActionCompiler compiler = new ActionCompiler(this);
    private final FlowKey key = new FlowKey();
    private final List<FlowEntry> flows = new ArrayList<>();
    private final List<Classifier.TableCounters> looked = new ArrayList<>();
    private final List<Classifier.TableCounters> matched = new ArrayList<>();
    private final WalkedBits bits = new WalkedBits();
    private long tablesLooked;
    private ActionSet actionSet = new ActionSet();
    private Snapshot snapshot = Snapshot.empty();
    private int lookups;
    private int depth;
    private DropReason idle = DropReason.POLICY;

    /** Where the walk is, for what a packet-in reports. */
    private int tableId;

    private long cookie;
    private PacketIn.Reason reason = PacketIn.Reason.ACTION;

    Translator(Recirculations recirculations) {
        this(recirculations, Witness.NONE);
    }

    Translator(Recirculations recirculations, Witness witness) {
        this.recirculations = recirculations;
        this.witness = witness;
    }

    /** The program for a key: from table 0 on, or from where {@link FlowKey#recirculation} says. */
    Program translate(Snapshot tables, FlowKey packet) {
        begin(tables, packet);
        int first = 0;
        int recirculation = packet.recirculation();
        if (recirculation != 0) {
            Recirculations.Continuation continuation = recirculations.get(recirculation);
            first = continuation.tableId();
            actionSet.write(continuation.actionSet());
        }
        List<Step> steps = new ArrayList<>();
        PortSlot in = snapshot.port(packet.inPort());
        if (in == null || in.receives()) {
            walkToEnd(first, steps);
        }
        KeyMatch match = KeyMatch.of(bits.mask(), packet.words);
        KeyMask unchanged = bits.unchanged();
        return new Program(
                snapshot.epoch(),
                match,
                unchanged == match.mask ? match : KeyMatch.of(unchanged, packet.words),
                tablesLooked,
                ActionCompiler.finish(steps, idle),
                flows.toArray(FlowEntry[]::new),
                looked.toArray(Classifier.TableCounters[]::new),
                matched.toArray(Classifier.TableCounters[]::new));
    }

    /** The steps of a packet-out. */
    Step[] translate(Snapshot tables, FlowKey packet, List<Action> actions) {
        begin(tables, packet);
        List<Step> steps = new ArrayList<>();
        compiler.compile(actions, steps);
        return ActionCompiler.finish(steps, idle);
    }

    private void begin(Snapshot tables, FlowKey packet) {
        snapshot = tables;
        key.copyFrom(packet);
        bits.begin();
        tablesLooked = 0;
        flows.clear();
        looked.clear();
        matched.clear();
        actionSet = new ActionSet();
        lookups = 0;
        depth = 0;
        idle = DropReason.POLICY;
        tableId = 0;
        cookie = 0;
        reason = PacketIn.Reason.ACTION;
    }

    /** Walks from a table to the end of the pipeline, where the action set is executed. */
    void walkToEnd(int first, List<Step> steps) {
        if (walk(first, steps)) {
            compiler.compile(actionSet.ordered(), steps);
        }
    }

    /**
     * Walks from a table to where the flows lead, without executing the action set.
     *
     * @return false when a table had no flow for the packet
     */
    boolean walk(int first, List<Step> steps) {
        for (int table = first; table >= 0; ) {
            if (++lookups > MAX_LOOKUPS) {
                steps.add(Step.drop(DropReason.LOOP));
                return false;
            }
            Classifier classifier = snapshot.tables()[table];
            tablesLooked |= 1L << table;
            looked.add(classifier.counters);
            FlowEntry flow = classifier.lookup(key.words, bits);
            witness.looked(table, depth, flow);
            if (flow == null) {
                idle = DropReason.TABLE_MISS;
                return false;
            }
            matched.add(classifier.counters);
            flows.add(flow);
            table = follow(flow, steps);
        }
        return true;
    }

    /** Carries out a flow's instructions in the order of OpenFlow 1.3.5 section 5.9; returns the next table or -1. */
    private int follow(FlowEntry flow, List<Step> steps) {
        tableId = flow.tableId;
        cookie = flow.cookie;
        boolean isMiss = flow.priority == 0 && flow.match.fields().isEmpty();
        reason = isMiss ? PacketIn.Reason.NO_MATCH : PacketIn.Reason.ACTION;
        for (Instruction instruction : flow.instructions) {
            if (instruction instanceof Instruction.ApplyActions apply) {
                compiler.compile(apply.actions(), steps);
            }
        }
        int next = -1;
        for (Instruction instruction : flow.instructions) {
            if (instruction instanceof Instruction.ClearActions) {
                actionSet.clear();
            }
        }
        for (Instruction instruction : flow.instructions) {
            if (instruction instanceof Instruction.WriteActions write) {
                actionSet.write(write.actions());
            } else if (instruction instanceof Instruction.WriteMetadata write) {
                compiler.set(FlowKey.METADATA, write.mask(), write.value() & write.mask(), KeyField.STORE_NONE, steps);
            } else if (instruction instanceof Instruction.GotoTable go) {
                next = go.tableId();
            }
        }
        return next;
    }

    /** Looks the packet up once more for a resubmit action. */
    void resubmit(Action.Resubmit resubmit, List<Step> steps) {
        if (depth >= MAX_DEPTH) {
            steps.add(Step.drop(DropReason.LOOP));
            return;
        }
        int table = resubmit.table() == OpenFlow.TABLE_ALL ? tableId : resubmit.table();
        int hereTable = tableId;
        long hereCookie = cookie;
        PacketIn.Reason hereReason = reason;
        long inPort = key.words[FlowKey.IN_PORT];
        if (resubmit.inPort() != OpenFlow.PORT_IN_PORT) {
            bits.change(FlowKey.IN_PORT, 0xffff_ffffL << 32);
            key.words[FlowKey.IN_PORT] = (long) resubmit.inPort() << 32 | inPort & 0xffff_ffffL;
        }
        depth++;
        walk(table, steps);
        depth--;
        key.words[FlowKey.IN_PORT] = inPort;
        tableId = hereTable;
        cookie = hereCookie;
        reason = hereReason;
    }

    /** True when one more level of nesting is allowed; to be followed by {@link #leave}. */
    boolean enter() {
        if (depth >= MAX_DEPTH) {
            return false;
        }
        depth++;
        return true;
    }

    void leave() {
        depth--;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    /** The packet as the actions so far have made it. */
    FlowKey key() {
        return key;
    }

    /** What the outcome of the walk hangs on. */
    WalkedBits bits() {
        return bits;
    }

    Step.Punt punt(int maxBytes) {
        return new Step.Punt(reason, tableId, cookie, maxBytes);
    }

    int recirculation(int table) {
        return recirculations.id(table, actionSet.content());
    }
}
