package io.hopline.lb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthCheckerTest {
    private record Change(String backend, boolean healthy, String detail, long atNs) {}

    private final BlockingQueue<Change> changes = new LinkedBlockingQueue<>();
    private final HealthChecker checker = HealthChecker.start(
            check -> SocketChannel.open(),
            (check, healthy, detail) -> changes.add(new Change(check.backend(), healthy, detail, System.nanoTime())));

    @AfterEach
    void close() {
        checker.close();
    }

    private static HealthCheck check(String backend, InetSocketAddress endpoint, HealthCheck.Kind kind) {
        return new HealthCheck("web", "blue", backend, endpoint, kind, "/healthz", 200, 190, 2, 3);
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static HttpServer http(int port, AtomicInteger status) throws IOException {
        HttpServer server = HttpServer.create(loopback(port), 64);
        server.createContext("/healthz", exchange -> {
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        server.start();
        return server;
    }

    private Change next() throws InterruptedException {
        Change change = changes.poll(10, TimeUnit.SECONDS);
        assertThat(change).as("a change of health within 10 s").isNotNull();
        return Objects.requireNonNull(change);
    }

    @Test
    void followsAnHttpServerThroughErrorsDeathAndReturn() throws Exception {
        AtomicInteger status = new AtomicInteger(204);
        HttpServer server = http(0, status);
        int port = server.getAddress().getPort();
        try {
            checker.replace(List.of(check("web1", loopback(port), HealthCheck.Kind.HTTP)));
            Change first = next();
            assertThat(first.healthy()).isTrue();
            assertThat(first.detail()).isEqualTo("HTTP 204");

            status.set(503);
            Change failing = next();
            assertThat(failing.healthy()).isFalse();
            assertThat(failing.detail()).isEqualTo("HTTP 503");

            status.set(302);
            assertThat(next().detail()).isEqualTo("HTTP 302");
        } finally {
            server.stop(0);
        }
        Change dead = next();
        assertThat(dead.healthy()).isFalse();
        assertThat(dead.detail()).isEqualTo("connection refused");

        HttpServer again = http(port, status);
        try {
            assertThat(next().healthy()).isTrue();
        } finally {
            again.stop(0);
        }
    }

    @Test
    void connectingIsEnoughForATcpCheck() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            checker.replace(List.of(check("db", loopback(server.getLocalPort()), HealthCheck.Kind.TCP)));
            Change up = next();
            assertThat(up.healthy()).isTrue();
            assertThat(up.detail()).isEqualTo("connected");
        }
        assertThat(next().detail()).isEqualTo("connection refused");
    }

    /** Accepts and never answers: the kernel is alive, the server is not. */
    @Test
    void aServerThatDoesNotAnswerIsDead() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            checker.replace(List.of(check("hung", loopback(silent.getLocalPort()), HealthCheck.Kind.HTTP)));
            Change down = next();
            assertThat(down.healthy()).isFalse();
            assertThat(down.detail()).isEqualTo("no success within 190 ms, waited for an answer");
        }
    }

    /** A full accept queue swallows SYNs, as a guest that lost power does. */
    @Test
    void aBlackHoleIsDead() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket first = new Socket();
                Socket second = new Socket();
                Socket third = new Socket()) {
            InetSocketAddress address = loopback(full.getLocalPort());
            for (Socket socket : List.of(first, second, third)) {
                try {
                    socket.connect(address, 100);
                } catch (IOException expectedOnceTheQueueIsFull) {
                    break;
                }
            }
            checker.replace(List.of(check("lost", address, HealthCheck.Kind.TCP)));
            Change down = next();
            assertThat(down.healthy()).isFalse();
            assertThat(down.detail()).isEqualTo("no success within 190 ms, waited to connect");
        }
    }

    @Test
    void anAnswerThatIsNotHttpIsDead() throws Exception {
        try (ServerSocket ssh = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread server = Thread.ofVirtual().start(() -> {
                while (!ssh.isClosed()) {
                    try (Socket socket = ssh.accept()) {
                        socket.getOutputStream().write("SSH-2.0-x\u0007\r\n".getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException closed) {
                        return;
                    }
                }
            });
            checker.replace(List.of(check("ssh", loopback(ssh.getLocalPort()), HealthCheck.Kind.HTTP)));
            assertThat(next().detail()).isEqualTo("not an HTTP answer: 'SSH-2.0-x?'");
            checker.close();
            server.interrupt();
        }
    }

    @Test
    void oneBadProbeDoesNotKill() throws Exception {
        AtomicInteger status = new AtomicInteger(200);
        AtomicInteger asked = new AtomicInteger();
        HttpServer server = HttpServer.create(loopback(0), 64);
        server.createContext("/healthz", exchange -> {
            // Two failures, a success, over and over: never three in a row.
            exchange.sendResponseHeaders(asked.getAndIncrement() % 3 == 0 ? status.get() : 500, -1);
            exchange.close();
        });
        server.start();
        try {
            checker.replace(List.of(check("web1", server.getAddress(), HealthCheck.Kind.HTTP)));
            assertThat(next().healthy()).isTrue();
            await().until(() -> asked.get() >= 8);
            assertThat(changes).isEmpty();
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aDeadBackendIsNoticedWithinFallIntervalsAndATimeout() throws Exception {
        HttpServer server = http(0, new AtomicInteger(200));
        HealthCheck slowly = new HealthCheck(
                "web", "blue", "web1", server.getAddress(), HealthCheck.Kind.HTTP, "/healthz", 200, 190, 2, 3);
        checker.replace(List.of(slowly));
        assertThat(next().healthy()).isTrue();
        long diedNs = System.nanoTime();
        server.stop(0);
        Change down = next();
        assertThat(down.healthy()).isFalse();
        // The promise is 790 ms; twice that allows for a machine that is busy with other tests.
        assertThat(Duration.ofNanos(down.atNs() - diedNs)).isLessThan(Duration.ofMillis(2 * (3 * 200 + 190)));
    }

    @Test
    void replacingTheListKeepsWhatStaysAndForgetsWhatGoes() throws Exception {
        HttpServer server = http(0, new AtomicInteger(200));
        try {
            HealthCheck one = check("web1", server.getAddress(), HealthCheck.Kind.HTTP);
            HealthCheck two = check("web2", server.getAddress(), HealthCheck.Kind.HTTP);
            checker.replace(List.of(one, two));
            next();
            next();
            checker.replace(List.of(one));
            await().until(() -> checker.health().size() == 1);
            long probes = checker.health().getFirst().probes();
            await().until(() -> checker.health().getFirst().probes() > probes);
            assertThat(changes).isEmpty();
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aSocketThatCannotBeOpenedIsAFailureWithItsReason() throws Exception {
        try (HealthChecker broken = HealthChecker.start(
                check -> {
                    throw new IOException("no namespace 'svc-blue'");
                },
                (check, healthy, detail) -> changes.add(new Change(check.backend(), healthy, detail, 0)))) {
            broken.replace(List.of(check("web1", loopback(1), HealthCheck.Kind.TCP)));
            assertThat(next().detail()).isEqualTo("cannot open a socket: no namespace 'svc-blue'");
        }
    }

    @Test
    void refusesBadChecks() {
        InetSocketAddress there = loopback(80);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HealthCheck("s", "n", "b", there, HealthCheck.Kind.HTTP, "/", 100, 200, 1, 1))
                .withMessage("timeoutMs must be 1 to intervalMs, not 200");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HealthCheck(
                        "s", "n", "b", there, HealthCheck.Kind.HTTP, "/ HTTP/1.1\r\nX: y", 100, 100, 1, 1))
                .withMessageContaining("path of an HTTP check must begin with /");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> checker.replace(
                        List.of(check("a", there, HealthCheck.Kind.TCP), check("a", there, HealthCheck.Kind.HTTP))))
                .withMessageContaining("listed twice");
    }
}
