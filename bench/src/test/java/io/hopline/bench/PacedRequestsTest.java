package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against real servers on loopback. */
class PacedRequestsTest {
    private static final byte[] REQUEST = WebLoad.request("keep-alive");
    private static final long HALF_A_SECOND_NS = 500_000_000;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<HttpServer> servers = new java.util.ArrayList<>();

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
        threads.shutdownNow();
    }

    private InetSocketAddress server(AtomicInteger asked) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            asked.incrementAndGet();
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write(new byte[] {'o', 'k'});
            exchange.close();
        });
        server.start();
        servers.add(server);
        return server.getAddress();
    }

    @Test
    void serversGetTheirRequestsInTurn() throws Exception {
        var first = new AtomicInteger();
        var second = new AtomicInteger();
        PacedRequests.Result result =
                new PacedRequests(List.of(server(first), server(second)), REQUEST).run(200, 2, HALF_A_SECOND_NS);
        assertThat(result.failed()).isZero();
        assertThat(result.answered()).isEqualTo(100);
        assertThat(first).hasValue(50);
        assertThat(second).hasValue(50);
    }

    @Test
    void aServerThatDoesNotAnswerHoldsUpItsOwnRequestsOnly() throws Exception {
        var asked = new AtomicInteger();
        try (var silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            var target = (InetSocketAddress) silent.getLocalSocketAddress();
            PacedRequests.Result result =
                    new PacedRequests(List.of(server(asked), target), REQUEST).run(200, 2, HALF_A_SECOND_NS);
            assertThat(result.answered()).isEqualTo(50);
            assertThat(result.failed()).isZero();
            // The unanswered half has waited until the end.
            assertThat(result.p99Us()).isGreaterThan(1e6);
        }
    }
}
