package io.hopline.vswitch;

import io.hopline.openflow.Action;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The action set that travels with a packet (OpenFlow 1.3.5 section 5.10): at most one action of a kind, at most one
 * set-field per field, done in a fixed order when the pipeline ends. Nicira's moves and loads count as sets and keep their
 * order among them, as in Open vSwitch.
 */
final class ActionSet {
    private final Map<Object, Action> actions = new LinkedHashMap<>();

    ActionSet() {}

    ActionSet(List<Action> content) {
        write(content);
    }

    void clear() {
        actions.clear();
    }

    void write(List<Action> more) {
        for (Action action : more) {
            Object kind = switch (action) {
                case Action.SetField set -> set.field();
                case Action.RegMove move -> move;
                case Action.RegLoad load -> List.of(load.destination(), load.offset(), load.bits());
                default -> action.getClass();
            };
            actions.remove(kind);
            actions.put(kind, action);
        }
    }

    boolean isEmpty() {
        return actions.isEmpty();
    }

    /** The content, in no particular order; what a packet takes along when it is looked up again. */
    List<Action> content() {
        return List.copyOf(actions.values());
    }

    /** The actions in the order of execution. */
    List<Action> ordered() {
        return ordered(new ArrayList<>(actions.values()));
    }

    /** The actions of a bucket or a write-actions instruction in the order of execution. */
    static List<Action> ordered(List<Action> actions) {
        List<Action> ordered = new ArrayList<>(actions.size());
        for (int rank = 0; rank < FIRST_FINAL; rank++) {
            for (Action action : actions) {
                if (rank(action) == rank) {
                    ordered.add(action);
                }
            }
        }
        // Of the actions that send the packet on, only the first kind in this order is done, as in Open vSwitch.
        for (int rank = FIRST_FINAL; rank <= LAST; rank++) {
            for (int i = actions.size() - 1; i >= 0; i--) {
                if (rank(actions.get(i)) == rank) {
                    ordered.add(actions.get(i));
                    return ordered;
                }
            }
        }
        return ordered;
    }

    private static final int FIRST_FINAL = 10;
    private static final int LAST = 13;

    /** Section 5.10's order. */
    private static int rank(Action action) {
        return switch (action) {
            case Action.CopyTtlIn a -> 0;
            case Action.PopVlan a -> 1;
            case Action.PopMpls a -> 1;
            case Action.PopPbb a -> 1;
            case Action.PushMpls a -> 2;
            case Action.PushPbb a -> 3;
            case Action.PushVlan a -> 4;
            case Action.CopyTtlOut a -> 5;
            case Action.DecNwTtl a -> 6;
            case Action.DecMplsTtl a -> 6;
            case Action.SetField a -> 7;
            case Action.RegMove a -> 7;
            case Action.RegLoad a -> 7;
            case Action.SetNwTtl a -> 7;
            case Action.SetMplsTtl a -> 7;
            case Action.CtClear a -> 8;
            case Action.SetQueue a -> 9;
            case Action.Note a -> 9;
            case Action.Affinity a -> 9;
            case Action.Nat a -> 9;
            case Action.Group a -> FIRST_FINAL;
            case Action.Output a -> 11;
            case Action.Resubmit a -> 12;
            case Action.Ct a -> LAST;
        };
    }
}
