package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import io.hopline.openflow.OxmField;
import io.hopline.openflow.Prerequisite;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Refuses instructions and actions that this switch cannot carry out, or that make no sense for what the flow matches,
 * with the error that OpenFlow 1.3.5 section 7.4.4 has for it.
 */
final class ActionCheck {
    /** A flow, with everything nested, may have this many actions. */
    static final int MAX_ACTIONS = 4_096;

    private final IntPredicate groupExists;
    /** What is known of the packet at this point of the list: the flow's match, changed by the actions before. */
    private Match known;

    private int actions;

    private ActionCheck(Match known, IntPredicate groupExists) {
        this.known = known;
        this.groupExists = groupExists;
    }

    /** Checks a flow's instructions; group numbers are looked up with {@code groupExists}. */
    static void checkInstructions(int tableId, Match match, List<Instruction> instructions, IntPredicate groupExists) {
        Set<Class<?>> kinds = new HashSet<>();
        for (Instruction instruction : instructions) {
            if (!kinds.add(instruction.getClass())) {
                throw new OpenFlowException(
                        OpenFlowError.BAD_INSTRUCTION_UNSUPPORTED,
                        instruction.getClass().getSimpleName() + " stands twice");
            }
            switch (instruction) {
                case Instruction.GotoTable next -> checkGoto(tableId, next.tableId());
                case Instruction.ApplyActions apply -> new ActionCheck(match, groupExists).check(apply.actions());
                case Instruction.WriteActions write ->
                    new ActionCheck(match, groupExists).check(ActionSet.ordered(write.actions()));
                case Instruction.Meter meter ->
                    throw new OpenFlowException(
                            OpenFlowError.BAD_INSTRUCTION_UNSUPPORTED, "no meter " + meter.meterId());
                case Instruction.WriteMetadata metadata -> {}
                case Instruction.ClearActions clear -> {}
            }
        }
    }

    private static void checkGoto(int tableId, int next) {
        if (next <= tableId || next >= VirtualSwitch.TABLES) {
            throw new OpenFlowException(
                    OpenFlowError.BAD_INSTRUCTION_TABLE_ID, "table " + tableId + " cannot go to table " + next);
        }
    }

    /** Checks a bucket's actions; whether its groups exist is the group table's business, and so are prerequisites. */
    static void checkBucket(List<Action> actions) {
        ActionCheck check = new ActionCheck(Match.ANY, group -> true);
        for (Action action : actions) {
            if (!(action instanceof Action.Affinity)) {
                check.checkOne(action, false);
            }
        }
    }

    /** Checks a packet-out's actions, of which no match says anything. */
    static void checkPacketOut(List<Action> actions, IntPredicate groupExists) {
        ActionCheck check = new ActionCheck(Match.ANY, groupExists);
        for (Action action : actions) {
            boolean toTable = action instanceof Action.Output output && output.port() == OpenFlow.PORT_TABLE;
            if (!toTable) {
                check.checkOne(action, false);
            }
        }
    }

    private void check(List<Action> list) {
        for (Action action : list) {
            checkOne(action, true);
        }
    }

    private void checkOne(Action action, boolean prerequisites) {
        if (++actions > MAX_ACTIONS) {
            throw new OpenFlowException(OpenFlowError.BAD_ACTION_TOO_MANY, "more than " + MAX_ACTIONS + " actions");
        }
        switch (action) {
            case Action.Output output -> checkPort(output.port());
            case Action.Group group -> {
                if (!groupExists.test(group.groupId())) {
                    throw new OpenFlowException(OpenFlowError.BAD_ACTION_OUT_GROUP, "no group " + group.groupId());
                }
            }
            case Action.SetField set -> checkSet(set.field(), prerequisites);
            case Action.RegLoad load -> checkSet(load.destination(), prerequisites);
            case Action.RegMove move -> {
                checkKnown(move.source());
                checkSet(move.destination(), prerequisites);
            }
            case Action.PushVlan push -> known = withVlan();
            case Action.PopVlan pop -> {
                if (prerequisites && !Prerequisite.VLAN.holds(known)) {
                    throw inconsistent("pop_vlan needs a match on a VLAN tag");
                }
                known = without(OxmField.VLAN_VID, OxmField.VLAN_PCP);
            }
            case Action.Resubmit resubmit -> checkTable(resubmit.table(), true);
            case Action.Ct ct -> checkTracking(ct);
            case Action.DecNwTtl dec -> requireIp(prerequisites);
            case Action.SetNwTtl set -> requireIp(prerequisites);
            case Action.SetQueue queue -> {}
            case Action.CtClear clear -> {}
            case Action.Note note -> {}
            case Action.Nat nat -> throw unsupported("nat outside ct");
            default -> throw unsupported(action.getClass().getSimpleName());
        }
    }

