package io.hopline.node;

import io.hopline.lb.health.BackendHealth;
import io.hopline.lb.health.HealthCheck;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node and the controller's REST in step: registers, follows the configuration by long polling, reports health.
 *
 * <p>Two threads of its own. While the controller is away the node goes on with what it was told last; it tries again
 * every second, and registers and reports all health anew when the controller is back, or when its configurations show that another one
 * is there, which calls that are tried again beneath us may hide. What a controller says is taken as it is, older versions
 * included: it is the controller's store that was restored then.
 */
final class ConfigFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigFollower.class);
    private static final int RETRY_MS = 1000;
    private static final int MAX_UNREPORTED = 4096;

    private final ControllerClient controller;
    private final ControllerClient.Registration registration;
    private final LinkedBlockingQueue<HealthReport> unreported = new LinkedBlockingQueue<>(MAX_UNREPORTED);
    private final Thread reporter;
    private @Nullable Thread follower;
    private volatile boolean running = true;

    private record HealthReport(String service, String backend, boolean healthy, String detail) {}

    ConfigFollower(ControllerClient controller, ControllerClient.Registration registration) {
        this.controller = controller;
        this.registration = registration;
        reporter = Thread.ofPlatform().name("health-reporter").unstarted(this::report);
    }

    /**
     * Begins to follow.
     *
     * @param apply takes each new configuration, on the follower's thread
     * @param health every verdict so far, for a controller that has heard none of them
     */
    synchronized void start(Consumer<NodeConfig> apply, Supplier<List<BackendHealth>> health) {
        follower = Thread.ofPlatform().name("config-follower").start(() -> follow(apply, health));
        reporter.start();
    }

    /** Queues a verdict for the controller; never blocks. */
    void healthChanged(HealthCheck check, boolean healthy, String detail) {
        LOG.info(
                "service {} backend {}: {} ({})",
                check.service(),
                check.backend(),
                healthy ? "healthy" : "unhealthy",
                detail);
        if (!unreported.offer(new HealthReport(check.service(), check.backend(), healthy, detail))) {
            LOG.warn("too many unreported health changes; this one of {}/{} is lost", check.service(), check.backend());
        }
    }

    private void follow(Consumer<NodeConfig> apply, Supplier<List<BackendHealth>> health) {
        boolean registered = false;
        boolean complained = false;
        boolean fresh = false;
        long version = -1;
        String epoch = "";
        while (running) {
            try {
                if (!registered) {
                    controller.register(registration);
                    registered = true;
                    complained = false;
                    fresh = true;
                    LOG.info("registered with the controller");
                    health.get().forEach(known -> healthChanged(known.check(), known.healthy(), known.detail()));
                }
                Optional<NodeConfig> config = controller.awaitConfig(version, epoch);
                if (config.isPresent()) {
                    NodeConfig news = config.get();
                    if (!epoch.isEmpty() && !epoch.equals(news.epoch())) {
                        startedAnew(version, news.version());
                        // What it knows of this host may be as old as its state.
                        registered = fresh;
                    }
                    version = news.version();
                    epoch = news.epoch();
                    apply.accept(news);
                }
                fresh = false;
            } catch (IOException e) {
                registered = false;
                if (!complained) {
                    LOG.warn("the controller is away ({}); forwarding goes on, trying again each second", reason(e));
                    complained = true;
                }
                pause();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("configuration {} cannot be applied", version, e);
                version = -1;
                pause();
            }
        }
    }

    private static void startedAnew(long known, long version) {
        if (version < known) {
            LOG.warn(
                    "the controller has started anew with an older state: version {}, where {} was known; it is taken as it is",
                    version,
                    known);
        } else {
            LOG.info("the controller has started anew, with version {}; its state is taken as it is", version);
        }
    }

    private void report() {
        while (running) {
            try {
                HealthReport report = unreported.take();
                while (running && !reported(report)) {
                    Thread.sleep(RETRY_MS);
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private boolean reported(HealthReport report) throws InterruptedException {
        try {
            controller.reportHealth(report.service, report.backend, report.healthy, report.detail);
            return true;
        } catch (IOException e) {
            LOG.debug("health of {}/{} not reported yet: {}", report.service, report.backend, reason(e));
            return false;
        }
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private void pause() {
        try {
            Thread.sleep(RETRY_MS);
        } catch (InterruptedException e) {
            running = false;
        }
    }

    @Override
    public synchronized void close() {
        running = false;
        reporter.interrupt();
        try {
            if (follower != null) {
                follower.interrupt();
                follower.join();
            }
            reporter.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
