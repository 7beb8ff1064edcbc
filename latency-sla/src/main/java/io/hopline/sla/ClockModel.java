package io.hopline.sla;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How well the hosts' clocks agree. Hosts with one boot id run on one kernel and so on one clock; the error left is the
 * clock's reading. For other pairs the error must be measured and passed in (for example with STAMP, RFC 8762), or it is
 * unknown, and one-way figures between the two hosts are a guess.
 *
 * @param bootIds host name to its kernel's boot id
 * @param measuredErrorNs host name to the measured bound on its clock's error against the other hosts
 */
public record ClockModel(Map<String, String> bootIds, Map<String, Long> measuredErrorNs) {
    /** What reading one clock at two places adds: its resolution and the read itself. */
    public static final long READ_ERROR_NS = 100;

    public ClockModel {
        bootIds = Map.copyOf(bootIds);
        measuredErrorNs = Map.copyOf(measuredErrorNs);
    }

    /** Knows of no host. */
    public static ClockModel unknown() {
        return new ClockModel(Map.of(), Map.of());
    }

    /** Hosts of which only the boot ids are known. */
    public static ClockModel of(Map<String, String> bootIds) {
        return new ClockModel(bootIds, Map.of());
    }

    /** Adds a measured bound on one host's clock error. */
    public ClockModel withError(String host, long errorNs) {
        Map<String, Long> errors = new HashMap<>(measuredErrorNs);
        errors.put(host, errorNs);
        return new ClockModel(bootIds, errors);
    }

    /** True when both hosts read the same clock. */
    public boolean shared(String a, String b) {
        String boot = bootIds.get(a);
        return a.equals(b) || boot != null && boot.equals(bootIds.get(b));
    }

    /** Bound on the error of a time difference between two hosts' stamps; empty when unknown. */
    public OptionalLong errorNs(String a, String b) {
        if (shared(a, b)) {
            return OptionalLong.of(READ_ERROR_NS);
        }
        Long errorA = measuredErrorNs.get(a);
        Long errorB = measuredErrorNs.get(b);
        if (errorA == null && errorB == null) {
            return OptionalLong.empty();
        }
        return OptionalLong.of((errorA == null ? 0 : errorA) + (errorB == null ? 0 : errorB) + READ_ERROR_NS);
    }

    /** The largest error between any two of these hosts; empty when one pair's is unknown. */
    public OptionalLong errorNs(Collection<String> hosts) {
        long worst = READ_ERROR_NS;
        for (String a : hosts) {
            for (String b : hosts) {
                OptionalLong error = errorNs(a, b);
                if (error.isEmpty()) {
                    return error;
                }
                worst = Math.max(worst, error.getAsLong());
            }
        }
        return OptionalLong.of(worst);
    }
}
