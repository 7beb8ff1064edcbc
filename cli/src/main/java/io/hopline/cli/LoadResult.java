package io.hopline.cli;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * What a load run saw from outside.
 *
 * @param ok responses with status 200 and the body of a known backend
 * @param errors everything else, by what went wrong
 * @param servedBy responses by backend
 * @param connections how many connections were made
 * @param latencyNs from the planned send time to the last byte of the response
 * @param serviceNs from the actual send to the last byte of the response
 * @param elapsedNs the whole run
 */
record LoadResult(
        long ok,
        Map<String, Long> errors,
        Map<String, Long> servedBy,
        long connections,
        Histogram latencyNs,
        Histogram serviceNs,
        long elapsedNs) {
    LoadResult {
        errors = Map.copyOf(errors);
        servedBy = new TreeMap<>(servedBy);
    }

    long errorCount() {
        return errors.values().stream().mapToLong(Long::longValue).sum();
    }
}
