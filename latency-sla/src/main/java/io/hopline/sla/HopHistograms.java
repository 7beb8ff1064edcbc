package io.hopline.sla;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.HdrHistogram.AbstractHistogram;
import org.jspecify.annotations.Nullable;

/**
 * Distributions of what requests spent in each hop, three significant digits, in nanoseconds; mergeable, so that an hour
 * is the sum of its minutes. Percentiles are always taken from merged counts, never averaged.
 *
 * <p>Beside each (hop, direction, host) the sums over directions and hosts are kept per request, since no percentile of a
 * sum follows from its parts'. Used by one thread at a time. At most {@value #MAX_SERIES} series and
 * {@value #MAX_BACKENDS} backends and {@value #MAX_PATHS} paths; values beyond are counted as dropped.
 */
public final class HopHistograms {
    public static final int MAX_SERIES = 4096;
    public static final int MAX_BACKENDS = 1024;
    public static final int MAX_PATHS = 64;

    static final long SHARE_SCALE = 1_000_000;

    private static final Set<Hop> GUEST_HOPS = Set.of(Hop.GUEST_TCPIP, Hop.NGINX, Hop.GUEST);

    private final Map<Series, SparseHistogram> series = new HashMap<>();
    private final Map<Backend, BackendHistograms> backends =
            new TreeMap<>(Comparator.comparing(Backend::service).thenComparing(Backend::name));
    private final Map<List<String>, PathHistograms> paths = new LinkedHashMap<>();
    private final Map<RequestTrace.Flag, Long> flags = new EnumMap<>(RequestTrace.Flag.class);
    private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    private final Set<String> entryHosts = new LinkedHashSet<>();
    private final Set<String> otherHosts = new LinkedHashSet<>();
    private final LatencyBands bands = new LatencyBands();
    private final Exemplars exemplars = new Exemplars();
    private long samples;
    private long dropped;

    /** One server of one service; an empty name when the backend is unknown. */
    public record Backend(String service, String name) {}

    /** One backend's own distributions. */
    public static final class BackendHistograms {
        final SparseHistogram endToEnd = new SparseHistogram();
        final SparseHistogram virtualNetwork = new SparseHistogram();
        final SparseHistogram guest = new SparseHistogram();

        public AbstractHistogram endToEnd() {
            return endToEnd.toHistogram();
        }

        public AbstractHistogram virtualNetwork() {
            return virtualNetwork.toHistogram();
        }

        /** The guest's kernel and server together. */
        public AbstractHistogram guest() {
            return guest.toHistogram();
        }

        private void add(BackendHistograms other) {
            endToEnd.add(other.endToEnd);
            virtualNetwork.add(other.virtualNetwork);
            guest.add(other.guest);
        }
    }

    /** The distributions of the requests that took one path, host by host. */
    public static final class PathHistograms {
        final SparseHistogram endToEnd = new SparseHistogram();
        final Map<Series, SparseHistogram> hops = new HashMap<>();

        public AbstractHistogram endToEnd() {
            return endToEnd.toHistogram();
        }

        /** By hop, direction and host, in no order; a copy. */
        public Map<Series, AbstractHistogram> hops() {
            Map<Series, AbstractHistogram> copy = new HashMap<>();
            hops.forEach((key, counts) -> copy.put(key, counts.toHistogram()));
            return copy;
        }

        private void record(RequestTrace trace, int requests) {
            endToEnd.record(trace.endToEndNs(), requests);
            for (HopTime time : trace.hops()) {
                hop(Series.of(time.hop(), time.direction(), time.host())).record(time.ns(), requests);
            }
        }

        SparseHistogram hop(Series key) {
            return hops.computeIfAbsent(key, missing -> new SparseHistogram());
        }

        private void add(PathHistograms other) {
            endToEnd.add(other.endToEnd);
            other.hops.forEach((key, counts) -> hop(key).add(counts));
        }
    }

    /** Counts one request that stands for itself alone. */
    public void record(RequestTrace trace) {
        record(trace, 1);
    }

    /**
     * Counts a request as so many: where one in N connections is timed, each of its requests stands for N. Sums of times with
     * different N are then sums over all requests, and their percentiles are as if each had been timed, but for chance.
     */
    public void record(RequestTrace trace, int requests) {
        samples++;
        record(Series.END_TO_END, trace.endToEndNs(), requests);
        record(Series.UNATTRIBUTED, trace.unattributedNs(), requests);
        long virtualNs = trace.virtualNetworkNs();
        if (!trace.flags().contains(RequestTrace.Flag.INCOMPLETE)) {
            record(Series.VIRTUAL_NETWORK, virtualNs, requests);
            record(Series.VIRTUAL_NETWORK_SHARE, virtualNs * SHARE_SCALE / Math.max(1, trace.endToEndNs()), requests);
        }
        Map<Series, Long> sums = new HashMap<>();
        for (HopTime time : trace.hops()) {
            record(Series.of(time.hop(), time.direction(), time.host()), time.ns(), requests);
            sums.merge(Series.of(time.hop(), time.direction(), null), time.ns(), Long::sum);
            sums.merge(Series.of(time.hop(), null, time.host()), time.ns(), Long::sum);
            sums.merge(Series.of(time.hop(), null, null), time.ns(), Long::sum);
        }
        sums.forEach((key, ns) -> record(key, ns, requests));
        trace.flags().forEach(flag -> flags.merge(flag, (long) requests, Long::sum));
        trace.split()
                .ifPresent(check -> SplitError.series(check).forEach((key, value) -> record(key, value, requests)));
        recordBackend(trace, virtualNs, requests);
        PathHistograms path = path(trace.hostPath());
        if (path == null) {
            dropped += requests;
        } else {
            path.record(trace, requests);
        }
        noteHosts(trace.hostPath());
        bands.record(trace, requests);
        exemplars.offer(trace);
    }

