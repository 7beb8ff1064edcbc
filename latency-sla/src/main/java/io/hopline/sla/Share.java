package io.hopline.sla;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whose time it is in one band of requests: sums over exactly the requests whose end-to-end time lies between two bounds,
 * shown as means and as shares. The parts' shares, of which {@code unattributed} is the last, add up to 1.
 *
 * @param band which requests are meant, such as {@code slowest 1 %}; {@code ofAll} says how many they really are
 * @param fromNs shortest end-to-end time in the band
 * @param toNs longest
 * @param count requests in the band
 * @param ofAll the same as a share of all requests
 * @param meanNs mean end-to-end time
 * @param parts in the order of the way there and back
 * @param backends who answered them, most first
 */
public record Share(
        String band,
        long fromNs,
        long toNs,
        long count,
        double ofAll,
        long meanNs,
        List<Part> parts,
        List<Answered> backends) {
    static final String ALL = "all requests";
    static final String MEDIAN = "around the median";
    static final String SLOWEST_PERCENT = "slowest 1 %";

    /**
     * One hop's part.
     *
     * @param hop a hop's id, or {@code unattributed}
     * @param direction empty for {@code unattributed}
     * @param host empty for {@code unattributed}
     * @param meanNs per request of the band, also those that did not meet the hop
     * @param share of the band's end-to-end time
     */
    public record Part(String hop, String direction, String host, long meanNs, double share) {}

    /**
     * One backend's requests in the band.
     *
     * @param share of the band's requests
     * @param ofAll the backend's share of all requests
     */
    public record Answered(String service, String backend, long count, double share, double ofAll) {}

    public Share {
        parts = List.copyOf(parts);
        backends = List.copyOf(backends);
    }

    /** All requests, those around the median, and the slowest tenth, hundredth and thousandth; nothing when there are none. */
    static List<Share> of(HopHistograms histograms) {
        LatencyBands bands = histograms.bands();
        LatencyBands.Band all = bands.all();
        List<Share> shares = new ArrayList<>();
        if (all.sums().count() == 0) {
            return shares;
        }
        PathOrder order = new PathOrder(histograms.hosts());
        shares.add(of(ALL, all, all, order));
        shares.add(of(MEDIAN, bands.middle(0.45, 0.55), all, order));
        shares.add(of("slowest 10 %", bands.slowest(0.1), all, order));
        shares.add(of(SLOWEST_PERCENT, bands.slowest(0.01), all, order));
        shares.add(of("slowest 0.1 %", bands.slowest(0.001), all, order));
        return shares;
    }

    private static Share of(String name, LatencyBands.Band band, LatencyBands.Band all, PathOrder order) {
        LatencyBands.Sums sums = band.sums();
        double totalNs = Math.max(1, sums.endToEndNs());
        List<Series> hops = new ArrayList<>(sums.hops().keySet());
        hops.sort(order);
        List<Part> parts = new ArrayList<>();
        for (Series hop : hops) {
            parts.add(part(hop, sums.hops().getOrDefault(hop, 0L), sums.count(), totalNs));
        }
        parts.add(part(Series.UNATTRIBUTED, sums.unattributedNs(), sums.count(), totalNs));
        List<Answered> answered = new ArrayList<>();
        for (Map.Entry<HopHistograms.Backend, Long> entry : sums.backends().entrySet()) {
            HopHistograms.Backend backend = entry.getKey();
            answered.add(new Answered(
                    backend.service(),
                    backend.name(),
                    entry.getValue(),
                    (double) entry.getValue() / sums.count(),
                    (double) all.sums().backends().getOrDefault(backend, 0L)
                            / all.sums().count()));
        }
        answered.sort(Comparator.comparingLong(Answered::count)
                .reversed()
                .thenComparing(Answered::service)
                .thenComparing(Answered::backend));
        return new Share(
                name,
                band.fromNs(),
                band.toNs(),
                sums.count(),
                (double) sums.count() / all.sums().count(),
                sums.endToEndNs() / sums.count(),
                parts,
                answered);
    }

    private static Part part(Series hop, long ns, long count, double totalNs) {
        Direction direction = hop.direction();
        String host = hop.host();
        return new Part(
                hop.name(),
                direction == null ? "" : direction.id(),
                host == null ? "" : host,
                ns / count,
                ns / totalNs);
    }

    /** This band's part of the same hop, direction and host; null when no request of it met that. */
    @Nullable
    Part like(Part other) {
        for (Part part : parts) {
            if (part.hop.equals(other.hop) && part.direction.equals(other.direction) && part.host.equals(other.host)) {
                return part;
            }
        }
        return null;
    }

    /** The part of all hops that exist only because the network is virtual. */
    double virtualNetwork() {
        return parts.stream()
                .filter(part -> !part.direction.isEmpty() && Hop.of(part.hop).virtualNetwork())
                .mapToDouble(Part::share)
                .sum();
    }

    /** The part of one host. */
    double host(String host) {
        return parts.stream()
                .filter(part -> part.host.equals(host))
                .mapToDouble(Part::share)
                .sum();
    }
}
