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
import java.util.ArrayList;
import java.util.LinkedHashSet;
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
    private static final long NS_PER_S = 1_000_000_000L;

    private final FlowTable[] tables = new FlowTable[VirtualSwitch.TABLES];
    private final GroupTable groups;
    private final Consumer<FlowRemoved> removals;
    private final Set<FlowEntry> timed = new LinkedHashSet<>();
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
            for (FlowEntry flow : table.flows()) {
                if (flow.priority == mod.priority() && flow.bits.overlaps(bits)) {
                    throw new OpenFlowException(OpenFlowError.FLOW_MOD_OVERLAP, "overlaps with " + flow.match);
                }
            }
        }
        if (old == null && table.size() >= FlowTable.MAX_FLOWS) {
            throw new OpenFlowException(
                    OpenFlowError.FLOW_MOD_TABLE_FULL, "table " + mod.tableId() + " has " + table.size() + " flows");
        }
        boolean reset = (mod.flags() & OpenFlow.FLOW_RESET_COUNTS) != 0;
        FlowEntry.Counters counters = old == null || reset ? new FlowEntry.Counters(nowNs) : old.counters;
        put(new FlowEntry(mod, bits, counters, nowNs), old);
    }

    private void checkInstructions(FlowMod mod) {
        ActionCheck.checkInstructions(mod.tableId(), mod.match(), mod.instructions(), groups::contains);
    }

    private void put(FlowEntry flow, @Nullable FlowEntry replaced) {
        tables[flow.tableId].put(flow);
        noteChange(flow);
        if (replaced != null) {
            timed.remove(replaced);
        }
        if (flow.isTimed()) {
            timed.add(flow);
        }
    }

    private void modify(FlowMod mod, KeyMatch bits, long nowNs) {
        checkInstructions(mod);
        for (FlowEntry flow : selected(mod, bits)) {
            if ((mod.flags() & OpenFlow.FLOW_RESET_COUNTS) != 0) {
                flow.counters.reset();
            }
            put(flow.with(mod.instructions()), flow);
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
            for (FlowEntry flow : table.flows()) {
                if (cookie.test(flow) && bits.covers(flow.bits)) {
                    found.add(flow);
                }
            }
        }
        return found;
    }

    private List<FlowTable> tables(int tableId) {
        return tableId == OpenFlow.TABLE_ALL ? List.of(tables) : List.of(tables[tableId]);
    }

    private void remove(FlowEntry flow, FlowRemoved.Reason reason, long nowNs) {
        tables[flow.tableId].remove(flow);
        noteChange(flow);
        timed.remove(flow);
        if ((flow.flags & OpenFlow.FLOW_SEND_REMOVED) != 0) {
            removals.accept(flow.removed(reason, nowNs));
        }
    }

    /** Groups went: the flows that used them go with them. */
    void removeUsersOf(Set<Integer> groupIds, long nowNs) {
        for (FlowTable table : tables) {
            for (FlowEntry flow : List.copyOf(table.flows())) {
                if (anyList(flow, actions -> GroupTable.uses(actions, groupIds))) {
                    remove(flow, FlowRemoved.Reason.GROUP_DELETE, nowNs);
                }
            }
        }
    }

    /**
     * Removes flows whose time is up.
     *
     * @return whether any went
     */
    boolean expire(long nowNs) {
        boolean any = false;
        for (FlowEntry flow : List.copyOf(timed)) {
            boolean hard = flow.hardTimeoutS != 0 && nowNs - flow.addedNs >= flow.hardTimeoutS * NS_PER_S;
            boolean idle = flow.idleTimeoutS != 0 && flow.idleNs(nowNs) >= flow.idleTimeoutS * NS_PER_S;
            if (hard || idle) {
                remove(flow, hard ? FlowRemoved.Reason.HARD_TIMEOUT : FlowRemoved.Reason.IDLE_TIMEOUT, nowNs);
                any = true;
            }
        }
        return any;
    }

    List<FlowStats> stats(FlowQuery query, long nowNs) {
        if (query.tableId() >= tables.length && query.tableId() != OpenFlow.TABLE_ALL) {
            throw new OpenFlowException(OpenFlowError.BAD_REQUEST_TABLE_ID, "no table " + query.tableId());
        }
        KeyMatch bits = KeyMatch.of(query.match());
        List<FlowStats> stats = new ArrayList<>();
        for (FlowTable table : tables(query.tableId())) {
            for (FlowEntry flow : table.flows()) {
                if (((flow.cookie ^ query.cookie()) & query.cookieMask()) == 0
                        && bits.covers(flow.bits)
                        && isUser(flow, query.outPort(), query.outGroup())) {
                    stats.add(flow.stats(nowNs));
                }
            }
        }
        return stats;
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
        int count = 0;
        Set<Integer> ids = Set.of(groupId);
        for (FlowTable table : tables) {
            for (FlowEntry flow : table.flows()) {
                count += anyList(flow, actions -> GroupTable.uses(actions, ids)) ? 1 : 0;
            }
        }
        return count;
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

    /** What brings every table back to how it is now. */
    Runnable checkpoint() {
        List<List<FlowEntry>> flows = new ArrayList<>(tables.length);
        for (FlowTable table : tables) {
            flows.add(List.copyOf(table.flows()));
        }
        List<FlowEntry> timedFlows = List.copyOf(timed);
        return () -> {
            for (int i = 0; i < tables.length; i++) {
                tables[i].replaceAll(flows.get(i));
            }
            changedAll = true;
            timed.clear();
            timed.addAll(timedFlows);
        };
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
