package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowRemoved;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import io.hopline.openflow.TableStats;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All flow tables on the control side, and what FLOW_MOD does to them (OpenFlow 1.3.5 section 6.4); guarded by the
 * switch's lock. A change that is refused has changed nothing.
 */
final class FlowTables {
    private static final int KNOWN_FLAGS = OpenFlow.FLOW_SEND_REMOVED
            | OpenFlow.FLOW_CHECK_OVERLAP
            | OpenFlow.FLOW_RESET_COUNTS
            | OpenFlow.FLOW_NO_PACKET_COUNTS
            | OpenFlow.FLOW_NO_BYTE_COUNTS;
    /** Flows with timeouts looked at in one call of {@link #expire}. */
    static final int EXPIRE_AT_ONCE = 4_096;

    private static final int KNOWN_BITS = 12;

    /** A flow that came, went, or took another's place. */
    private record Replacement(
            @Nullable FlowEntry old, @Nullable FlowEntry now) {}

    private final FlowTable[] tables = new FlowTable[VirtualSwitch.TABLES];
    private final GroupTable groups;
    private final Consumer<FlowRemoved> removals;
    /** Instructions of some flows by their hash. */
    private final List<List<Instruction>> knownInstructions =
            new ArrayList<>(Collections.nCopies(1 << KNOWN_BITS, List.of()));

    private final FlowTimers timers = new FlowTimers();
    private long sequence;
    /** What was done since {@link #begin}, or null. */
    private @Nullable ArrayDeque<Replacement> done;

    private final List<FlowEntry> changed = new ArrayList<>();
    private boolean changedAll;

    /**
     * @param removals told of every flow that went and had asked for it
     */
    FlowTables(GroupTable groups, Consumer<FlowRemoved> removals) {
        this.groups = groups;
        this.removals = removals;
        for (int i = 0; i < tables.length; i++) {
            tables[i] = new FlowTable();
        }
    }

    void apply(FlowMod mod, long nowNs) {
        if (mod.tableId() >= tables.length && !(mod.command().isDelete() && mod.tableId() == OpenFlow.TABLE_ALL)) {
            throw new OpenFlowException(OpenFlowError.FLOW_MOD_TABLE_ID, "no table " + mod.tableId());
        }
        if ((mod.flags() & ~KNOWN_FLAGS) != 0) {
            throw new OpenFlowException(OpenFlowError.FLOW_MOD_FLAGS, "unknown flags in " + mod.flags());
        }
        if (mod.bufferId() != OpenFlow.NO_BUFFER && !mod.command().isDelete()) {
            throw new OpenFlowException(OpenFlowError.BAD_REQUEST_BUFFER_UNKNOWN, "packets are not buffered");
        }
        KeyMatch bits = KeyMatch.of(mod.match());
        switch (mod.command()) {
            case ADD -> add(mod, bits, nowNs);
            case MODIFY, MODIFY_STRICT -> modify(mod, bits, nowNs);
            case DELETE, DELETE_STRICT -> delete(mod, bits, nowNs);
        }
    }

    private void add(FlowMod mod, KeyMatch bits, long nowNs) {
        checkInstructions(mod);
        FlowTable table = tables[mod.tableId()];
        FlowEntry old = table.find(bits, mod.priority());
        if ((mod.flags() & OpenFlow.FLOW_CHECK_OVERLAP) != 0) {
            List<FlowEntry> overlapping = table.overlapping(bits, mod.priority());
            if (!overlapping.isEmpty()) {
                throw new OpenFlowException(
                        OpenFlowError.FLOW_MOD_OVERLAP, "overlaps with " + overlapping.getFirst().match);
            }
        }
        if (old == null && table.size() >= FlowTable.MAX_FLOWS) {
            throw new OpenFlowException(
                    OpenFlowError.FLOW_MOD_TABLE_FULL, "table " + mod.tableId() + " has " + table.size() + " flows");
        }
        boolean reset = (mod.flags() & OpenFlow.FLOW_RESET_COUNTS) != 0;
        FlowEntry.Counters counters = old == null || reset ? new FlowEntry.Counters(nowNs) : old.counters;
        long place = old == null ? sequence++ : old.sequence;
        replace(old, new FlowEntry(mod, table.shared(bits), shared(mod.instructions()), counters, nowNs, place));
    }

