package io.hopline.controller;

import io.hopline.sla.LatencyHistory;
import io.hopline.sla.Objective;
import io.hopline.sla.ObjectiveWatch;
import io.hopline.sla.OpenSlo;
import io.hopline.sla.Outcome;
import io.hopline.sla.RequestTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state's objectives, each looked at every ten seconds on a thread of its own; what fires and resolves goes to the sink.
 * After a restart an alert whose windows still burn fires anew. Any thread may ask.
 */
final class ObjectiveService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ObjectiveService.class);
    private static final long TURN_MS = 10_000;

    private final LiveState live;
    private final LatencyHistory history;
    private final AlertSink sink;
    private final LongSupplier clockMs;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().name("objectives").daemon().unstarted(this::run);
    private final Map<String, Watched> watched = new TreeMap<>();
    private volatile List<Counted> counted = List.of();

    private record Watched(OpenSlo.Document document, List<Counted> objectives) {}

    /** An objective with what was counted for it since the controller started, or since the objective was applied. */
    static final class Counted {
        private final String document;
        private final ObjectiveWatch watch;
        private final LongAdder total = new LongAdder();
        private final LongAdder good = new LongAdder();
        private volatile ObjectiveWatch.@Nullable Status last;

        Counted(String document, ObjectiveWatch watch) {
            this.document = document;
            this.watch = watch;
        }

        /** Name of the OpenSLO document. */
        String document() {
            return document;
        }

        Objective objective() {
            return watch.objective();
        }

        long total() {
            return total.sum();
        }

        long good() {
            return good.sum();
        }

        /** Found by the last look; null before the first. */
        ObjectiveWatch.@Nullable Status last() {
            return last;
        }

        private void count(boolean wasGood, int requests) {
            total.add(requests);
            if (wasGood) {
                good.add(requests);
            }
        }
    }

    ObjectiveService(LiveState live, LatencyHistory history, AlertSink sink, LongSupplier clockMs) {
        this.live = live;
        this.history = history;
        this.sink = sink;
        this.clockMs = clockMs;
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            do {
                try {
                    look();
                } catch (RuntimeException e) {
                    LOG.error("objectives could not be judged; it is tried again every {} s", TURN_MS / 1_000, e);
                }
            } while (!ended.await(TURN_MS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks at every objective now. */
    void look() {
        for (Counted objective : current()) {
            look(objective);
        }
    }

    /** Looks at the objectives of one document now. */
    List<ObjectiveWatch.Status> look(String document) {
        List<ObjectiveWatch.Status> statuses = new ArrayList<>();
        for (Counted objective : current()) {
            if (objective.document.equals(document)) {
                statuses.add(look(objective));
            }
        }
        return statuses;
    }

    private ObjectiveWatch.Status look(Counted objective) {
        ObjectiveWatch.Status status = objective.watch.look(clockMs.getAsLong());
        objective.last = status;
        status.changed().forEach(alert -> sink.changed(status, alert));
        return status;
    }

    /** The objectives of the state as it is; those that did not change keep their counts and alerts. */
    synchronized List<Counted> current() {
        Map<String, OpenSlo.Document> documents = live.current().objectives();
        boolean changed = watched.keySet().retainAll(documents.keySet());
        for (OpenSlo.Document document : documents.values()) {
            Watched known = watched.get(document.name());
            if (known == null || !known.document.equals(document)) {
                List<Counted> objectives = document.objectives().stream()
                        .map(objective -> new Counted(document.name(), new ObjectiveWatch(history, objective)))
                        .toList();
                watched.put(document.name(), new Watched(document, objectives));
                changed = true;
            }
        }
        if (changed) {
            counted = watched.values().stream()
                    .flatMap(w -> w.objectives.stream())
                    .toList();
        }
        return counted;
    }

    /** Counts a timed request as so many. */
    void count(RequestTrace trace, int requests) {
        for (Counted objective : counted) {
            objective.objective().good(trace).ifPresent(good -> objective.count(good, requests));
        }
    }

    /** Counts what became of a request, which stands for so many. */
    void count(String service, Outcome outcome, int requests) {
        for (Counted objective : counted) {
            if (objective.objective().availability()
                    && objective.objective().service().equals(service)) {
                objective.count(outcome.good(), requests);
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        ended.countDown();
        thread.join();
    }
}
