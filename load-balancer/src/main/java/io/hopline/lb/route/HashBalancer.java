package io.hopline.lb.route;

import io.hopline.lb.Maglev;
import org.jspecify.annotations.Nullable;

/** The same backend for the same hash, as long as it is admitted; then the same other one. */
public final class HashBalancer implements Balancer {
    private static final int ATTEMPTS = 16;
    private static final int STEP = 0x9E3779B9;

    private final Maglev table;

    /** @param table its backends are the targets, in the same order */
    public HashBalancer(Maglev table) {
        this.table = table;
    }

    @Override
    public @Nullable Target choose(Target[] targets, Candidates candidates, int hash, long nowNs) {
        int probe = hash;
        for (int i = 0; i < ATTEMPTS; i++) {
            int index = table.select(probe);
            if (index < 0) {
                return null;
            }
            if (candidates.admit(targets[index].load())) {
                return targets[index];
            }
            probe += STEP;
        }
        for (Target target : targets) {
            if (target.weight() > 0 && candidates.admit(target.load())) {
                return target;
            }
        }
        return null;
    }
}
