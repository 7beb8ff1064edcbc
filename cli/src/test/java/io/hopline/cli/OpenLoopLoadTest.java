package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OpenLoopLoadTest {
    private static final byte[] BODY = "web1\n".getBytes(StandardCharsets.UTF_8);

    private HttpServer server;
    private ExecutorService workers;
    private final AtomicInteger served = new AtomicInteger();

    @BeforeEach
    void startServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        workers = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(workers);
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
        workers.close();
    }

    private void answer(String path, int status, byte[] body) {
        server.createContext(path, exchange -> {
            served.incrementAndGet();
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    private LoadResult load(LoadPlan plan, String path) throws InterruptedException {
        return new OpenLoopLoad(plan, server.getAddress(), path, Map.of("web1", BODY), SocketChannel::open).run();
    }

    @Test
    void sendsEveryRequestAndReconnectsAsPlanned() throws Exception {
        answer("/", 200, BODY);
        LoadResult result = load(new LoadPlan(200, 2_000, 4, 10, 5_000, 7), "/");
        assertThat(result.errors()).isEmpty();
        assertThat(result.ok()).isEqualTo(200);
        assertThat(result.servedBy()).containsExactly(Map.entry("web1", 200L));
        assertThat(served).hasValue(200);
        assertThat(result.connections()).isBetween(20L, 28L);
        assertThat(result.latencyNs().getTotalCount()).isEqualTo(200);
    }

    /**
     * A server that stalls once for 300 ms while requests keep falling due: those that waited carry the wait, although
     * only as many as there are connections were on the wire. A closed loop would show the stall in two samples.
     */
    @Test
    void countsTheWaitOfRequestsThatFellDueDuringAStall() throws Exception {
        var stalled = new AtomicBoolean();
        var monitor = new Object();
        server.createContext("/", exchange -> {
            synchronized (monitor) {
                if (served.incrementAndGet() > 50 && stalled.compareAndSet(false, true)) {
                    LockSupport.parkNanos(300_000_000);
                }
            }
            exchange.sendResponseHeaders(200, BODY.length);
            exchange.getResponseBody().write(BODY);
            exchange.close();
        });
        LoadResult result = load(new LoadPlan(400, 500, 2, 1_000, 5_000, 7), "/");
        assertThat(result.ok()).isEqualTo(400);
        // About 150 of 400 requests fall due during the stall; the median of their waits is 150 ms.
        long waitedNs = 100_000_000;
        assertThat(above(result.latencyNs(), waitedNs)).isGreaterThan(60);
        assertThat(above(result.serviceNs(), waitedNs)).isLessThanOrEqualTo(2);
    }

    private static long above(org.HdrHistogram.Histogram histogram, long ns) {
        return histogram.getCountBetweenValues(ns, histogram.getMaxValue() + 1);
    }

    @Test
    void countsWhatIsNotTheExpectedAnswer() throws Exception {
        answer("/broken", 502, BODY);
        answer("/strange", 200, "somebody else\n".getBytes(StandardCharsets.UTF_8));
        var plan = new LoadPlan(10, 1_000, 2, 20, 5_000, 7);
        assertThat(load(plan, "/broken").errors()).containsExactly(Map.entry("HTTP 502", 10L));
        assertThat(load(plan, "/strange").errors()).containsExactly(Map.entry("a body that no backend sends", 10L));
    }

    @Test
    void countsConnectionsThatAreRefused() throws Exception {
        server.stop(0);
        LoadResult result = load(new LoadPlan(5, 1_000, 1, 20, 1_000, 7), "/");
        assertThat(result.ok()).isZero();
        assertThat(result.errorCount()).isEqualTo(5);
        assertThat(result.errors()).containsOnlyKeys("Connection refused");
    }

    @Test
    void plansAPoissonProcessOfTheRateAskedFor() {
        long[] planned = new LoadPlan(20_000, 400, 16, 20, 5_000, 3).plannedNs();
        assertThat(planned).isSorted();
        assertThat(planned[19_999] / 1e9).isBetween(48.0, 52.0);
        double sumOfSquares = 0;
        for (int i = 1; i < planned.length; i++) {
            double gap = (planned[i] - planned[i - 1]) / 2_500_000.0;
            sumOfSquares += gap * gap;
        }
        // Gaps of a Poisson process are exponential: their mean square is twice their squared mean.
        assertThat(sumOfSquares / planned.length).isBetween(1.9, 2.1);
    }

    @Test
    void saysWhichNumberIsWrong() {
        assertThatThrownBy(() -> LoadPlan.of(0, 400))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--requests: 1 to 10000000 are possible, not 0");
        assertThatThrownBy(() -> LoadPlan.of(10, -1)).hasMessageContaining("--rate");
    }
}