    private static OpenFlowException unsupported(String what) {
        return new OpenFlowException(OpenFlowError.BAD_ACTION_TYPE, what + " is not supported");
    }

    private static OpenFlowException inconsistent(String why) {
        return new OpenFlowException(OpenFlowError.BAD_ACTION_MATCH_INCONSISTENT, why);
    }

    private void requireIp(boolean prerequisites) {
        if (prerequisites && !Prerequisite.IP.holds(known)) {
            throw inconsistent("a TTL needs a match on IPv4 or IPv6");
        }
    }

    private static void checkPort(int port) {
        boolean ordinary = port != 0 && Integer.compareUnsigned(port, OpenFlow.PORT_MAX) <= 0;
        boolean known = switch (port) {
            case OpenFlow.PORT_IN_PORT,
                    OpenFlow.PORT_FLOOD,
                    OpenFlow.PORT_ALL,
                    OpenFlow.PORT_CONTROLLER,
                    OpenFlow.PORT_LOCAL -> true;
            default -> ordinary;
        };
        if (!known) {
            throw new OpenFlowException(
                    OpenFlowError.BAD_ACTION_OUT_PORT, "no output to port 0x" + Integer.toHexString(port));
        }
    }

    private static void checkTable(int table, boolean anyAllowed) {
        if (table >= VirtualSwitch.TABLES && !(anyAllowed && table == OpenFlow.TABLE_ALL)) {
            throw new OpenFlowException(OpenFlowError.BAD_ACTION_ARGUMENT, "no table " + table);
        }
    }

    private static KeyField checkKnown(OxmField field) {
        KeyField where = KeyField.of(field);
        if (where == null) {
            throw new OpenFlowException(OpenFlowError.BAD_ACTION_SET_TYPE, field + " is not supported");
        }
        return where;
    }

    private void checkSet(OxmField field, boolean prerequisites) {
        checkKnown(field);
        if (field == OxmField.CT_MARK || field == OxmField.CT_LABEL) {
            throw new OpenFlowException(OpenFlowError.BAD_ACTION_SET_TYPE, field + " is only set inside ct(exec())");
        }
        if (prerequisites && !field.prerequisite().holds(known)) {
            throw inconsistent(field + " needs " + field.prerequisite() + " in the match");
        }
    }

    private void checkTracking(Action.Ct ct) {
        if (ct.alg() != 0) {
            throw unsupported("ct(alg)");
        }
        if (ct.zoneSource() != null) {
            checkKnown(ct.zoneSource());
        }
        checkTable(ct.recircTable(), true);
        boolean nat = false;
        for (Action nested : ct.actions()) {
            switch (nested) {
                case Action.Nat translation -> {
                    if (nat) {
                        throw unsupported("a second nat inside ct");
                    }
                    nat = true;
                    if (translation.flags() != 0 && !ct.isCommit()) {
                        throw new OpenFlowException(
                                OpenFlowError.BAD_ACTION_ARGUMENT, "nat(src) and nat(dst) need ct(commit)");
                    }
                }
                case Action.SetField set when isTrackingField(set.field()) -> {}
                case Action.RegLoad load when isTrackingField(load.destination()) -> {}
                case Action.RegMove move when isTrackingField(move.destination()) -> checkKnown(move.source());
                default -> throw unsupported(nested.getClass().getSimpleName() + " inside ct");
            }
        }
    }

    private static boolean isTrackingField(OxmField field) {
        return field == OxmField.CT_MARK || field == OxmField.CT_LABEL;
    }

    /** After a push there is a tag, whatever the match said. */
    private Match withVlan() {
        List<FieldMatch> fields =
                new ArrayList<>(without(OxmField.VLAN_VID, OxmField.VLAN_PCP).fields());
        fields.add(FieldMatch.masked(OxmField.VLAN_VID, OpenFlow.VID_PRESENT, OpenFlow.VID_PRESENT));
        return new Match(fields);
    }

    private Match without(OxmField... fields) {
        List<OxmField> gone = List.of(fields);
        return new Match(known.fields().stream()
                .filter(field -> !gone.contains(field.field()))
                .toList());
    }
}
