package io.hopline.bench;

import java.util.Optional;
import java.util.Set;

/** A system in front of the two servers of a {@link WebWorkload}. */
interface Balancer extends Contender {
    Layer layer();

    @Override
    default Set<String> onlyMeasures() {
        return layer().measures();
    }

    @Override
    default boolean isVariant() {
        return false;
    }

    @Override
    default Optional<String> comparedWith() {
        return Optional.of(layer().hopline(true));
    }
}
