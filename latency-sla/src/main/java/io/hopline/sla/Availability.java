package io.hopline.sla;

import java.util.Map;
import java.util.TreeMap;

/**
 * What became of the requests that were seen, timed or not; of those that a sampled connection stands for, too.
 *
 * @param requests all of them
 * @param good those to which the service was available
 * @param outcomes requests per {@link Outcome#id}
 */
public record Availability(long requests, long good, Map<String, Long> outcomes) {
    static final Availability NONE = new Availability(0, 0, Map.of());

    public Availability {
        outcomes = Map.copyOf(outcomes);
    }

    static Availability of(HopHistograms histograms) {
        Map<String, Long> outcomes = new TreeMap<>();
        long requests = 0;
        long good = 0;
        for (Map.Entry<Outcome, Long> counted : histograms.outcomes().entrySet()) {
            outcomes.put(counted.getKey().id(), counted.getValue());
            requests += counted.getValue();
            good += counted.getKey().good() ? counted.getValue() : 0;
        }
        return new Availability(requests, good, outcomes);
    }

    /** How many had this outcome. */
    long count(Outcome outcome) {
        return outcomes.getOrDefault(outcome.id(), 0L);
    }

    /** The good ones' share; of no requests, all. */
    double share() {
        return requests == 0 ? 1 : (double) good / requests;
    }
}
