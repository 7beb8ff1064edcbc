package io.hopline.lb.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hopline.lb.Maglev;
import io.hopline.lb.config.OutlierPolicy;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.RetryPolicy;
import io.hopline.lb.counters.BackendTally;
import io.hopline.lb.proxy.ProxyRig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BalancerTest {
    private static final Balancer.Candidates ALL = load -> true;
    private static final long SECOND = 1_000_000_000L;

    private final OutlierDetector.Ward ward = new OutlierDetector.Ward();

    private Target[] targets(int... weights) {
        return IntStream.range(0, weights.length)
                .mapToObj(i -> new Target(
                        new BackendLoad(
                                new ProxyBackend(String.valueOf((char) ('a' + i)), ProxyRig.loopback(80 + i)),
                                new OutlierDetector(ward),
                                new BackendTally()),
                        weights[i]))
                .toArray(Target[]::new);
    }

    private static String name(Target target) {
        return target.load().backend().name();
    }

    private static Map<String, Integer> tally(Balancer balancer, Target[] targets, int requests) {
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < requests; i++) {
            seen.merge(name(Objects.requireNonNull(balancer.choose(targets, ALL, i, 0))), 1, Integer::sum);
        }
        return seen;
    }

    @Test
    void roundRobinSpreadsTheTurnsOfTheHeavy() {
        Target[] targets = targets(5, 1, 1);
        SmoothRoundRobin balancer = new SmoothRoundRobin();
        List<String> turns = new ArrayList<>();
        for (int i = 0; i < 14; i++) {
            turns.add(name(Objects.requireNonNull(balancer.choose(targets, ALL, 0, 0))));
        }
        assertThat(String.join("", turns)).isEqualTo("aabacaa" + "aabacaa");
    }

    @Test
    void weightZeroIsNeverChosen() {
        for (Balancer balancer :
                List.of(new SmoothRoundRobin(), new TwoChoices(TwoChoices.Cost.REQUESTS, new SplittableRandom(1)))) {
            assertThat(tally(balancer, targets(1, 0), 100)).isEqualTo(Map.of("a", 100));
            assertThat(balancer.choose(targets(0), ALL, 0, 0)).isNull();
        }
    }

    @Test
    void idleBackendsAreDrawnByWeight() {
        Map<String, Integer> seen =
                tally(new TwoChoices(TwoChoices.Cost.REQUESTS, new SplittableRandom(2)), targets(3, 1, 1, 1), 60_000);
        assertThat(seen.get("a")).isCloseTo(30_000, within(4_000));
        assertThat(seen.get("b")).isCloseTo(10_000, within(2_000));
    }

    /** Nobody may be asked while all others have less to do. */
    @Test
    void leastRequestEvensOutWhatIsUnderWay() {
        Target[] targets = targets(1, 1, 1, 1);
        TwoChoices balancer = new TwoChoices(TwoChoices.Cost.REQUESTS, new SplittableRandom(3));
        for (int i = 0; i < 400; i++) {
            Objects.requireNonNull(balancer.choose(targets, ALL, 0, 0)).load().begun();
        }
        for (Target target : targets) {
            assertThat(target.load().active()).isBetween(96, 104);
        }
        Target[] loaded = targets(1, 1);
        loaded[0].load().begun();
        assertThat(tally(balancer, loaded, 50)).isEqualTo(Map.of("b", 50));
    }

    @Test
    void latencyDecidesAndIsForgottenWhenNobodyAsks() {
        Target[] targets = targets(1, 1);
        TwoChoices balancer = new TwoChoices(TwoChoices.Cost.LATENCY, new SplittableRandom(4));
        targets[0].load().observe(1_000_000, SECOND);
        targets[1].load().observe(50_000_000, SECOND);
        assertThat(name(Objects.requireNonNull(balancer.choose(targets, ALL, 0, SECOND))))
                .isEqualTo("a");
        targets[0].load().observe(1_000_000, 61 * SECOND);
        assertThat(name(Objects.requireNonNull(balancer.choose(targets, ALL, 0, 61 * SECOND))))
                .isEqualTo("b");
    }

    @Test
    void aSlowAnswerCountsAtOnceAndFastOnesByAndBy() {
        BackendLoad load = targets(1)[0].load();
        load.observe(1_000_000, SECOND);
        load.observe(100_000_000, SECOND);
        assertThat(load.cost(SECOND)).isEqualTo(100_000_000);
        load.observe(1_000_000, 2 * SECOND);
        assertThat(load.cost(2 * SECOND)).isBetween(80e6, 95e6);
    }

    @Test
    void theSameHashGoesToTheSameBackendWhileItIsThere() {
        Target[] targets = targets(1, 1, 1, 1, 1);
        Balancer balancer = new HashBalancer(Maglev.of(java.util.Arrays.stream(targets)
                .map(target -> new Maglev.Backend(name(target), target.weight()))
                .toList()));
        Target gone = targets[2];
        int moved = 0;
        for (int client = 0; client < 1000; client++) {
            Target usual = Objects.requireNonNull(balancer.choose(targets, ALL, client, 0));
            assertThat(balancer.choose(targets, ALL, client, 5)).isSameAs(usual);
            Target now = balancer.choose(targets, load -> load != gone.load(), client, 0);
            assertThat(now).isNotNull().isNotSameAs(gone);
            if (usual != gone) {
                assertThat(now).isSameAs(usual);
            } else {
                moved++;
            }
        }
        assertThat(moved).isBetween(100, 300);
        assertThat(balancer.choose(targets, load -> load == gone.load(), 1, 0)).isSameAs(gone);
        assertThat(balancer.choose(targets, load -> false, 1, 0)).isNull();
    }

    @Test
    void aBackendThatHasJustComeTakesLessAtFirst() {
        Target[] targets = targets(1, 1);
        targets[1].load().joined(SECOND, 10 * SECOND);
        SmoothRoundRobin balancer = new SmoothRoundRobin();
        assertThat(shareOfB(balancer, targets, 2 * SECOND)).isBetween(80, 95);
        assertThat(shareOfB(balancer, targets, 6 * SECOND)).isBetween(320, 345);
        assertThat(shareOfB(balancer, targets, 11 * SECOND)).isBetween(499, 501);
    }

    private static int shareOfB(Balancer balancer, Target[] targets, long nowNs) {
        int b = 0;
        for (int i = 0; i < 1000; i++) {
            b += Objects.requireNonNull(balancer.choose(targets, ALL, 0, nowNs)) == targets[1] ? 1 : 0;
        }
        return b;
    }

    @Test
    void ejectsWhatFailsAgainAndAgainForLongerEachTime() {
        ward.adopt(new OutlierPolicy(3, 1000, 10_000, 50), 2);
        OutlierDetector outlier = new OutlierDetector(ward);
        outlier.failed(0);
        outlier.failed(0);
        outlier.succeeded();
        outlier.failed(0);
        outlier.failed(0);
        assertThat(outlier.ejected(0)).isFalse();
        outlier.failed(0);
        assertThat(outlier.ejected(SECOND - 1)).isTrue();
        assertThat(ward.ejected()).isEqualTo(1);
        assertThat(outlier.ejected(SECOND)).isFalse();
        assertThat(ward.ejected()).isZero();
        fail(outlier, 3, SECOND);
        assertThat(outlier.ejected(3 * SECOND - 1)).isTrue();
        assertThat(outlier.ejected(3 * SECOND)).isFalse();
        fail(outlier, 3, 14 * SECOND);
        assertThat(outlier.ejected(15 * SECOND)).isFalse();
        assertThat(ward.ejections()).isEqualTo(3);
    }

    @Test
    void neverEjectsMoreThanItsShare() {
        ward.adopt(new OutlierPolicy(1, 1000, 10_000, 50), 3);
        OutlierDetector one = new OutlierDetector(ward);
        OutlierDetector two = new OutlierDetector(ward);
        one.failed(0);
        two.failed(0);
        assertThat(one.ejected(0)).isTrue();
        assertThat(two.ejected(0)).isFalse();
        one.retire();
        two.failed(0);
        assertThat(two.ejected(0)).isTrue();
        ward.adopt(new OutlierPolicy(1, 1000, 10_000, 50), 1);
        OutlierDetector only = new OutlierDetector(ward);
        two.retire();
        fail(only, 100, 0);
        assertThat(only.ejected(0)).isFalse();
    }

    private static void fail(OutlierDetector outlier, int times, long nowNs) {
        for (int i = 0; i < times; i++) {
            outlier.failed(nowNs);
        }
    }

    @Test
    void retriesAreAShareOfTheLastSecondsRequests() {
        RetryBudget budget = new RetryBudget();
        RetryPolicy policy = new RetryPolicy(3, 0, 20, 1, List.of());
        for (int i = 0; i < 100; i++) {
            budget.request(5 * SECOND);
        }
        assertThat(taken(budget, policy, 6 * SECOND)).isEqualTo(30);
        assertThat(taken(budget, policy, 15 * SECOND)).isZero();
        assertThat(taken(budget, policy, 16 * SECOND)).isEqualTo(10);
    }

    private static int taken(RetryBudget budget, RetryPolicy policy, long nowNs) {
        int taken = 0;
        while (budget.take(policy, nowNs)) {
            taken++;
        }
        return taken;
    }
}
