package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.lb.config.AccessLogPolicy;
import io.hopline.lb.config.BackendProtocol;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyPolicy;
import io.hopline.lb.config.RequestLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets from clients of HTTP/1.1 and HTTP/2 to servers of HTTP/1.1 and HTTP/2, all of them Netty's. */
class WebSocketTest {
    private static final String ALL_WAYS = """
            client by HTTP/2, backend by HTTP/2
            false, false
            false, true
            true, false
            true, true
            """;
    private static final int PIECE = 1 << 16;
    private static final int PIECES = 512;

    private final ProxyRig rig = new ProxyRig();
    private final WebSocketPeer.Group group = new WebSocketPeer.Group();

    @TempDir
    private Path dir;

    @AfterEach
    void close() throws Exception {
        // First, as a proxy waits for the WebSockets that it has.
        group.close();
        rig.close();
    }

    private ProxyConfig config(boolean http2, ProxyPolicy policy, ProxyBackend... backends) {
        return ProxyRig.config(backends).with(policy).with(http2 ? BackendProtocol.HTTP2 : BackendProtocol.HTTP1);
    }

    private HttpProxy proxy(boolean http2, ProxyPolicy policy) throws Exception {
        return rig.proxy(ProxyRig.SETTINGS, config(http2, policy, ProxyRig.backend("a", group.server(http2, true))));
    }

    private HttpProxy proxy(boolean http2) throws Exception {
        return proxy(http2, ProxyPolicy.DEFAULT);
    }

    /** Both ends of a WebSocket through the proxy. */
    private record Pair(WebSocketPeer client, WebSocketPeer server) {}

    private Pair open(HttpProxy proxy, boolean http2Client) throws Exception {
        WebSocketPeer client = group.client(proxy, http2Client);
        assertThat(client.next()).isEqualTo("open");
        WebSocketPeer server = group.accepted();
        assertThat(server.next()).isEqualTo("open");
        return new Pair(client, server);
    }

