package io.hopline.controller;

import io.hopline.sla.HopHistograms;
import io.hopline.sla.LatencyHistory;
import io.hopline.sla.Series;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a service did in the last minute, and how that went up and down over the last {@value #SERIES_MINUTES}. Cheap
 * enough to be asked for every other second: single steps are read, and of the last minute only what is shown is summed up.
 */
final class ServiceFigures {
    static final int SERIES_MINUTES = 15;

    private static final int DIGITS = 3;
    private static final long WINDOW_MS = 60_000;
    private static final double SHARE_SCALE = 1e6;
    private static final double MS_PER_S = 1_000;

    private final LatencyHistory history;
    private final SamplingRate sampling;

    ServiceFigures(LatencyHistory history, SamplingRate sampling) {
        this.history = history;
        this.sampling = sampling;
    }

    ObjectNode json(NetworkState state, long nowMs) {
        ObjectNode json = Replies.object().put("windowMs", WINDOW_MS).put("sampleOneIn", sampling.oneIn());
        ArrayNode services = json.putArray("services");
        state.services().values().forEach(service -> service(services.addObject(), service, nowMs));
        return json;
    }

    /** One service's last minute, without what was before it. */
    ObjectNode of(Service service, long nowMs) {
        ObjectNode json = Replies.object();
        service(json, service, nowMs);
        rate(json);
        json.path("backends").forEach(backend -> rate((ObjectNode) backend));
        return json;
    }

    /** What was timed stands for all: one in so many clients is. */
    private void rate(ObjectNode json) {
        json.put("requestsPerS", json.path("requests").asDouble() * sampling.oneIn() * MS_PER_S / WINDOW_MS);
    }

    private void service(ObjectNode json, Service service, long nowMs) {
        Histogram endToEnd = new Histogram(DIGITS);
        Histogram virtualNetwork = new Histogram(DIGITS);
        Histogram share = new Histogram(DIGITS);
        ArrayNode series = JsonBody.MAPPER.createArrayNode();
        long lateNs = TimeUnit.MILLISECONDS.toNanos(nowMs - WINDOW_MS);
        long fromMs = nowMs - TimeUnit.MINUTES.toMillis(SERIES_MINUTES);
        BackendTimes times = new BackendTimes(service);
        history.visit(service.name(), fromMs, nowMs, (startNs, step) -> {
            point(series.addObject(), startNs, step.get(Series.END_TO_END));
            if (startNs >= lateNs) {
                endToEnd.add(step.get(Series.END_TO_END));
                virtualNetwork.add(step.get(Series.VIRTUAL_NETWORK));
                share.add(step.get(Series.VIRTUAL_NETWORK_SHARE));
                times.add(step);
            }
        });
        json.put("name", service.name());
        percentiles(json, endToEnd);
        json.put("virtualNetworkP99Ns", virtualNetwork.getValueAtPercentile(99))
                .put("virtualNetworkShare", share.getValueAtPercentile(50) / SHARE_SCALE);
        times.json(json.putArray("backends"));
        json.set("series", series);
    }

    private static void point(ObjectNode json, long startNs, AbstractHistogram endToEnd) {
        json.put("atMs", TimeUnit.NANOSECONDS.toMillis(startNs));
        percentiles(json, endToEnd);
    }

    private static void percentiles(ObjectNode json, AbstractHistogram times) {
        json.put("requests", times.getTotalCount())
                .put("p50Ns", times.getValueAtPercentile(50))
                .put("p99Ns", times.getValueAtPercentile(99));
    }

    /** End-to-end times by backend. */
    private static final class BackendTimes {
        private final Map<String, Histogram> byName = new LinkedHashMap<>();
        private final String service;

        BackendTimes(Service service) {
            this.service = service.name();
            service.backends().forEach(backend -> byName.put(backend.vnic(), new Histogram(DIGITS)));
        }

        void add(HopHistograms step) {
            step.backends().forEach((backend, histograms) -> {
                Histogram times = backend.service().equals(service) ? byName.get(backend.name()) : null;
                if (times != null) {
                    times.add(histograms.endToEnd());
                }
            });
        }

        void json(ArrayNode json) {
            byName.forEach((name, times) -> percentiles(json.addObject().put("name", name), times));
        }
    }
}
