package io.hopline.vswitch;

import io.hopline.openflow.Bucket;
import java.util.List;

/** Makes the choice of a SELECT group; called on the control side whenever the group's buckets change. */
@FunctionalInterface
public interface SelectorFactory {
    /** Each bucket gets its weight's share of the flows; a change of one bucket moves few flows of the others. */
    SelectorFactory RENDEZVOUS = RendezvousSelector::new;

    /**
     * @param buckets the group's buckets in order, possibly none; a weight of 0 takes no flows
     */
    BucketSelector build(List<Bucket> buckets);
}
