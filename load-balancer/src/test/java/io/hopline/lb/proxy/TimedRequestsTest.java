package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.ProxySettings;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What of the proxy's connections is timed: those of timed clients, on both sides, and no others. */
class TimedRequestsTest {
    private static final int ONE_IN = 64;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ProxyRig rig = new ProxyRig();
    private volatile int oneIn = ONE_IN;

    private final class SomePorts implements PhaseListener {
        final BlockingQueue<RequestPhases> phases = new LinkedBlockingQueue<>();
        final BlockingQueue<OwnAnswer> own = new LinkedBlockingQueue<>();

        @Override
        public void requestDone(RequestPhases done) {
            phases.add(done);
        }

        @Override
        public void answeredItself(OwnAnswer answer) {
            own.add(answer);
        }

        @Override
        public BooleanSupplier timing(InetSocketAddress opener) {
            return () -> opener.getPort() % oneIn == 0;
        }
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void timedClientsAndNoOthersAreServedOverTimedConnections() throws Exception {
        SomePorts listener = new SomePorts();
        HttpProxy proxy = rig.proxy(ProxyRig.SETTINGS, ProxyRig.config(portTeller()), listener);
        // The proxy learns its own address from its first connection.
        ask(proxy, client(proxy, false));
        List<Socket> timed = new ArrayList<>();
        List<Socket> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            timed.add(client(proxy, true));
            others.add(client(proxy, false));
        }
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 3; i++) {
                assertThat(ask(proxy, timed.get(i)) % ONE_IN).isZero();
                assertThat(ask(proxy, others.get(i)) % ONE_IN).isNotZero();
            }
        }
        await().atMost(PATIENCE).until(() -> listener.phases.size() == 15);
        assertThat(listener.phases).allSatisfy(request -> {
            assertThat(request.client().getPort() % ONE_IN).isZero();
            assertThat(request.backendLocal().getPort() % ONE_IN).isZero();
        });
        assertThat(proxy.counters().backendConnects())
                .as("connections are kept and shared as without timing")
                .isLessThanOrEqualTo(4);
    }

    @Test
    void whatItAnswersItselfIsToldOfTimedClients() throws Exception {
        SomePorts listener = new SomePorts();
        ProxyBackend teller = portTeller();
        ProxyConfig config = new ProxyConfig(
                "web",
                ProxyRig.loopback(0),
                List.of(new ProxyRoute("shop.example", "/", List.of("teller"))),
                List.of(teller));
        HttpProxy proxy = rig.proxy(ProxyRig.SETTINGS, config, listener);
        Socket timed = client(proxy, true);
        for (Socket socket : List.of(client(proxy, false), timed)) {
            send(proxy, socket);
            assertThat(ProxyRig.readUntil(socket.getInputStream(), "\n\r\n")).startsWith("HTTP/1.1 404");
        }
        Socket timed2 = client(proxy, true);
        RawHttp2 stream = new RawHttp2(timed2);
        stream.send(
                RawHttp2.HEADERS,
                RawHttp2.END_HEADERS | RawHttp2.END_STREAM,
                1,
                RawHttp2.fields(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "h"));
        assertThat(stream.next()).isNotNull();
        assertThat(listener.own)
                .extracting(answer -> answer.client().getPort(), OwnAnswer::service, OwnAnswer::status)
                .containsExactly(tuple(timed.getLocalPort(), "web", 404), tuple(timed2.getLocalPort(), "web", 404));
        assertThat(listener.own).allSatisfy(answer -> {
            assertThat(answer.asked()).isEqualTo(proxy.address());
            assertThat(answer.backendAsked()).isFalse();
            assertThat(answer.answeredNs()).isGreaterThanOrEqualTo(answer.firstByteNs());
            assertThat(answer.firstByteNs()).isPositive();
        });
        assertThat(listener.phases).isEmpty();
    }

    @Test
    void aBackendsAnswerWithoutItsEndIsToldOfAsOurOwn() throws Exception {
        SomePorts listener = new SomePorts();
        ProxyBackend dying = rig.rawServer(socket -> {
            ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".getBytes(StandardCharsets.US_ASCII));
        });
        HttpProxy proxy = rig.proxy(ProxyRig.SETTINGS, ProxyRig.config(dying), listener);
        Socket timed = client(proxy, true);
        send(proxy, timed);
        await().atMost(PATIENCE).until(() -> proxy.counters().cut() == 1);
        assertThat(listener.own).singleElement().satisfies(answer -> {
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.backendAsked()).isTrue();
            assertThat(answer.client().getPort()).isEqualTo(timed.getLocalPort());
        });
        assertThat(listener.phases).isEmpty();
    }

    @Test
    void connectionsThatAreNoLongerTimedServeTheOthers() throws Exception {
        HttpProxy proxy = rig.proxy(ProxyRig.SETTINGS, ProxyRig.config(portTeller()), new SomePorts());
        ask(proxy, client(proxy, false));
        Socket client = client(proxy, true);
        int before = ask(proxy, client);
        oneIn = 1 << 17;
        assertThat(ask(proxy, client)).isNotEqualTo(before);
        oneIn = 1;
        assertThat(ask(proxy, client)).as("all are timed").isPositive();
    }

    @Test
    void whereThereMayBeNoMoreConnectionsOneOfTheOtherKindMakesRoom() throws Exception {
        SomePorts listener = new SomePorts();
        Semaphore answers = new Semaphore(0);
        ProxyBackend teller = portTeller(answers);
        ProxySettings oneConnection =
                new ProxySettings(1, 100, 1, 100, 16_384, 1_000, 60_000, 60_000, 60_000, 60_000, 2_000);
        HttpProxy proxy = rig.proxy(oneConnection, ProxyRig.config(teller), listener);
        Socket timed = client(proxy, true);
        Socket other = client(proxy, false);
        List<Integer> ofOthers = new ArrayList<>();
        // The timed one waits while the only connection is the other one's.
        for (int round = 0; round < 3; round++) {
            send(proxy, other);
            await().atMost(PATIENCE).until(answers::hasQueuedThreads);
            send(proxy, timed);
            await().atMost(PATIENCE).until(() -> proxy.backendCounters("teller").waiting() == 1);
            answers.release(2);
            ofOthers.add(answer(other));
            assertThat(answer(timed) % ONE_IN).isZero();
        }
        // Nobody waits, and the only connection is idle and of the other kind.
        answers.release(2);
        ofOthers.add(ask(proxy, other));
        assertThat(ask(proxy, timed) % ONE_IN).isZero();
        assertThat(ofOthers.subList(1, 4))
                .as("the kernel may choose a port that is timed, but not each time")
                .anyMatch(port -> port % ONE_IN != 0);
        // The proxy tells of an answer once it has written it.
        await().atMost(PATIENCE).until(() -> listener.phases.size() >= 4);
    }

    @Test
    void manyThatTakeTurnsDoNotHaveAConnectionOpenedForEach() throws Exception {
        ProxySettings oneConnection =
                new ProxySettings(1, 100, 1, 100, 16_384, 1_000, 60_000, 60_000, 60_000, 60_000, 2_000);
        HttpProxy proxy = rig.proxy(oneConnection, ProxyRig.config(portTeller()), new SomePorts());
        Socket timed = client(proxy, true);
        Socket other = client(proxy, false);
        long fromNs = System.nanoTime();
        for (int i = 0; i < 300; i++) {
            ask(proxy, other);
            ask(proxy, timed);
        }
        long seconds = Duration.ofNanos(System.nanoTime() - fromNs).toSeconds();
        assertThat(proxy.counters().backendConnects())
                .as("100 in each second that was begun, and the first")
                .isLessThanOrEqualTo(100 * (seconds + 2) + 1);
    }

    @Test
    void aPortThatIsTakenIsNoReasonToFail() throws Exception {
        HttpProxy proxy = rig.proxy(ProxyRig.SETTINGS, ProxyRig.config(portTeller()), new SomePorts());
        ask(proxy, client(proxy, false));
        oneIn = 16_384;
        for (int port : List.of(32_768, 49_152)) {
            Socket holder = rig.closing(new Socket());
            try {
                holder.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            } catch (BindException taken) {
                // By somebody else on this machine, which serves as well.
                assertThat(holder.isBound()).isFalse();
            }
        }
        assertThat(ask(proxy, client(proxy, 16_384))).isPositive();
    }

    /** A backend that answers with the port that its client came from. */
    private ProxyBackend portTeller() throws IOException {
        return portTeller(new Semaphore(Integer.MAX_VALUE));
    }

    /** @param answers how many it may give */
    private ProxyBackend portTeller(Semaphore answers) throws IOException {
        HttpServer server = rig.server(exchange -> {
            answers.acquireUninterruptibly();
            byte[] port = String.format(
                            java.util.Locale.ROOT,
                            "%05d",
                            exchange.getRemoteAddress().getPort())
                    .getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, port.length);
            exchange.getResponseBody().write(port);
        });
        return ProxyRig.backend("teller", server);
    }

    private Socket client(HttpProxy proxy, boolean timed) throws IOException {
        while (true) {
            Socket socket = rig.connect(proxy);
            if (socket.getLocalPort() % ONE_IN == 0 == timed) {
                return socket;
            }
            // The proxy takes a hundred clients in some tests.
            socket.close();
        }
    }

    private Socket client(HttpProxy proxy, int port) throws IOException {
        Socket socket = rig.closing(new Socket());
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.connect(proxy.address());
        return socket;
    }

    /** Sends a request on a kept connection; the port that the backend saw. */
    private static int ask(HttpProxy proxy, Socket socket) throws IOException {
        send(proxy, socket);
        return answer(socket);
    }

    private static void send(HttpProxy proxy, Socket socket) throws IOException {
        socket.getOutputStream()
                .write(("GET / HTTP/1.1\r\nHost: 127.0.0.1:" + proxy.address().getPort() + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private static int answer(Socket socket) throws IOException {
        String head = ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
        assertThat(head).startsWith("HTTP/1.1 200");
        return Integer.parseInt(new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII));
    }
}
