package io.hopline.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run of the density bench does.
 *
 * @param containers most guests that are namespaces
 * @param machines most guests that are virtual machines
 * @param requestsPerS of each guest, planned
 * @param objective longest p99 of a request that is still good
 * @param step how long each number of guests is measured
 * @param doublings of the load at most, once all guests are there
 * @param idleVnics vNICs without a guest whose memory is measured
 */
record DensityPlan(
        List<GuestKind> kinds,
        int containers,
        int machines,
        double requestsPerS,
        Duration objective,
        Duration step,
        int doublings,
        int idleVnics) {
    /** The least number of guests of a ramp, where there are as many. */
    private static final int FIRST = 4;

    DensityPlan {
        kinds = List.copyOf(kinds);
    }

    /** Most guests of a kind. */
    int most(GuestKind kind) {
        return kind.nic().isPresent() ? machines : containers;
    }

    /** How many guests of a kind are measured: doubled each time, the most at last. */
    List<Integer> ramp(GuestKind kind) {
        int most = most(kind);
        var ramp = new ArrayList<Integer>();
        for (int guests = FIRST; guests < most; guests *= 2) {
            ramp.add(guests);
        }
        ramp.add(most);
        return List.copyOf(ramp);
    }

    double objectiveUs() {
        return objective.toNanos() / 1e3;
    }
}