    private void checkInstructions(FlowMod mod) {
        ActionCheck.checkInstructions(mod.tableId(), mod.match(), mod.instructions(), groups::contains);
    }

    /** Many flows do the same: they shall not keep it once each. */
    private List<Instruction> shared(List<Instruction> instructions) {
        int at = (instructions.hashCode() * 0x9e3779b9) >>> Integer.SIZE - KNOWN_BITS;
        List<Instruction> known = knownInstructions.get(at);
        if (known.equals(instructions)) {
            return known;
        }
        knownInstructions.set(at, instructions);
        return instructions;
    }

    /** All changes are made by this. */
    private void replace(@Nullable FlowEntry old, @Nullable FlowEntry now) {
        if (old != null) {
            timers.remove(old);
            tables[old.tableId].remove(old);
            noteChange(old);
        }
        if (now != null) {
            timers.add(now);
            tables[now.tableId].add(now);
            noteChange(now);
        }
        if (done != null) {
            done.push(new Replacement(old, now));
        }
    }

    private void modify(FlowMod mod, KeyMatch bits, long nowNs) {
        checkInstructions(mod);
        for (FlowEntry flow : selected(mod, bits)) {
            if ((mod.flags() & OpenFlow.FLOW_RESET_COUNTS) != 0) {
                flow.counters.reset();
            }
            replace(flow, flow.with(shared(mod.instructions())));
        }
    }

    private void delete(FlowMod mod, KeyMatch bits, long nowNs) {
        for (FlowEntry flow : selected(mod, bits)) {
            if (isUser(flow, mod.outPort(), mod.outGroup())) {
                remove(flow, FlowRemoved.Reason.DELETE, nowNs);
            }
        }
    }

    /** The flows that a modify or delete means, output filters aside. */
    private List<FlowEntry> selected(FlowMod mod, KeyMatch bits) {
        Predicate<FlowEntry> cookie = flow -> ((flow.cookie ^ mod.cookie()) & mod.cookieMask()) == 0;
        List<FlowEntry> found = new ArrayList<>();
        for (FlowTable table : tables(mod.tableId())) {
            if (mod.command().isStrict()) {
                FlowEntry flow = table.find(bits, mod.priority());
                if (flow != null && cookie.test(flow)) {
                    found.add(flow);
                }
                continue;
            }
            table.forEachCovered(bits, flow -> {
                if (cookie.test(flow)) {
                    found.add(flow);
                }
            });
        }
        return inOrder(found);
    }

    private static List<FlowEntry> inOrder(List<FlowEntry> flows) {
        flows.sort(Comparator.comparingInt((FlowEntry flow) -> flow.tableId).thenComparingLong(flow -> flow.sequence));
        return flows;
    }

    private List<FlowTable> tables(int tableId) {
        return tableId == OpenFlow.TABLE_ALL ? List.of(tables) : List.of(tables[tableId]);
    }

    private void remove(FlowEntry flow, FlowRemoved.Reason reason, long nowNs) {
        replace(flow, null);
        if ((flow.flags & OpenFlow.FLOW_SEND_REMOVED) != 0) {
            removals.accept(flow.removed(reason, nowNs));
        }
    }

    /** Groups went: the flows that used them go with them. */
    void removeUsersOf(Set<Integer> groupIds, long nowNs) {
        for (FlowTable table : tables) {
            List<FlowEntry> users = new ArrayList<>();
            table.forEach(flow -> {
                if (anyList(flow, actions -> GroupTable.uses(actions, groupIds))) {
                    users.add(flow);
                }
            });
            inOrder(users).forEach(flow -> remove(flow, FlowRemoved.Reason.GROUP_DELETE, nowNs));
        }
    }

