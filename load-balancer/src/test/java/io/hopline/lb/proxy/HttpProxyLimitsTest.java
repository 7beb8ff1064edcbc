package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxySettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpProxyLimitsTest {
    private static final byte[] GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ProxyRig rig = new ProxyRig();

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private HttpProxy limited(ProxySettings settings, ProxyBackend backend) throws IOException {
        return rig.proxy(settings, ProxyRig.config(backend));
    }

    /** What the proxy takes from a fast backend while the client does not read is what sockets and two buffers hold. */
    @Test
    void aSlowReaderHoldsLittleMemory() throws Exception {
        AtomicLong written = new AtomicLong();
        long endless = 1L << 30;
        HttpServer server = rig.server(exchange -> {
            byte[] block = new byte[65_536];
            exchange.sendResponseHeaders(200, endless);
            OutputStream out = exchange.getResponseBody();
            while (written.get() < endless) {
                out.write(block);
                written.addAndGet(block.length);
            }
        });
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", server));
        Socket socket = rig.connect(proxy);
        socket.getOutputStream().write(GET);
        long held = settle(written);
        System.out.printf("a client that does not read: the backend could write %,d bytes%n", held);
        assertThat(held).isLessThan(32L << 20);
        InputStream in = socket.getInputStream();
        long got = 0;
        byte[] buffer = new byte[1 << 16];
        while (got < 64L << 20) {
            got += in.read(buffer);
        }
        assertThat(written.get()).isGreaterThan(held);
    }

    /** The same upwards: a backend that does not read stops the client. */
    @Test
    void aSlowBackendStopsTheClient() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        HttpServer server = rig.server(exchange -> {
            try {
                end.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", server));
        Socket socket = rig.connect(proxy);
        AtomicLong written = new AtomicLong();
        Thread.ofVirtual().start(() -> {
            try {
                OutputStream out = socket.getOutputStream();
                out.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
                while (true) {
                    out.write(new byte[65_536]);
                    written.addAndGet(65_536);
                }
            } catch (IOException closed) {
                return;
            }
        });
        long held = settle(written);
        System.out.printf("a backend that does not read: the client could write %,d bytes%n", held);
        assertThat(held).isLessThan(32L << 20);
        end.countDown();
    }

    /** The value once it has stopped growing for a second. */
    private static long settle(AtomicLong value) {
        long[] last = {-1, System.nanoTime()};
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            long now = value.get();
            if (now != last[0]) {
                last[0] = now;
                last[1] = System.nanoTime();
            }
            return now > 0 && System.nanoTime() - last[1] > 1_000_000_000L;
        });
        return last[0];
    }

    @Test
    void aBackendThatDoesNotAnswerIsAGatewayTimeout() throws Exception {
        HttpProxy proxy = limited(HttpProxyTest.settings(10, 10, 15_000, 300, 60_000), rig.silent());
        var answer = rig.get(proxy, "/");
        assertThat(answer.statusCode()).isEqualTo(504);
        assertThat(answer.body()).isEqualTo("504 Gateway Timeout: the backend did not answer in time\n");
    }

    @Test
    void aBackendThatDoesNotAcceptIsAGatewayTimeout() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, ProxyRig.loopback(0).getAddress())) {
            for (int i = 0; i < 3; i++) {
                Socket filler = rig.closing(new Socket());
                try {
                    filler.connect(ProxyRig.loopback(full.getLocalPort()), 100);
                } catch (IOException expectedOnceTheQueueIsFull) {
                    break;
                }
            }
            HttpProxy proxy = rig.proxy(
                    HttpProxyTest.settings(10, 10, 15_000, 5000, 60_000),
                    ProxyRig.config(ProxyRig.backend("full", ProxyRig.loopback(full.getLocalPort()))));
            var answer = rig.get(proxy, "/");
            assertThat(answer.statusCode()).isEqualTo(504);
            assertThat(answer.body()).contains("no backend accepted a connection in time");
        }
    }

    @Test
    void tooManyThatWaitAreTurnedAway() throws Exception {
        HttpProxy proxy = limited(HttpProxyTest.settings(1, 1, 15_000, 600, 60_000), rig.silent());
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Socket socket = rig.connect(proxy);
            socket.getOutputStream().write(GET);
            sockets.add(socket);
            int begun = i + 1;
            await().until(() -> proxy.counters().requests() == begun);
        }
        assertThat(ProxyRig.readUntil(sockets.get(2).getInputStream(), "\n\r\n"))
                .startsWith("HTTP/1.1 503 ");
        assertThat(ProxyRig.readUntil(sockets.get(0).getInputStream(), "\n\r\n"))
                .startsWith("HTTP/1.1 504 ");
    }

    @Test
    void aRequestThatDoesNotComeToItsEndTimesOut() throws Exception {
        HttpProxy proxy = limited(HttpProxyTest.settings(10, 10, 200, 5000, 60_000), rig.answering("a"));
        assertThat(rig.exchange(proxy, "GET / HTTP/1.1\r\nHost: h\r\nX-Slow:")).startsWith("HTTP/1.1 408 ");
        assertThat(rig.exchange(proxy, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab"))
                .startsWith("HTTP/1.1 408 ");
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        HttpProxy proxy = limited(HttpProxyTest.settings(10, 10, 15_000, 5000, 200), rig.answering("a"));
        Socket socket = rig.connect(proxy);
        socket.getOutputStream().write(GET);
        assertThat(ProxyRig.readAll(socket.getInputStream()))
                .startsWith("HTTP/1.1 200")
                .endsWith("a");
        await().until(() -> proxy.counters().clients() == 0);
    }

    @Test
    void oneClientTooManyIsClosed() throws Exception {
        ProxySettings two = new ProxySettings(1, 2, 10, 10, 16_384, 500, 15_000, 5000, 60_000, 10_000, 2000);
        HttpProxy proxy = limited(two, rig.answering("a"));
        rig.connect(proxy);
        rig.connect(proxy);
        await().until(() -> proxy.counters().clients() == 2);
        assertThat(rig.connect(proxy).getInputStream().read()).isEqualTo(-1);
        await().until(() -> proxy.counters().clients() == 2);
    }

    /** A client that leaves takes its request's backend connection with it. */
    @Test
    void aClientThatLeavesFreesItsBackendConnection() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        ProxyBackend backend = rig.rawServer(socket -> {
            ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
            asked.countDown();
            try {
                socket.getInputStream().read();
            } finally {
                gone.countDown();
            }
        });
        Socket socket = rig.connect(rig.proxy(backend));
        socket.getOutputStream().write(GET);
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        socket.close();
        assertThat(gone.await(60, TimeUnit.SECONDS)).isTrue();
    }
}
