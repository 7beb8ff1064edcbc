package io.hopline.bench;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What was measured of one kind of guest.
 *
 * @param vnicKib memory of the node for a further vNIC on which nothing happens, KiB
 * @param idle all guests with nothing to do; empty when they did not come so far
 * @param ramp more and more guests, each with the same load
 * @param push then all of them, each with twice the load of before, until the objective breaks
 */
record KindDensity(
        GuestKind kind, double vnicKib, Optional<DensityStep> idle, List<DensityStep> ramp, List<DensityStep> push) {
    KindDensity {
        ramp = List.copyOf(ramp);
        push = List.copyOf(push);
    }

    /**
     * How many guests a host carries.
     *
     * @param measured true when so many were really there; else it is reckoned
     * @param how in words
     */
    record Capacity(int guests, boolean measured, String how) {}

    /** The greatest number of guests that met the objective at the planned load; empty when none did. */
    Optional<DensityStep> held() {
        return ramp.stream().filter(DensityStep::met).reduce((first, last) -> last);
    }

    /** The first number of guests that did not; empty when all did. */
    Optional<DensityStep> broken() {
        return ramp.stream().filter(step -> !step.met()).findFirst();
    }

    /** The step whose requests tell best what one costs: the busiest, or the first when none met the objective. */
    Optional<DensityStep> telling() {
        return busiest().or(() -> ramp.stream().findFirst());
    }

    /** The most requests a second within the objective; empty when there were none. */
    Optional<DensityStep> busiest() {
        return Stream.concat(ramp.stream(), push.stream())
                .filter(DensityStep::met)
                .max(Comparator.comparingDouble(DensityStep::answeredPerS));
    }

    /**
     * How many guests with the planned load this host carries before the objective breaks: as measured when the ramp broke
     * it, and else reckoned. The budget is then what switch and guests took of the processors in the busiest step within the
     * objective; a guest takes of it what it takes idle and what its requests cost in that step. Memory may be the limit
     * before.
     *
     * @param requestsPerS of each guest
     * @param memoryMib of the machine
     */
    Optional<Capacity> capacity(double requestsPerS, double memoryMib) {
        if (held().isEmpty() || busiest().isEmpty()) {
            return Optional.empty();
        }
        DensityStep most = held().get();
        if (broken().isPresent()) {
            return Optional.of(new Capacity(
                    most.guests(), true, "measured; " + broken().get().guests() + " are too many"));
        }
        DensityStep busy = busiest().get();
        double idle = idle().map(step -> step.cpu().hosting() / step.guests()).orElse(0.0);
        double perRequest = Math.max(0, busy.cpu().hosting() - idle * busy.guests()) / busy.answeredPerS();
        double byCpu = busy.cpu().hosting() / (idle + requestsPerS * perRequest);
        double byMemory = memoryMib / Math.max(busy.guestMib() + vnicKib / 1024, 1.0 / 1024);
        boolean everBroken = push.stream().anyMatch(step -> !step.met());
        String from = String.format(
                Locale.ROOT,
                "reckoned from %d guests with %.0f requests/s together, %s",
                busy.guests(),
                busy.answeredPerS(),
                everBroken ? "the most within the objective" : "which did not break it either");
        return byMemory < byCpu
                ? Optional.of(new Capacity((int) byMemory, false, from + "; memory is the limit"))
                : Optional.of(new Capacity((int) byCpu, false, from + "; the processors are the limit"));
    }
}
