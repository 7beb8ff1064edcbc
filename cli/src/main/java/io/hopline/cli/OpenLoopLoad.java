package io.hopline.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * HTTP load with planned send times. Each connection has a thread that takes the next planned request, sleeps until its
 * time and asks; when every connection is busy, the requests that fall due wait, and the wait is part of their latency.
 */
final class OpenLoopLoad {
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final int STATUS_OK = 200;
    // A thread that is asked to sleep wakes late by about this much; the rest of the wait is spent spinning.
    private static final long SPIN_NS = 60_000;

    private final LoadPlan plan;
    private final InetSocketAddress target;
    private final byte[] request;
    private final Map<String, byte[]> bodies;
    private final HttpConnection.SocketSource sockets;
    private final long[] plannedNs;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();
    private volatile boolean stopped;

    /**
     * A load on one address.
     *
     * @param path what is asked for
     * @param bodies the body that each backend answers with
     */
    OpenLoopLoad(
            LoadPlan plan,
            InetSocketAddress target,
            String path,
            Map<String, byte[]> bodies,
            HttpConnection.SocketSource sockets) {
        this.plan = plan;
        this.target = target;
        this.request = HttpConnection.request(target.getAddress().getHostAddress() + ":" + target.getPort(), path);
        this.bodies = Map.copyOf(bodies);
        this.sockets = sockets;
        this.plannedNs = plan.plannedNs();
    }

    /** How many requests have an outcome so far; any thread may ask. */
    int finished() {
        return finished.get();
    }

    /** Lets {@link #run} return early; requests not yet sent are left out of the result. */
    void stop() {
        stopped = true;
    }

    /** Sends everything and returns when the last response is in. */
    LoadResult run() throws InterruptedException {
        long startNs = System.nanoTime();
        List<Client> clients = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < plan.connections(); i++) {
            var client = new Client(startNs, 1 + i % plan.requestsPerConnection());
            clients.add(client);
            threads.add(Thread.ofPlatform().name("load-" + i).daemon().start(client));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } finally {
            stop();
        }
        return sum(clients, System.nanoTime() - startNs);
    }

    private static LoadResult sum(List<Client> clients, long elapsedNs) {
        var errors = new TreeMap<String, Long>();
        var servedBy = new TreeMap<String, Long>();
        var latency = new Histogram(SIGNIFICANT_DIGITS);
        var service = new Histogram(SIGNIFICANT_DIGITS);
        long connections = 0;
        for (Client client : clients) {
            client.errors.forEach((what, count) -> errors.merge(what, count, Long::sum));
            client.servedBy.forEach((who, count) -> servedBy.merge(who, count, Long::sum));
            latency.add(client.latencyNs);
            service.add(client.serviceNs);
            connections += client.opened;
        }
        long ok = servedBy.values().stream().mapToLong(Long::longValue).sum();
        return new LoadResult(ok, errors, servedBy, connections, latency, service, elapsedNs);
    }

    private final class Client implements Runnable {
        private final long startNs;
        private final Map<String, Long> errors = new TreeMap<>();
        private final Map<String, Long> servedBy = new TreeMap<>();
        private final Histogram latencyNs = new Histogram(SIGNIFICANT_DIGITS);
        private final Histogram serviceNs = new Histogram(SIGNIFICANT_DIGITS);
        private @Nullable HttpConnection connection;
        private int left;
        private long opened;

        /** The first connection of each client lives differently long, so that they do not all reconnect at once. */
        Client(long startNs, int firstLife) {
            this.startNs = startNs;
            this.left = firstLife;
        }

        @Override
        public void run() {
            try {
                while (!stopped) {
                    connectAhead();
                    int index = next.getAndIncrement();
                    if (index >= plannedNs.length) {
                        return;
                    }
                    if (!sleepUntil(startNs + plannedNs[index])) {
                        return;
                    }
                    ask(startNs + plannedNs[index]);
                    finished.incrementAndGet();
                }
            } finally {
                disconnect();
            }
        }

        private void ask(long plannedAtNs) {
            try {
                HttpConnection to = connected();
                long sentNs = System.nanoTime();
                HttpConnection.Response response = to.exchange(request);
                long nowNs = System.nanoTime();
                count(response);
                latencyNs.recordValue(nowNs - plannedAtNs);
                serviceNs.recordValue(nowNs - sentNs);
                if (--left <= 0 || !response.keepAlive()) {
                    disconnect();
                }
            } catch (SocketTimeoutException timeout) {
                failed("no answer within " + plan.timeoutMs() + " ms", plannedAtNs);
            } catch (IOException failure) {
                failed(String.valueOf(failure.getMessage()), plannedAtNs);
            }
        }

        /** An error has a latency too: leaving it out would make a broken service look fast. */
        private void failed(String what, long plannedAtNs) {
            errors.merge(what, 1L, Long::sum);
            latencyNs.recordValue(System.nanoTime() - plannedAtNs);
            disconnect();
        }

        private void count(HttpConnection.Response response) {
            if (response.status() != STATUS_OK) {
                errors.merge("HTTP " + response.status(), 1L, Long::sum);
                return;
            }
            for (var backend : bodies.entrySet()) {
                if (Arrays.equals(backend.getValue(), response.body())) {
                    servedBy.merge(backend.getKey(), 1L, Long::sum);
                    return;
                }
            }
            errors.merge("a body that no backend sends", 1L, Long::sum);
        }

        private HttpConnection connected() throws IOException {
            HttpConnection open = connection;
            if (open == null) {
                open = HttpConnection.open(sockets, target, plan.timeoutMs());
                connection = open;
                opened++;
            }
            return open;
        }

        /** Connects before the next request is due; if that fails, the request itself tries again and counts the error. */
        private void connectAhead() {
            if (next.get() >= plannedNs.length) {
                return;
            }
            try {
                connected();
            } catch (IOException retriedByTheRequest) {
                disconnect();
            }
        }

        private void disconnect() {
            if (connection != null) {
                connection.close();
                connection = null;
            }
            if (left <= 0) {
                left = plan.requestsPerConnection();
            }
        }

        /** Returns false when the run was stopped meanwhile. */
        private boolean sleepUntil(long atNs) {
            long waitNs = atNs - System.nanoTime();
            while (waitNs > 0 && !stopped) {
                if (waitNs > SPIN_NS) {
                    LockSupport.parkNanos(Math.min(waitNs - SPIN_NS, 100_000_000));
                } else {
                    Thread.onSpinWait();
                }
                waitNs = atNs - System.nanoTime();
            }
            return !stopped;
        }
    }
}
