package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RendezvousSelectorTest {
    private static final int FLOWS = 40_000;

    private static double[] shares(List<Bucket> buckets) {
        BucketSelector selector = SelectorFactory.RENDEZVOUS.build(buckets);
        Random random = new Random(1);
        double[] shares = new double[buckets.size()];
        for (int i = 0; i < FLOWS; i++) {
            shares[selector.select(random.nextInt())] += 1.0 / FLOWS;
        }
        return shares;
    }

    @Test
    void sharesByWeight() {
        double[] shares = shares(List.of(
                Bucket.weighted(1, Action.output(1)),
                Bucket.weighted(2, Action.output(2)),
                Bucket.weighted(0, Action.output(3)),
                Bucket.weighted(1, Action.output(1))));
        assertThat(shares[0]).isBetween(0.23, 0.27);
        assertThat(shares[1]).isBetween(0.48, 0.52);
        assertThat(shares[2]).isZero();
        assertThat(shares[3]).isBetween(0.23, 0.27);
    }

    @Test
    void aBucketThatGoesMovesOnlyItsOwnFlows() {
        List<Bucket> all = List.of(
                Bucket.weighted(1, Action.output(1)),
                Bucket.weighted(1, Action.output(2)),
                Bucket.weighted(1, Action.output(3)));
        BucketSelector before = SelectorFactory.RENDEZVOUS.build(all);
        BucketSelector after = SelectorFactory.RENDEZVOUS.build(all.subList(0, 2));
        Random random = new Random(2);
        for (int i = 0; i < FLOWS; i++) {
            int hash = random.nextInt();
            int bucket = before.select(hash);
            if (bucket != 2) {
                assertThat(after.select(hash)).isEqualTo(bucket);
            }
        }
    }

    @Test
    void choosesNothingFromNothing() {
        assertThat(SelectorFactory.RENDEZVOUS.build(List.of()).select(5)).isEqualTo(-1);
        assertThat(SelectorFactory.RENDEZVOUS
                        .build(List.of(Bucket.weighted(0, Action.output(1))))
                        .select(5))
                .isEqualTo(-1);
    }
}
