package io.hopline.lb.route;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Draws two backends by weight and takes the cheaper: nearly as even as looking at all of them, without all event loops
 * running to the same one (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
 */
public final class TwoChoices implements Balancer {
    private static final int DRAWS = 16;

    /** What is to be small. */
    public enum Cost {
        /** Requests under way, per weight. */
        REQUESTS,
        /** Latency times requests under way, per weight. */
        LATENCY
    }

    private final Cost cost;
    private final SplittableRandom random;

    public TwoChoices(Cost cost, SplittableRandom random) {
        this.cost = cost;
        this.random = random;
    }

    @Override
    public @Nullable Target choose(Target[] targets, Candidates candidates, int hash, long nowNs) {
        long heaviest = 0;
        for (Target target : targets) {
            heaviest = Math.max(heaviest, target.share(nowNs));
        }
        if (heaviest == 0) {
            return null;
        }
        Target first = draw(targets, candidates, null, heaviest, nowNs);
        Target second = first == null ? null : draw(targets, candidates, first, heaviest, nowNs);
        return first == null || second == null || cost(first, nowNs) <= cost(second, nowNs) ? first : second;
    }

    /** A random one, the heaviest always and others as often as their weight says; in order when luck fails. */
    private @Nullable Target draw(
            Target[] targets, Candidates candidates, @Nullable Target not, long heaviest, long nowNs) {
        for (int i = 0; i < DRAWS; i++) {
            Target target = targets[random.nextInt(targets.length)];
            if (target != not && random.nextLong(heaviest) < target.share(nowNs) && candidates.admit(target.load())) {
                return target;
            }
        }
        int start = random.nextInt(targets.length);
        for (int i = 0; i < targets.length; i++) {
            Target target = targets[(start + i) % targets.length];
            if (target != not && target.share(nowNs) > 0 && candidates.admit(target.load())) {
                return target;
            }
        }
        return null;
    }

    private double cost(Target target, long nowNs) {
        double raw =
                cost == Cost.REQUESTS ? target.load().active() : target.load().cost(nowNs);
        return raw / target.share(nowNs);
    }
}