    /** Adds all that another one counted. */
    public void add(HopHistograms other) {
        other.series.forEach((key, histogram) -> {
            SparseHistogram mine = histogram(key);
            if (mine == null) {
                dropped += histogram.total();
            } else {
                mine.add(histogram);
            }
        });
        other.backends.forEach(
                (backend, histograms) -> backends.computeIfAbsent(backend, key -> new BackendHistograms())
                        .add(histograms));
        other.paths.forEach((hosts, histograms) -> {
            PathHistograms mine = path(hosts);
            if (mine != null) {
                mine.add(histograms);
            }
        });
        other.flags.forEach((flag, count) -> flags.merge(flag, count, Long::sum));
        other.outcomes.forEach(this::record);
        entryHosts.addAll(other.entryHosts);
        otherHosts.addAll(other.otherHosts);
        bands.add(other.bands);
        exemplars.add(other.exemplars);
        samples += other.samples;
        dropped += other.dropped;
    }

    /**
     * What a slot of a time axis is kept for, in a hundredth of the memory: requests, their end-to-end times, and distributions of the
     * hops in {@link LatencyStep}s; no backends, paths or single requests, and nobody's share.
     */
    HopHistograms outline() {
        HopHistograms outline = new HopHistograms();
        series.forEach(
                (key, counts) -> outline.series.put(key, key.equals(Series.END_TO_END) ? counts : counts.coarse()));
        bands.steps()
                .forEach((step, sums) ->
                        outline.bands.step(step).addRequests(sums.count(), sums.endToEndNs(), sums.endToEndNs()));
        outline.flags.putAll(flags);
        outline.outcomes.putAll(outcomes);
        outline.entryHosts.addAll(entryHosts);
        outline.otherHosts.addAll(otherHosts);
        outline.samples = samples;
        outline.dropped = dropped;
        return outline;
    }

    /** Requests timed, however many each stands for: what the figures' certainty depends on. */
    public long samples() {
        return samples;
    }

    /** Counts what became of requests. */
    public void record(Outcome outcome, long requests) {
        outcomes.merge(outcome, requests, Long::sum);
    }

    /** How many requests a timed one stands for, on average; 1 when there are none. */
    double weight() {
        return samples == 0 ? 1 : Math.max(1, (double) count() / samples);
    }

    /** Requests counted, with those that the timed ones stand for. */
    public long count() {
        SparseHistogram histogram = series.get(Series.END_TO_END);
        return histogram == null ? 0 : histogram.total();
    }

    /** The distribution of a series, empty when no request had it; a copy. */
    public AbstractHistogram get(Series key) {
        return series.getOrDefault(key, new SparseHistogram()).toHistogram();
    }

    /** Requests of a series. */
    long count(Series key) {
        return countUpTo(key, Long.MAX_VALUE);
    }

    /** Requests of a series whose value is at most this, or in one bucket with it. */
    long countUpTo(Series key, long limit) {
        SparseHistogram histogram = series.get(key);
        return histogram == null ? 0 : histogram.upTo(limit);
    }

    /** The hops that requests met, one per direction and host, in the order of the way there and back. */
    public List<Series> hops() {
        List<Series> hops = new ArrayList<>();
        for (Series key : series.keySet()) {
            if (key.direction() != null && key.host() != null) {
                hops.add(key);
            }
        }
        hops.sort(new PathOrder(hosts()));
        return hops;
    }

    /** Hosts on requests' ways, those where clients' requests enter first. */
    public List<String> hosts() {
        Set<String> hosts = new LinkedHashSet<>(entryHosts);
        hosts.addAll(otherHosts);
        return List.copyOf(hosts);
    }

    public Map<Backend, BackendHistograms> backends() {
        return backends;
    }

    /** By the hosts of requests' ways, the entry host first, in order of first use. */
    public Map<List<String>, PathHistograms> paths() {
        return paths;
    }

    /** Requests per flag. */
    public Map<RequestTrace.Flag, Long> flags() {
        return flags;
    }

    /** Requests per outcome, timed or not. */
    public Map<Outcome, Long> outcomes() {
        return outcomes;
    }

    /** What requests of about the same end-to-end time spent in each hop. */
    LatencyBands bands() {
        return bands;
    }

    /** Whole requests near every percentile, and the slowest. */
    Exemplars exemplars() {
        return exemplars;
    }

