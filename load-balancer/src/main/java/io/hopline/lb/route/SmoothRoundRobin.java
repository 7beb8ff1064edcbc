package io.hopline.lb.route;

import org.jspecify.annotations.Nullable;

/**
 * Each in its turn, in proportion to weights, and spread out: 5, 1 and 1 are served as a a b a c a a rather than in a row.
 * Each choice gives every backend its weight as credit, takes the richest and charges it what all were given.
 */
public final class SmoothRoundRobin implements Balancer {
    @Override
    public @Nullable Target choose(Target[] targets, Candidates candidates, int hash, long nowNs) {
        Target richest = null;
        long given = 0;
        for (Target target : targets) {
            long share = target.share(nowNs);
            if (share == 0 || !candidates.admit(target.load())) {
                continue;
            }
            target.credit += share;
            given += share;
            if (richest == null || target.credit > richest.credit) {
                richest = target;
            }
        }
        if (richest != null) {
            richest.credit -= given;
        }
        return richest;
    }
}
