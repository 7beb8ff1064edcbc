package io.hopline.controller;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts JSON to a URL; what is not answered with a 2xx is posted again after growing pauses. One thread posts; any thread may
 * end it.
 */
final class RetryingPost implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RetryingPost.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final URI url;
    private final int attempts;
    private final long firstPauseMs;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final CountDownLatch ended = new CountDownLatch(1);

    /**
     * @param attempts in all
     * @param firstPauseMs before the second attempt; each further pause is twice as long
     */
    RetryingPost(URI url, int attempts, long firstPauseMs) {
        this.url = url;
        this.attempts = attempts;
        this.firstPauseMs = firstPauseMs;
    }

    /**
     * Posts until it is taken or given up.
     *
     * @param what it is, for the log
     * @return true when it was answered with a 2xx
     */
    boolean deliver(String what, byte[] json) throws InterruptedException {
        long pauseMs = firstPauseMs;
        String why = "";
        for (int attempt = 1; attempt <= attempts; attempt++) {
            try {
                int status = post(json);
                if (status / 100 == 2) {
                    return true;
                }
                why = "answered HTTP " + status;
            } catch (IOException e) {
                why = String.valueOf(e.getMessage());
            }
            if (attempt < attempts && ended.await(pauseMs, TimeUnit.MILLISECONDS)) {
                break;
            }
            pauseMs *= 2;
        }
        LOG.warn("{} could not be delivered to {}: {}", what, url, why);
        return false;
    }

    private int post(byte[] json) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(json))
                .build();
        return http.send(request, BodyHandlers.discarding()).statusCode();
    }

    /** False once {@link #end} was called. */
    boolean open() {
        return ended.getCount() > 0;
    }

    /** Lets a pause end; nothing is tried again. */
    void end() {
        ended.countDown();
    }

    /** Ends and gives connections back; the thread that posts must have stopped. */
    @Override
    public void close() {
        end();
        http.close();
    }
}