    /**
     * Removes flows whose time is up, some at a time.
     *
     * @return true when there may be more already
     */
    boolean expire(long nowNs) {
        List<FlowEntry> ended = new ArrayList<>();
        boolean more = timers.expire(nowNs, EXPIRE_AT_ONCE, ended::add);
        for (FlowEntry flow : ended) {
            boolean hard = flow.hardDeadlineNs() <= nowNs;
            remove(flow, hard ? FlowRemoved.Reason.HARD_TIMEOUT : FlowRemoved.Reason.IDLE_TIMEOUT, nowNs);
        }
        return more;
    }

    List<FlowStats> stats(FlowQuery query, long nowNs) {
        if (query.tableId() >= tables.length && query.tableId() != OpenFlow.TABLE_ALL) {
            throw new OpenFlowException(OpenFlowError.BAD_REQUEST_TABLE_ID, "no table " + query.tableId());
        }
        KeyMatch bits = KeyMatch.of(query.match());
        List<FlowEntry> found = new ArrayList<>();
        for (FlowTable table : tables(query.tableId())) {
            table.forEachCovered(bits, flow -> {
                if (((flow.cookie ^ query.cookie()) & query.cookieMask()) == 0
                        && isUser(flow, query.outPort(), query.outGroup())) {
                    found.add(flow);
                }
            });
        }
        return inOrder(found).stream().map(flow -> flow.stats(nowNs)).toList();
    }

    List<TableStats> tableStats() {
        List<TableStats> stats = new ArrayList<>(tables.length);
        for (int i = 0; i < tables.length; i++) {
            Classifier.TableCounters counters = tables[i].counters;
            stats.add(new TableStats(i, tables[i].size(), counters.lookups.packets(), counters.matches.packets()));
        }
        return stats;
    }

    int referencesTo(int groupId) {
        int[] count = {0};
        Set<Integer> ids = Set.of(groupId);
        for (FlowTable table : tables) {
            table.forEach(flow -> count[0] += anyList(flow, actions -> GroupTable.uses(actions, ids)) ? 1 : 0);
        }
        return count[0];
    }

    private static boolean isUser(FlowEntry flow, int outPort, int outGroup) {
        boolean port = outPort == OpenFlow.PORT_ANY || anyList(flow, actions -> outputsTo(actions, outPort));
        return port
                && (outGroup == OpenFlow.GROUP_ANY
                        || anyList(flow, actions -> GroupTable.uses(actions, Set.of(outGroup))));
    }

    private static boolean outputsTo(List<Action> actions, int port) {
        for (Action action : actions) {
            if (action instanceof Action.Output output && output.port() == port) {
                return true;
            }
        }
        return false;
    }

    private static boolean anyList(FlowEntry flow, Predicate<List<Action>> test) {
        for (Instruction instruction : flow.instructions) {
            boolean found = switch (instruction) {
                case Instruction.ApplyActions apply -> test.test(apply.actions());
                case Instruction.WriteActions write -> test.test(write.actions());
                default -> false;
            };
            if (found) {
                return true;
            }
        }
        return false;
    }

    /** From now on remembers what is done, until {@link #end}. */
    void begin() {
        done = new ArrayDeque<>();
    }

    /**
     * @param undo bring every table back to how it was at {@link #begin}
     */
    void end(boolean undo) {
        ArrayDeque<Replacement> replacements = done;
        done = null;
        if (undo && replacements != null) {
            replacements.forEach(replacement -> replace(replacement.now, replacement.old));
        }
    }

    private void noteChange(FlowEntry flow) {
        if (changed.size() < ChangeLog.LENGTH) {
            changed.add(flow);
        } else {
            changedAll = true;
        }
    }

    /** What changed since {@link #forgetChanges}; one side of a changed flow stands for both. */
    List<FlowEntry> changedFlows() {
        return List.copyOf(changed);
    }

    /** True when {@link #changedFlows} is not all that changed. */
    boolean hasChangedMore() {
        return changedAll;
    }

    boolean hasChanged() {
        return changedAll || !changed.isEmpty();
    }

    void forgetChanges() {
        changed.clear();
        changedAll = false;
    }

    /** The tables as the worker is to see them. */
    Classifier[] build() {
        Classifier[] built = new Classifier[tables.length];
        for (int i = 0; i < built.length; i++) {
            built[i] = tables[i].build();
        }
        return built;
    }
}