    /** Values not counted because there were too many series. */
    public long dropped() {
        return dropped;
    }

    /** Writes all but the single requests; {@code counts} stands for each histogram. */
    void write(RowWriter out, Consumer<SparseHistogram> counts) {
        out.number(series.size());
        series.forEach((key, histogram) -> {
            HistogramRows.series(out, key);
            counts.accept(histogram);
        });
        out.number(backends.size());
        backends.forEach((backend, histograms) -> {
            out.text(backend.service()).text(backend.name());
            counts.accept(histograms.endToEnd);
            counts.accept(histograms.virtualNetwork);
            counts.accept(histograms.guest);
        });
        out.number(paths.size());
        paths.forEach((hosts, histograms) -> {
            texts(out, hosts);
            counts.accept(histograms.endToEnd);
            out.number(histograms.hops.size());
            histograms.hops.forEach((key, histogram) -> {
                HistogramRows.series(out, key);
                counts.accept(histogram);
            });
        });
        numbers(out, flags);
        numbers(out, outcomes);
        texts(out, entryHosts);
        texts(out, otherHosts);
        bands.write(out);
        out.number(samples).number(dropped);
    }

    /** Adds what {@link #write} wrote; {@code counts} adds the histogram that stands there. */
    void read(RowReader in, Consumer<SparseHistogram> counts) {
        for (int n = in.size(MAX_SERIES); n > 0; n--) {
            counts.accept(series.computeIfAbsent(HistogramRows.series(in), key -> new SparseHistogram()));
        }
        for (int n = in.size(MAX_BACKENDS); n > 0; n--) {
            BackendHistograms backend =
                    backends.computeIfAbsent(new Backend(in.text(), in.text()), key -> new BackendHistograms());
            counts.accept(backend.endToEnd);
            counts.accept(backend.virtualNetwork);
            counts.accept(backend.guest);
        }
        for (int n = in.size(MAX_PATHS); n > 0; n--) {
            PathHistograms path = paths.computeIfAbsent(texts(in), key -> new PathHistograms());
            counts.accept(path.endToEnd);
            for (int hops = in.size(MAX_SERIES); hops > 0; hops--) {
                counts.accept(path.hop(HistogramRows.series(in)));
            }
        }
        numbers(in, RequestTrace.Flag.class, flags);
        numbers(in, Outcome.class, outcomes);
        entryHosts.addAll(texts(in));
        otherHosts.addAll(texts(in));
        bands.read(in);
        samples += in.number();
        dropped += in.number();
    }

    private static void texts(RowWriter out, Collection<String> texts) {
        out.number(texts.size());
        texts.forEach(out::text);
    }

    private static List<String> texts(RowReader in) {
        List<String> texts = new ArrayList<>();
        for (int n = in.size(MAX_SERIES); n > 0; n--) {
            texts.add(in.text());
        }
        return List.copyOf(texts);
    }

    private static <E extends Enum<E>> void numbers(RowWriter out, Map<E, Long> numbers) {
        out.number(numbers.size());
        numbers.forEach((key, number) -> out.text(key.name()).number(number));
    }

    private static <E extends Enum<E>> void numbers(RowReader in, Class<E> keys, Map<E, Long> into) {
        for (int n = in.size(keys.getEnumConstants().length); n > 0; n--) {
            into.merge(Enum.valueOf(keys, in.text()), in.number(), Long::sum);
        }
    }

    private void recordBackend(RequestTrace trace, long virtualNs, int requests) {
        Backend backend = new Backend(trace.service(), trace.backend().orElse(""));
        BackendHistograms histograms = backends.get(backend);
        if (histograms == null) {
            if (backends.size() == MAX_BACKENDS) {
                dropped += requests;
                return;
            }
            histograms = new BackendHistograms();
            backends.put(backend, histograms);
        }
        histograms.endToEnd.record(trace.endToEndNs(), requests);
        histograms.virtualNetwork.record(virtualNs, requests);
        long guestNs = trace.hops().stream()
                .filter(time -> GUEST_HOPS.contains(time.hop()))
                .mapToLong(HopTime::ns)
                .sum();
        histograms.guest.record(guestNs, requests);
    }

    private @Nullable PathHistograms path(List<String> hosts) {
        PathHistograms path = paths.get(hosts);
        if (path == null && paths.size() < MAX_PATHS) {
            path = new PathHistograms();
            paths.put(hosts, path);
        }
        return path;
    }

    private void noteHosts(List<String> path) {
        if (!path.isEmpty()) {
            entryHosts.add(path.getFirst());
            otherHosts.addAll(path.subList(1, path.size()));
        }
    }

    private void record(Series key, long value, int requests) {
        SparseHistogram histogram = histogram(key);
        if (histogram == null) {
            dropped += requests;
        } else {
            histogram.record(value, requests);
        }
    }

    private @Nullable SparseHistogram histogram(Series key) {
        SparseHistogram histogram = series.get(key);
        if (histogram == null && series.size() < MAX_SERIES) {
            histogram = new SparseHistogram();
            series.put(key, histogram);
        }
        return histogram;
    }
}
