package io.hopline.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hopline.node.NodeConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executors;
import tools.jackson.databind.json.JsonMapper;

/**
 * As much of a controller as makes a node time requests: it answers every node with one configuration, in which the
 * measures' TCP servers are endpoints to time, and takes what the node saw without looking at it.
 */
final class TimingController implements AutoCloseable {
    private static final long VERSION = 1;
    /** How long a node that knows the configuration waits for news, of which there are none. */
    private static final long LONG_POLL_MS = 10_000;

    private final HttpServer server;
    private final byte[] config;

    private TimingController(HttpServer server, byte[] config) {
        this.server = server;
        this.config = config;
    }

    /** @param timed addresses whose servers' connections are timed */
    static TimingController start(List<String> timed) throws IOException {
        List<String> endpoints = timed.stream()
                .flatMap(ip -> List.of(ip + ":" + TcpThroughput.PORT, ip + ":" + RequestResponse.PORT).stream())
                .toList();
        List<NodeConfig.Measured> measured =
                endpoints.isEmpty() ? List.of() : List.of(new NodeConfig.Measured("bench", endpoints));
        var config =
                new NodeConfig(VERSION, List.of(), measured, List.of(), List.of(), List.of(), List.of(), List.of());
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var controller = new TimingController(server, JsonMapper.shared().writeValueAsBytes(config));
        server.createContext("/api/v1/nodes/", controller::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        return controller;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String query = exchange.getRequestURI().getQuery();
            if (!exchange.getRequestURI().getPath().endsWith("/config")) {
                exchange.sendResponseHeaders(204, -1);
            } else if (query != null && query.contains("known=" + VERSION)) {
                Thread.sleep(LONG_POLL_MS);
                exchange.sendResponseHeaders(204, -1);
            } else {
                exchange.sendResponseHeaders(200, config.length);
                exchange.getResponseBody().write(config);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
