package io.hopline.lb.health;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks backends whether they are alive and says when the answer changes.
 *
 * <p>One thread and one selector drive all probes. A backend's first probe decides at once, so that a service is usable
 * as soon as its backends are; after that {@code rise} successes or {@code fall} failures in a row change the verdict. A
 * backend that dies is noticed within {@code fall * interval + timeout}.
 */
public final class HealthChecker implements AutoCloseable {
    /** Most checks of one checker; with the default interval that is 4,096 probes a second. */
    public static final int MAX_CHECKS = 4096;

    private static final Logger LOG = LoggerFactory.getLogger(HealthChecker.class);
    private static final Comparator<Target> BY_DUE_TIME = (a, b) -> Long.signum(a.dueNs - b.dueNs);

    private record Key(String service, String backend) {
        static Key of(HealthCheck check) {
            return new Key(check.service(), check.backend());
        }
    }

    private final SocketOpener opener;
    private final HealthListener listener;
    private final Selector selector;
    private final Thread thread;
    private final AtomicReference<@Nullable List<HealthCheck>> wanted = new AtomicReference<>();
    private final Map<Key, BackendHealth> known = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Owned by the checker's thread, as is everything in a Target. */
    private final Map<Key, Target> targets = new HashMap<>();

    private final PriorityQueue<Target> due = new PriorityQueue<>(BY_DUE_TIME);

    private HealthChecker(SocketOpener opener, HealthListener listener, Selector selector) {
        this.opener = opener;
        this.listener = listener;
        this.selector = selector;
        this.thread = Thread.ofPlatform().name("hopline-health").daemon().unstarted(this::run);
    }

    /** Starts with no checks; {@link #replace} gives it some. */
    public static HealthChecker start(SocketOpener opener, HealthListener listener) {
        try {
            HealthChecker checker = new HealthChecker(opener, listener, Selector.open());
            checker.thread.start();
            return checker;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a selector for health checks", e);
        }
    }

    /**
     * Makes this the list of checks. A check that asks the same endpoint the same question keeps its verdict and its
     * counts; others start anew, and those not listed stop.
     *
     * @throws IllegalArgumentException for more than {@link #MAX_CHECKS}, or two for one backend of a service
     */
    public void replace(List<HealthCheck> checks) {
        if (checks.size() > MAX_CHECKS) {
            throw new IllegalArgumentException(checks.size() + " health checks are more than " + MAX_CHECKS);
        }
        long distinct = checks.stream().map(Key::of).distinct().count();
        if (distinct != checks.size()) {
            throw new IllegalArgumentException("a backend of a service is listed twice among the health checks");
        }
        wanted.set(List.copyOf(checks));
        selector.wakeup();
    }

    /** The verdicts so far; a backend whose first probe has not ended is not among them. */
    public List<BackendHealth> health() {
        return List.copyOf(known.values());
    }

    /** Ends all probes; the listener is not called any more when this returns. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            if (!Thread.currentThread().equals(thread) && !thread.join(Duration.ofSeconds(10))) {
                LOG.warn("the health checker's thread did not end within 10 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (selector) {
            while (!closed) {
                List<HealthCheck> list = wanted.getAndSet(null);
                if (list != null) {
                    adopt(list);
                }
                selector.select(HealthChecker::advance, waitMs());
                runDue();
            }
        } catch (IOException e) {
            LOG.error("health checks stopped: the selector failed", e);
        } finally {
            targets.values().forEach(Target::stop);
        }
    }

    /** Until the next probe starts or times out, at least 1 ms because 0 would wait for ever. */
    private long waitMs() {
        Target first = due.peek();
        return first == null ? 60_000 : Math.max(1, (first.dueNs - System.nanoTime() + 999_999) / 1_000_000);
    }

    private void adopt(List<HealthCheck> list) {
        Map<Key, Target> old = new HashMap<>(targets);
        targets.clear();
        due.clear();
        for (HealthCheck check : list) {
            Key key = Key.of(check);
            Target target = old.remove(key);
            if (target == null || !asksTheSame(target.check, check)) {
                if (target != null) {
                    target.stop();
                }
                known.remove(key);
                target = new Target(check);
            }
            target.check = check;
            targets.put(key, target);
            due.add(target);
        }
        old.forEach((key, target) -> {
            target.stop();
            known.remove(key);
        });
    }

    private static boolean asksTheSame(HealthCheck a, HealthCheck b) {
        return a.network().equals(b.network())
                && a.endpoint().equals(b.endpoint())
                && a.kind() == b.kind()
                && a.path().equals(b.path());
    }

    private static void advance(SelectionKey key) {
        ((Target) key.attachment()).advance();
    }

    private void runDue() {
        long nowNs = System.nanoTime();
        for (Target first = due.peek(); first != null && first.dueNs - nowNs <= 0; first = due.peek()) {
            due.remove();
            first.runDue(nowNs);
            due.add(first);
        }
    }

    /** A backend under check. */
    private final class Target {
        private HealthCheck check;
        private @Nullable HealthProbe probe;
        private long startedNs;
        /** When the running probe times out or, with none running, the next one starts; only changed while not queued. */
        private long dueNs = System.nanoTime();

        private @Nullable Boolean healthy;
        private int streak;
        private long probes;

        Target(HealthCheck check) {
            this.check = check;
        }

        void runDue(long nowNs) {
            if (probe != null) {
                HealthProbe late = probe;
                finish(late, late.timedOut());
                dueNs = Math.max(nowNs, startedNs + check.intervalMs() * 1_000_000L);
            } else {
                startedNs = nowNs;
                dueNs = nowNs + check.timeoutMs() * 1_000_000L;
                probe = HealthProbe.start(check, opener, selector, this);
                settle();
            }
        }

        void advance() {
            if (probe != null) {
                probe.advance();
                due.remove(this);
                settle();
                due.add(this);
            }
        }

        void stop() {
            if (probe != null) {
                probe.close();
                probe = null;
            }
        }

        private void settle() {
            HealthProbe.Result result = probe == null ? null : probe.result();
            if (probe != null && result != null) {
                finish(probe, result);
                dueNs = Math.max(System.nanoTime(), startedNs + check.intervalMs() * 1_000_000L);
            }
        }

        private void finish(HealthProbe ended, HealthProbe.Result result) {
            ended.close();
            probe = null;
            probes++;
            streak = healthy == null || result.healthy() == healthy ? 0 : streak + 1;
            boolean turned = healthy == null || streak >= (result.healthy() ? check.rise() : check.fall());
            if (turned) {
                healthy = result.healthy();
                streak = 0;
            }
            known.put(Key.of(check), new BackendHealth(check, Boolean.TRUE.equals(healthy), result.detail(), probes));
            if (turned && !closed) {
                tell(result);
            }
        }

        private void tell(HealthProbe.Result result) {
            try {
                listener.healthChanged(check, result.healthy(), result.detail());
            } catch (RuntimeException e) {
                LOG.error("the health listener failed on {}/{}", check.service(), check.backend(), e);
            }
        }
    }
}
