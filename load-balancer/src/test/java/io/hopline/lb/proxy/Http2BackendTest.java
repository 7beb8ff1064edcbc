package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.hopline.lb.config.BackendProtocol;
import io.hopline.lb.config.BackendTls;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxySettings;
import io.hopline.lb.proxy.RawHttp2.Frame;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many requests at once on one HTTP/2 connection to a backend, whose frames the tests write and read themselves. */
class Http2BackendTest {
    private static final int NONE = Integer.MAX_VALUE;

    /** A request that a backend has got. */
    private record Asked(RawHttp2 server, int stream) {
        void answer(String body) throws IOException {
            server.send(RawHttp2.HEADERS, RawHttp2.END_HEADERS, stream, RawHttp2.fields(":status", "200"));
            server.send(RawHttp2.DATA, RawHttp2.END_STREAM, stream, body.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private final ProxyRig rig = new ProxyRig();
    private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
    private final BlockingQueue<Frame> resets = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    /** A backend that notes what it is asked, and answers when the test says so. */
    private ProxyBackend backend(int maxConcurrentStreams) throws IOException {
        return rig.rawServer(socket -> {
            RawHttp2 server = maxConcurrentStreams == NONE
                    ? RawHttp2.server(socket)
                    : RawHttp2.server(socket, maxConcurrentStreams);
            for (Frame frame = server.next(); frame != null; frame = server.next()) {
                if (frame.type() == RawHttp2.HEADERS) {
                    asked.add(new Asked(server, frame.stream()));
                } else if (frame.type() == RawHttp2.RST_STREAM) {
                    resets.add(frame);
                }
            }
        });
    }

    private HttpProxy proxy(ProxySettings settings, BackendProtocol protocol, ProxyBackend... backends)
            throws IOException {
        return rig.proxy(settings, ProxyRig.config(backends).with(protocol));
    }

    private static ProxySettings oneConnection() {
        return new ProxySettings(1, 10_000, 1, 4096, 16_384, 1000, 15_000, 30_000, 60_000, 10_000, 5000);
    }

    private List<Socket> ask(HttpProxy proxy, int clients) throws IOException {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            Socket socket = rig.connect(proxy);
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            sockets.add(socket);
        }
        return sockets;
    }

    private Asked next() throws InterruptedException {
        return Objects.requireNonNull(asked.poll(60, TimeUnit.SECONDS));
    }

    private static void answered(List<Socket> clients) throws IOException {
        for (Socket client : clients) {
            assertThat(ProxyRig.readAll(client.getInputStream())).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void manyClientsShareOneConnection() throws Exception {
        HttpProxy proxy = proxy(ProxyRig.SETTINGS, BackendProtocol.HTTP2, backend(NONE));
        List<Socket> clients = ask(proxy, 40);
        List<Asked> all = new ArrayList<>();
        for (int i = 0; i < clients.size(); i++) {
            all.add(next());
        }
        // Backwards, so that an answer that went to another's client would show.
        for (Asked one : all.reversed()) {
            one.answer("s" + one.stream());
        }
        answered(clients);
        assertThat(proxy.counters().backendConnects()).isEqualTo(1);
    }

    @Test
    void noMoreThanWereConfigured() throws Exception {
        HttpProxy proxy =
                proxy(ProxyRig.SETTINGS, new BackendProtocol(true, 0, 4, false, BackendTls.NONE), backend(NONE));
        List<Socket> clients = ask(proxy, 12);
        List<Asked> all = new ArrayList<>();
        for (int i = 0; i < clients.size(); i++) {
            all.add(next());
        }
        assertThat(all.stream().filter(one -> one.server() == all.getFirst().server()))
                .hasSize(4);
        for (Asked one : all) {
            one.answer("");
        }
        answered(clients);
        assertThat(proxy.counters().backendConnects()).isEqualTo(3);
    }

    /** SETTINGS_MAX_CONCURRENT_STREAMS: whoever finds no room waits until an answer makes some. */
    @Test
    void noMoreThanTheBackendAllows() throws Exception {
        HttpProxy proxy = proxy(oneConnection(), BackendProtocol.HTTP2, backend(2));
        List<Socket> clients = ask(proxy, 9);
        for (int i = 0; i < clients.size(); i += 2) {
            Asked first = next();
            Asked second = i + 1 < clients.size() ? next() : null;
            assertThat(asked.poll(50, TimeUnit.MILLISECONDS))
                    .as("a third at once")
                    .isNull();
            first.answer("");
            if (second != null) {
                second.answer("");
            }
        }
        answered(clients);
        assertThat(proxy.counters().backendConnects()).isEqualTo(1);
    }

    /** GOAWAY: what the backend has not looked at is asked on another connection, whatever it asks; the rest is answered. */
    @Test
    void goingAwayLosesNothing() throws Exception {
        HttpProxy proxy = proxy(ProxyRig.SETTINGS, BackendProtocol.HTTP2, backend(NONE));
        List<Socket> clients = ask(proxy, 3);
        List<Asked> before = List.of(next(), next(), next());
        Asked first = before.getFirst();
        int lastSeen = before.get(1).stream();
        first.server()
                .send(
                        RawHttp2.GOAWAY,
                        0,
                        0,
                        ByteBuffer.allocate(8).putInt(lastSeen).array());
        Asked again = next();
        assertThat(again.server()).isNotSameAs(first.server());
        again.answer("");
        clients.addAll(ask(proxy, 1));
        Asked later = next();
        assertThat(later.server()).as("the old one takes no more").isSameAs(again.server());
        later.answer("");
        first.answer("");
        before.get(1).answer("");
        answered(clients);
        assertThat(proxy.counters().backendConnects()).isEqualTo(2);
    }

    @Test
    void aRefusedStreamIsAskedAgain() throws Exception {
        HttpProxy proxy = proxy(ProxyRig.SETTINGS, BackendProtocol.HTTP2, backend(NONE));
        List<Socket> clients = ask(proxy, 1);
        Asked refused = next();
        refused.server().send(RawHttp2.RST_STREAM, 0, refused.stream(), new byte[] {0, 0, 0, 7});
        next().answer("");
        answered(clients);
    }

    /** A backend that refuses for ever does not keep a request for ever. */
    @Test
    void refusalsHaveAnEnd() throws Exception {
        HttpProxy proxy = proxy(ProxyRig.SETTINGS, BackendProtocol.HTTP2, rig.rawServer(socket -> {
            RawHttp2 server = RawHttp2.server(socket);
            for (Frame frame = server.next(); frame != null; frame = server.next()) {
                if (frame.type() == RawHttp2.HEADERS) {
                    server.send(RawHttp2.RST_STREAM, 0, frame.stream(), new byte[] {0, 0, 0, 7});
                }
            }
        }));
        assertThat(ProxyRig.readAll(ask(proxy, 1).getFirst().getInputStream())).startsWith("HTTP/1.1 502 ");
    }

    @Test
    void aClientThatLeavesEndsItsStreamOnly() throws Exception {
        HttpProxy proxy = proxy(ProxyRig.SETTINGS, BackendProtocol.HTTP2, backend(NONE));
        List<Socket> clients = ask(proxy, 1);
        Asked left = next();
        List<Socket> others = ask(proxy, 1);
        Asked other = next();
        clients.getFirst().close();
        Frame reset = Objects.requireNonNull(resets.poll(60, TimeUnit.SECONDS));
        assertThat(reset.stream()).isEqualTo(left.stream());
        other.answer("");
        answered(others);
        assertThat(proxy.counters().backendConnects()).isEqualTo(1);
    }

    /** A client that does not read holds up its own stream: what waits for it is bounded, and others are answered. */
    @Test
    void aSlowReaderHoldsUpNobody() throws Exception {
        AtomicLong written = new AtomicLong();
        HttpServer server = rig.server(exchange -> {
            boolean endless = exchange.getRequestURI().getPath().equals("/endless");
            exchange.sendResponseHeaders(200, endless ? 1L << 30 : 2);
            OutputStream out = exchange.getResponseBody();
            byte[] block = new byte[endless ? 65_536 : 2];
            do {
                out.write(block);
                written.addAndGet(block.length);
            } while (endless);
        });
        HttpProxy inner = rig.proxy(ProxyRig.backend("a", server));
        HttpProxy proxy = proxy(oneConnection(), BackendProtocol.HTTP2, ProxyRig.backend("inner", inner.address()));
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Socket socket = rig.connect(proxy);
            socket.getOutputStream()
                    .write("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            slow.add(socket);
        }
        long[] last = {-1, 0};
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> {
                    long before = last[0];
                    last[0] = written.get();
                    return last[0] > 0 && last[0] == before;
                });
        assertThat(last[0]).isLessThan(64L << 20);
        for (int i = 0; i < 20; i++) {
            assertThat(rig.get(proxy, "/small").body()).hasSize(2);
        }
        InputStream in = slow.getFirst().getInputStream();
        assertThat(in.readNBytes(32 << 20)).hasSize(32 << 20);
        assertThat(proxy.counters().backendConnects()).isEqualTo(1);
    }
}
