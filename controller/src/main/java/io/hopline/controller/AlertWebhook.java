package io.hopline.controller;

import io.hopline.sla.ObjectiveWatch;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.node.ObjectNode;

/**
 * Posts alerts to a URL, as Prometheus's Alertmanager does: its webhook payload, version 4, one alert each. What is not
 * answered with a 2xx is sent again after growing pauses, {@value #ATTEMPTS} times in all; alerts that come meanwhile
 * wait, {@value #CAPACITY} at most, and the oldest is dropped for the newest. A thread of its own sends.
 */
final class AlertWebhook implements AlertSink, AutoCloseable {
    static final int CAPACITY = 256;
    static final int ATTEMPTS = 8;

    /** Alertmanager's word for an alert that has not ended. */
    private static final String NOT_ENDED = "0001-01-01T00:00:00Z";

    private final RetryingPost post;
    private final String controller;
    private final BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread =
            Thread.ofPlatform().name("alert-webhook").daemon().unstarted(this::run);

    /**
     * Starts the thread.
     *
     * @param controller URL of the controller, for links
     * @param firstPauseMs before the second attempt; each further pause is twice as long
     */
    AlertWebhook(URI url, String controller, long firstPauseMs) {
        this.controller = controller;
        post = new RetryingPost(url, ATTEMPTS, firstPauseMs);
        thread.start();
    }

    @Override
    public void changed(ObjectiveWatch.Status status, ObjectiveWatch.Alert alert) {
        byte[] payload = payload(status, alert).toString().getBytes(StandardCharsets.UTF_8);
        while (!queue.offer(payload)) {
            if (queue.poll() != null) {
                dropped.incrementAndGet();
            }
        }
    }

    /** Alerts answered with a 2xx. */
    long sent() {
        return sent.get();
    }

    /** Alerts given up after the last attempt. */
    long failed() {
        return failed.get();
    }

    /** Alerts dropped because too many waited. */
    long dropped() {
        return dropped.get();
    }

    private void run() {
        try {
            while (post.open()) {
                byte[] payload = queue.poll(200, TimeUnit.MILLISECONDS);
                if (payload != null) {
                    (post.deliver("an alert", payload) ? sent : failed).incrementAndGet();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ObjectNode payload(ObjectiveWatch.Status status, ObjectiveWatch.Alert alert) {
        ObjectNode labels = labels(status, alert);
        ObjectNode annotations = annotations(status, alert);
        String state = alert.firing() ? "firing" : "resolved";
        ObjectNode json = Replies.object()
                .put("version", "4")
                .put("groupKey", "{}:" + labels)
                .put("truncatedAlerts", 0)
                .put("status", state)
                .put("receiver", "hopline")
                .put("externalURL", controller);
        json.set("groupLabels", labels);
        json.set("commonLabels", labels);
        json.set("commonAnnotations", annotations);
        ObjectNode one = json.putArray("alerts").addObject();
        String changed = Instant.ofEpochMilli(alert.changedMs()).toString();
        one.put("status", state)
                .put("startsAt", Instant.ofEpochMilli(alert.firedMs()).toString())
                .put("endsAt", alert.firing() ? NOT_ENDED : changed)
                .put("generatorURL", controller + "api/v1/objectives")
                .put("fingerprint", fingerprint(labels));
        one.set("labels", labels);
        one.set("annotations", annotations);
        return json;
    }

    private static ObjectNode labels(ObjectiveWatch.Status status, ObjectiveWatch.Alert alert) {
        return Replies.object()
                .put("alertname", "HoplineErrorBudgetBurn")
                .put("objective", status.objective().name())
                .put("service", status.objective().service())
                .put("severity", alert.rule().severity().id())
                .put("long_window", ObjectiveReplies.window(alert.rule().longWindow()))
                .put("short_window", ObjectiveReplies.window(alert.rule().shortWindow()));
    }

    private static ObjectNode annotations(ObjectiveWatch.Status status, ObjectiveWatch.Alert alert) {
        return Replies.object()
                .put("summary", text(status, alert))
                .put(
                        "description",
                        String.format(
                                Locale.ROOT,
                                "%.1f %% of the error budget over %s is left.",
                                status.verdict().budgetLeft() * 100,
                                ObjectiveReplies.window(status.objective().window())));
    }

    /** One line for people. */
    static String text(ObjectiveWatch.Status status, ObjectiveWatch.Alert alert) {
        String which = "objective '" + status.objective().name() + "' of "
                + status.objective().service();
        return alert.firing()
                ? String.format(
                        Locale.ROOT,
                        "%s burns its error budget %.1f times too fast over %s and %.1f times over %s",
                        which,
                        alert.longRate(),
                        ObjectiveReplies.window(alert.rule().longWindow()),
                        alert.shortRate(),
                        ObjectiveReplies.window(alert.rule().shortWindow()))
                : which + " no longer burns its error budget too fast over "
                        + ObjectiveReplies.window(alert.rule().shortWindow());
    }

    private static String fingerprint(ObjectNode labels) {
        UUID hash = UUID.nameUUIDFromBytes(labels.toString().getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%016x", hash.getMostSignificantBits());
    }

    @Override
    public void close() throws InterruptedException {
        post.end();
        thread.interrupt();
        thread.join();
        post.close();
    }
}