    private static byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        new Random(bytes).nextBytes(random);
        return random;
    }

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = ALL_WAYS)
    void framesPassBothWaysUntilTheClientCloses(boolean http2Client, boolean http2Backend) throws Exception {
        HttpProxy proxy = proxy(http2Backend);
        Pair pair = open(proxy, http2Client);
        for (int bytes : new int[] {1, 125, 126, 65_535, 65_536, 300_000}) {
            byte[] payload = random(bytes);
            pair.client().send(payload);
            assertThat(pair.server().next()).isEqualTo(WebSocketPeer.binary(payload));
            pair.server().send(payload);
            assertThat(pair.client().next()).isEqualTo(WebSocketPeer.binary(payload));
        }
        pair.client().sendClose();
        assertThat(pair.server().next()).isEqualTo("close 1000");
        pair.server().sendClose();
        pair.server().endOutput();
        assertThat(pair.client().next()).isEqualTo("close 1000");
        assertThat(pair.client().next()).isEqualTo("end");
        await().until(() -> proxy.backendCounters("a").active() == 0);
        await().until(() -> proxy.counters().answered2xx() == 1);
        assertThat(proxy.counters().cut()).isZero();
    }

    /** Over HTTP/2 that is END_STREAM, over HTTP/1.1 a FIN: what was said before arrives, and so does what is still answered. */
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = ALL_WAYS)
    void aClientThatSaysNoMoreStillHears(boolean http2Client, boolean http2Backend) throws Exception {
        HttpProxy proxy = proxy(http2Backend);
        Pair pair = open(proxy, http2Client);
        byte[] last = random(200_000);
        pair.client().send(last);
        pair.client().endOutput();
        assertThat(pair.server().next()).isEqualTo(WebSocketPeer.binary(last));
        assertThat(pair.server().next()).isEqualTo("end");
        pair.server().send(last);
        pair.server().endOutput();
        assertThat(pair.client().next()).isEqualTo(WebSocketPeer.binary(last));
        assertThat(pair.client().next()).isEqualTo("end");
        await().until(() -> proxy.backendCounters("a").active() == 0);
        assertThat(proxy.counters().cut()).isZero();
    }

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = ALL_WAYS)
    void aResetPassesOn(boolean http2Client, boolean http2Backend) throws Exception {
        HttpProxy proxy = proxy(http2Backend);
        Pair byServer = open(proxy, http2Client);
        byServer.server().reset();
        assertThat(byServer.client().next()).isEqualTo("reset");
        Pair byClient = open(proxy, http2Client);
        byClient.client().reset();
        assertThat(byClient.server().next()).isEqualTo(http2Backend ? "reset" : "end");
        await().until(() -> proxy.backendCounters("a").active() == 0);
        assertThat(proxy.counters().cut()).isEqualTo(1);
        assertThat(proxy.backendCounters("a").failures()).isEqualTo(1);
    }

    /** Whoever does not read stops the other: the proxy holds some windows and buffers, whatever is sent. */
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = ALL_WAYS)
    void aSlowReaderStopsTheSender(boolean http2Client, boolean http2Backend) throws Exception {
        Pair pair = open(proxy(http2Backend), http2Client);
        slow(pair.server(), pair.client());
        if (http2Client == http2Backend) {
            slow(pair.client(), pair.server());
        }
    }

    private static void slow(WebSocketPeer sender, WebSocketPeer reader) throws Exception {
        reader.channel().config().setAutoRead(false);
        byte[] piece = random(PIECE);
        sender.pour(piece, PIECES);
        long[] last = {0};
        await().pollInterval(Duration.ofMillis(300)).until(() -> {
            long before = last[0];
            last[0] = sender.poured.get();
            return last[0] > 0 && last[0] == before;
        });
        assertThat(last[0]).as("pieces of 64 KiB that were taken").isLessThan(PIECES * 3 / 4);
        reader.channel().config().setAutoRead(true);
        for (int i = 0; i < PIECES; i++) {
            assertThat(reader.next()).isEqualTo(WebSocketPeer.binary(piece));
        }
    }

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = ALL_WAYS)
    void aSilentOneIsCut(boolean http2Client, boolean http2Backend) throws Exception {
        HttpProxy proxy = proxy(http2Backend, ProxyPolicy.DEFAULT.with(new RequestLimits(0, 8192, 0, 100)));
        Pair pair = open(proxy, http2Client);
        assertThat(pair.client().next()).isEqualTo("reset");
        assertThat(pair.server().next()).isEqualTo(http2Backend ? "reset" : "end");
        assertThat(proxy.counters().cut()).isEqualTo(1);
    }

    /** A backend that is taken away, and a proxy that closes, leave the WebSockets that are open to themselves. */
    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = ALL_WAYS)
    void theyOutlastADrain(boolean http2Client, boolean http2Backend) throws Exception {
        HttpProxy proxy = proxy(http2Backend);
        Pair pair = open(proxy, http2Client);
        ProxyBackend other = ProxyRig.backend("b", group.server(http2Backend, true));
        proxy.replace(config(http2Backend, ProxyPolicy.DEFAULT, other), ProxyRig.SETTINGS);
        Thread closing = Thread.ofVirtual().start(proxy::close);
        byte[] payload = random(1000);
        pair.client().send(payload);
        assertThat(pair.server().next()).isEqualTo(WebSocketPeer.binary(payload));
        pair.server().send(payload);
        assertThat(pair.client().next()).isEqualTo(WebSocketPeer.binary(payload));
        pair.server().endOutput();
        assertThat(pair.client().next()).isEqualTo("end");
        pair.client().endOutput();
        closing.join();
    }

    /** SETTINGS_ENABLE_CONNECT_PROTOCOL: a server that does not say so is not asked, and another is if there is one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBackendThatDoesNotAnnounceThemIsNotAsked(boolean http2Client) throws Exception {
        ProxyPolicy policy = ProxyPolicy.DEFAULT.with(new AccessLogPolicy(AccessLogPolicy.Format.JSON, "w.log", ""));
        ProxyBackend without = ProxyRig.backend("without", group.server(true, false));
        HttpProxy proxy = rig.proxy(ProxyRig.SETTINGS, config(true, policy, without), dir);
        for (int i = 1; i <= 2; i++) {
            assertThat(group.client(proxy, http2Client).next()).isEqualTo("status 502");
            assertThat(proxy.backendCounters("without").noWebSocket()).isEqualTo(i);
        }
        assertThat(proxy.backendCounters("without").failures()).as("it is well").isZero();
        assertThat(proxy.counters().backendConnects()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(Files.readAllLines(dir.resolve("w.log")))
                .hasSize(2)
                .allMatch(line -> line.contains("\"status\":502,") && line.contains("\"end\":\"no-websocket\"")));
        ProxyBackend with = ProxyRig.backend("with", group.server(true, true));
        proxy.replace(config(true, policy, without, with), ProxyRig.SETTINGS);
        open(proxy, http2Client);
        open(proxy, http2Client);
        assertThat(proxy.backendCounters("with").active()).isEqualTo(2);
        assertThat(group.accepted).isEmpty();
    }

    /** They share a connection with each other and with what else goes to the backend. */
    @Test
    void manyShareOneConnection() throws Exception {
        HttpProxy proxy = proxy(true);
        Pair[] pairs = new Pair[10];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = open(proxy, i % 2 == 0);
        }
        for (int i = 0; i < pairs.length; i++) {
            pairs[i].client().send(random(i + 1));
            assertThat(pairs[i].server().next()).isEqualTo(WebSocketPeer.binary(random(i + 1)));
        }
        assertThat(proxy.counters().backendConnects()).isEqualTo(1);
    }
}
