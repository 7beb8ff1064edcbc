package io.hopline.sla;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What guests cost: the switch's processor time and memory.
 *
 * @param guests one row each, the costliest first
 * @param hosts one row each
 */
public record GuestCosts(List<Guest> guests, List<Host> hosts) {
    /** When nothing is known of it. */
    public static final GuestCosts NONE = new GuestCosts(List.of(), List.of());

    /**
     * A guest's row.
     *
     * @param cpuUsPerS microseconds of the workers' time a second
     * @param framesPerS to and from it
     * @param requests that it answered meanwhile, of all services; sampled ones count for those they stand for
     * @param cpuUsPerRequest microseconds for each, which is also seconds for a million; empty when there were too few
     */
    public record Guest(
            String guest,
            String host,
            double cpuUsPerS,
            double framesPerS,
            long requests,
            Optional<Double> cpuUsPerRequest) {}

    /**
     * A host's row.
     *
     * @param seconds that it was looked at
     * @param workersUsPerS microseconds of the workers' time a second
     * @param nobodysUsPerS of them, those of no guest here: frames for other hosts' guests, or for none
     * @param otherUsPerS microseconds of the process's other threads: timing, health checks, L7 proxies, the Java machine
     * @param residentBytes memory of the process
     * @param bytesPerVnic the same by the number of vNICs, all that the process has for other ends included
     */
    public record Host(
            String host,
            double seconds,
            double workersUsPerS,
            double nobodysUsPerS,
            double otherUsPerS,
            long residentBytes,
            int vnics,
            long bytesPerVnic) {}

    /** So few requests say nothing of what one costs. */
    static final int FEW_REQUESTS = 100;

    public GuestCosts {
        guests = List.copyOf(guests);
        hosts = List.copyOf(hosts);
    }

    /**
     * Draws them up.
     *
     * @param spent by each host
     * @param meanwhile the requests of the same time, of all services
     */
    public static GuestCosts of(Map<String, HostCost> spent, HopHistograms meanwhile) {
        Map<String, Long> requests = new HashMap<>();
        meanwhile
                .backends()
                .forEach((backend, split) ->
                        requests.merge(backend.name(), split.endToEnd().getTotalCount(), Long::sum));
        List<Guest> guests = new ArrayList<>();
        List<Host> hosts = new ArrayList<>();
        spent.forEach((host, cost) -> {
            double seconds = Math.max(1, cost.toMs() - cost.fromMs()) / 1e3;
            cost.guests().forEach(guest -> guests.add(row(guest, host, seconds, requests)));
            hosts.add(row(host, cost, seconds));
        });
        guests.sort(Comparator.comparingDouble(Guest::cpuUsPerS).reversed().thenComparing(Guest::guest));
        hosts.sort(Comparator.comparing(Host::host));
        return new GuestCosts(guests, hosts);
    }

    private static Guest row(HostCost.Guest guest, String host, double seconds, Map<String, Long> requests) {
        long answered = requests.getOrDefault(guest.name(), 0L);
        double cpuUs = guest.cpuNs() / 1e3;
        return new Guest(
                guest.name(),
                host,
                cpuUs / seconds,
                guest.frames() / seconds,
                answered,
                answered < FEW_REQUESTS ? Optional.empty() : Optional.of(cpuUs / answered));
    }

    private static Host row(String host, HostCost cost, double seconds) {
        long sharedNs = cost.guests().stream().mapToLong(HostCost.Guest::cpuNs).sum();
        return new Host(
                host,
                seconds,
                cost.workersNs() / 1e3 / seconds,
                Math.max(0, cost.workersNs() - sharedNs) / 1e3 / seconds,
                Math.max(0, cost.processNs() - cost.workersNs()) / 1e3 / seconds,
                cost.residentBytes(),
                cost.vnics(),
                cost.residentBytes() / Math.max(1, cost.vnics()));
    }

    /** True when there is nothing to tell. */
    boolean isEmpty() {
        return hosts.isEmpty();
    }
}
