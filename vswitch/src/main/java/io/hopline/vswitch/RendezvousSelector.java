package io.hopline.vswitch;

import io.hopline.openflow.Bucket;
import java.util.List;

/**
 * Weighted rendezvous hashing: every bucket draws a number from the flow's hash and its own identity, and the highest
 * draw, by weight, wins. A bucket's identity is its actions, so that a bucket that comes or goes moves only its own flows.
 */
final class RendezvousSelector implements BucketSelector {
    private final int[] seeds;
    private final double[] weights;

    RendezvousSelector(List<Bucket> buckets) {
        seeds = new int[buckets.size()];
        weights = new double[buckets.size()];
        for (int i = 0; i < seeds.length; i++) {
            seeds[i] = seed(buckets, i);
            weights[i] = buckets.get(i).weight();
        }
    }

    /** Buckets with equal actions get different seeds, else the later ones would never win. */
    private static int seed(List<Bucket> buckets, int index) {
        int twins = 0;
        for (int i = 0; i < index; i++) {
            if (buckets.get(i).actions().equals(buckets.get(index).actions())) {
                twins++;
            }
        }
        return buckets.get(index).actions().hashCode() + twins * 0x7feb352d;
    }

    @Override
    public int select(int flowHash) {
        int best = -1;
        double bestScore = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < seeds.length; i++) {
            if (weights[i] <= 0) {
                continue;
            }
            // -w / ln(u) is greatest for bucket i with probability w_i / sum(w) (Mosharaf et al., weighted HRW).
            double score = -weights[i] / Math.log(uniform(flowHash, seeds[i]));
            if (score > bestScore) {
                best = i;
                bestScore = score;
            }
        }
        return best;
    }

    /** A number in (0, 1) that depends on every bit of both. */
    private static double uniform(int flowHash, int seed) {
        long h = (flowHash & 0xffff_ffffL) << 32 | seed & 0xffff_ffffL;
        h = (h ^ h >>> 30) * 0xbf58476d1ce4e5b9L;
        h = (h ^ h >>> 27) * 0x94d049bb133111ebL;
        h ^= h >>> 31;
        return ((h >>> 11) + 0.5) * 0x1.0p-53;
    }
}
