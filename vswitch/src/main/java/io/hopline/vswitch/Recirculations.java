package io.hopline.vswitch;

import io.hopline.openflow.Action;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where packets go on after connection tracking: a number in the key stands for a table and the action set that the packet
 * takes along. Equal ones have the same number. There are at most as many as the tables have ways to reach a ct() action;
 * beyond {@link #MAX} none is given out and the packet is dropped as a loop, until the next snapshot finds them crowded.
 */
final class Recirculations {
    static final int MAX = 65_536;
    /** Given out when there are too many. */
    static final int NONE_LEFT = -1;

    record Continuation(int tableId, List<Action> actionSet) {}

    private final Map<Continuation, Integer> ids = new HashMap<>();
    private final List<Continuation> continuations = new ArrayList<>();

    /** A number, 1 or more, for a continuation. */
    int id(int tableId, List<Action> actionSet) {
        Continuation continuation = new Continuation(tableId, actionSet);
        Integer known = ids.get(continuation);
        if (known != null) {
            return known;
        }
        if (continuations.size() == MAX) {
            return NONE_LEFT;
        }
        continuations.add(continuation);
        ids.put(continuation, continuations.size());
        return continuations.size();
    }

    Continuation get(int id) {
        return continuations.get(id - 1);
    }

    /** True when it is time to void all programs and {@link #clear}. */
    boolean isCrowded() {
        return continuations.size() > MAX / 2;
    }

    void clear() {
        ids.clear();
        continuations.clear();
    }
}
