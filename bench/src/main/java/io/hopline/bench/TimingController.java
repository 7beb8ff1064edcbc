package io.hopline.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hopline.controller.SamplingRate;
import io.hopline.node.NodeConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * As much of a controller as makes a node time requests: it answers every node with one configuration, in which the
 * measures' TCP servers are endpoints to time, takes what the node saw without looking at it, and follows the load by a real
 * controller's own rule.
 */
final class TimingController implements AutoCloseable {
    /** How long a node that knows the configuration waits for news. */
    private static final long LONG_POLL_MS = 10_000;

    private final HttpServer server;
    private final List<NodeConfig.Measured> measured;
    private final SamplingRate sampling;
    private long version = 1;

    private TimingController(HttpServer server, List<NodeConfig.Measured> measured, OptionalInt sampleOneIn) {
        this.server = server;
        this.measured = measured;
        sampling = new SamplingRate(sampleOneIn, System.nanoTime(), oneIn -> {
            version++;
            notifyAll();
        });
    }

    /**
     * @param timed addresses whose servers' connections are timed
     * @param sampleOneIn one in so many of them; empty to follow the load as a real controller does
     */
    static TimingController start(List<String> timed, OptionalInt sampleOneIn) throws IOException {
        List<String> endpoints = timed.stream()
                .flatMap(ip -> List.of(ip + ":" + TcpThroughput.PORT, ip + ":" + RequestResponse.PORT).stream())
                .toList();
        List<NodeConfig.Measured> measured =
                endpoints.isEmpty() ? List.of() : List.of(new NodeConfig.Measured("bench", endpoints));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var controller = new TimingController(server, measured, sampleOneIn);
        server.createContext("/api/v1/nodes/", controller::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        return controller;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
            String path = exchange.getRequestURI().getPath();
            if (path.endsWith("/config")) {
                config(exchange);
            } else {
                if (path.endsWith("/sightings")) {
                    sighted(number(exchange, "seen"));
                }
                exchange.sendResponseHeaders(204, -1);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void sighted(long frames) {
        sampling.seen("bench", frames);
        sampling.advance(System.nanoTime());
    }

    private void config(HttpExchange exchange) throws IOException, InterruptedException {
        NodeConfig config = awaitOther(number(exchange, "known"));
        if (config == null) {
            exchange.sendResponseHeaders(204, -1);
        } else {
            byte[] json = JsonMapper.shared().writeValueAsBytes(config);
            exchange.sendResponseHeaders(200, json.length);
            exchange.getResponseBody().write(json);
        }
    }

    private synchronized @Nullable NodeConfig awaitOther(long known) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LONG_POLL_MS);
        while (version == known) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            if (leftMs <= 0) {
                return null;
            }
            wait(leftMs);
        }
        return new NodeConfig(
                "",
                version,
                sampling.oneIn(),
                List.of(),
                List.of(),
                measured,
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    /** A number in the URL's query. */
    private static long number(HttpExchange exchange, String name) {
        for (String field : exchange.getRequestURI().getQuery().split("&")) {
            if (field.startsWith(name + "=")) {
                return Long.parseLong(field.substring(name.length() + 1));
            }
        }
        throw new IllegalArgumentException("no " + name + " in " + exchange.getRequestURI());
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
