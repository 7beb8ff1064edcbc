package io.hopline.controller;

import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OxmField;
import java.util.Comparator;
import java.util.List;

/**
 * One flow as it should stand in a switch.
 *
 * @param cookie {@link #COOKIE_MARK} and a hash of what the flow is for, the same in every compilation
 */
record Flow(Key key, long cookie, List<Instruction> instructions) {
    /**
     * Identity of a flow in OpenFlow: a second one with the same key replaces the first. Fields stand in the order of
     * {@link OxmField}, so that a match compares equal however a switch writes it back; that order puts prerequisites
     * first.
     */
    record Key(int tableId, int priority, Match match) {
        Key {
            match = new Match(match.fields().stream()
                    .map(Key::plain)
                    .sorted(Comparator.comparing(FieldMatch::field))
                    .toList());
        }

        /** A mask of all ones says nothing. */
        private static FieldMatch plain(FieldMatch field) {
            return field.masked() && field.isExact()
                    ? FieldMatch.exact(field.field(), field.high(), field.low())
                    : field;
        }
    }

    /** Upper 16 bits of the cookies of all our flows; flows of others are never touched. */
    static final long COOKIE_MARK = 0x484cL << 48;

    static final long COOKIE_MARK_MASK = 0xffffL << 48;

    Flow {
        instructions = List.copyOf(instructions);
    }

    static boolean isOurs(FlowStats stats) {
        return (stats.cookie() & COOKIE_MARK_MASK) == COOKIE_MARK;
    }

    static Flow of(FlowStats stats) {
        return new Flow(
                new Key(stats.tableId(), stats.priority(), stats.match()), stats.cookie(), stats.instructions());
    }

    /** FNV-1a, because the cookie must be the same in the next Java release, too. */
    static long cookie(String owner) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < owner.length(); i++) {
            hash = (hash ^ owner.charAt(i)) * 0x100000001b3L;
        }
        return COOKIE_MARK | (hash & ~COOKIE_MARK_MASK);
    }

    FlowMod add() {
        return FlowMod.add(key.tableId())
                .priority(key.priority())
                .match(key.match())
                .cookie(cookie)
                .instructions(instructions)
                .build();
    }

    /** Changes the instructions of a flow that is there, and leaves its counters. */
    FlowMod modifyStrict() {
        return FlowMod.modifyStrict(key.tableId())
                .priority(key.priority())
                .match(key.match())
                .cookie(cookie)
                .instructions(instructions)
                .build();
    }

    FlowMod deleteStrict() {
        return FlowMod.deleteStrict(key.tableId())
                .priority(key.priority())
                .match(key.match())
                .build();
    }
}
