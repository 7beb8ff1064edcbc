package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.ProxySettings;
import io.netty.channel.uring.IoUring;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpProxyTest {
    private final ProxyRig rig = new ProxyRig();

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void runsOnIoUringWhereItIsAvailable() throws Exception {
        HttpProxy proxy = rig.proxy(rig.answering("a"));
        assertThat(proxy.transport()).isEqualTo(IoUring.isAvailable() ? "io_uring" : "nio");
        assertThat(rig.get(proxy, "/").body()).isEqualTo("a");
    }

    @Test
    void runsOnNioAsWell() throws Exception {
        ProxyBackend backend = rig.answering("a");
        HttpProxy proxy = rig.closing(HttpProxy.start(
                ProxyRig.config(backend),
                ProxyRig.SETTINGS,
                task -> Thread.ofPlatform().daemon().unstarted(task),
                ProxyRig::realtimeNs,
                phases -> {},
                ProxyTransport.nio()));
        assertThat(rig.get(proxy, "/").body()).isEqualTo("a");
    }

    @Test
    void takesTurnsAmongHealthyBackends() throws Exception {
        HttpProxy proxy = rig.proxy(rig.answering("a"), rig.answering("b"), rig.answering("c"));
        assertThat(tally(proxy, 30)).isEqualTo(Map.of("a", 10, "b", 10, "c", 10));
        proxy.health("b", false);
        assertThat(tally(proxy, 30)).isEqualTo(Map.of("a", 15, "c", 15));
        proxy.health("b", true);
        assertThat(tally(proxy, 30)).containsEntry("b", 10);
        proxy.health("a", false);
        proxy.health("b", false);
        proxy.health("c", false);
        HttpResponse<String> none = rig.get(proxy, "/");
        assertThat(none.statusCode()).isEqualTo(503);
        assertThat(none.body()).isEqualTo("503 Service Unavailable: no backend is healthy\n");
    }

    private Map<String, Integer> tally(HttpProxy proxy, int requests) throws Exception {
        Map<String, Integer> seen = new TreeMap<>();
        for (int i = 0; i < requests; i++) {
            seen.merge(rig.get(proxy, "/").body(), 1, Integer::sum);
        }
        return seen;
    }

    @Test
    void routesByHostAndPath() throws Exception {
        ProxyBackend web = rig.answering("web");
        ProxyBackend api = rig.answering("api");
        ProxyConfig config = new ProxyConfig(
                "web",
                ProxyRig.loopback(0),
                List.of(
                        new ProxyRoute("shop.example", "/", List.of("web")),
                        new ProxyRoute("shop.example", "/api", List.of("api"))),
                List.of(web, api));
        HttpProxy proxy = rig.proxy(ProxyRig.SETTINGS, config);
        assertThat(rawGet(proxy, "/", "Shop.Example:8080")).endsWith("web");
        assertThat(rawGet(proxy, "/api/v1?x=/", "shop.example")).endsWith("api");
        assertThat(rawGet(proxy, "/apix", "shop.example")).endsWith("web");
        assertThat(rawGet(proxy, "http://shop.example/api", "other.example")).endsWith("api");
        assertThat(rawGet(proxy, "/", "other.example"))
                .startsWith("HTTP/1.1 404 Not Found\r\n")
                .endsWith("404 Not Found: no route for this host and path\n");
    }

    private String rawGet(HttpProxy proxy, String target, String host) throws IOException {
        return rig.exchange(proxy, "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    }

    @Test
    void keepsFewBackendConnectionsForManyRequests() throws Exception {
        HttpProxy proxy = rig.proxy(rig.answering("a"));
        int threads = 8;
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<Integer>> results = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                results.add(pool.submit(() -> {
                    int good = 0;
                    for (int i = 0; i < 100; i++) {
                        good += rig.get(proxy, "/" + i).statusCode() == 200 ? 1 : 0;
                    }
                    return good;
                }));
            }
            for (Future<Integer> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(100);
            }
        }
        assertThat(rig.backendPorts).hasSizeLessThanOrEqualTo(threads);
        // An answer is counted when its last byte is with the kernel, which the client may have by then.
        await().until(() -> proxy.counters().answered2xx() == 800);
    }

    @Test
    void waitsForAConnectionWhenThePoolIsSmall() throws Exception {
        ProxySettings one = settings(1, 4096, 15_000, 30_000, 60_000);
        HttpProxy proxy = rig.proxy(one, ProxyRig.config(rig.answering("a")));
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            List<Future<Integer>> results = IntStream.range(0, 200)
                    .mapToObj(i -> pool.submit(() -> rig.get(proxy, "/").statusCode()))
                    .toList();
            for (Future<Integer> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(200);
            }
        }
        assertThat(rig.backendPorts).hasSize(1);
    }

    static ProxySettings settings(int perBackend, int waiting, int requestMs, int responseMs, int idleMs) {
        return new ProxySettings(1, 100, perBackend, waiting, 16_384, 500, requestMs, responseMs, idleMs, 10_000, 2000);
    }

    @Test
    void largeBodiesPassBothWaysUnchanged() throws Exception {
        byte[] body = new byte[20 << 20];
        new Random(3).nextBytes(body);
        HttpServer echo = rig.server(exchange -> {
            boolean chunked = exchange.getRequestURI().getPath().equals("/chunked");
            // All of it first: the JDK's client does not read an answer while it sends.
            byte[] got = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, chunked ? 0 : got.length);
            exchange.getResponseBody().write(got);
        });
        HttpProxy proxy = rig.proxy(ProxyRig.backend("echo", echo));
        HttpResponse<byte[]> sized = rig.send(
                ProxyRig.request(proxy, "/")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(sized.body()).isEqualTo(body);
        assertThat(sized.headers().firstValue("content-length")).hasValue(String.valueOf(body.length));
        HttpResponse<byte[]> chunked = rig.send(
                ProxyRig.request(proxy, "/chunked")
                        .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body)))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(chunked.body()).isEqualTo(body);
        assertThat(chunked.headers().firstValue("transfer-encoding")).hasValue("chunked");
    }

    @Test
    void headersChangeAsTheyShould() throws Exception {
        Map<String, List<String>> seen = new ConcurrentHashMap<>();
        HttpServer server = rig.server(exchange -> {
            seen.putAll(exchange.getRequestHeaders());
            exchange.getResponseHeaders().set("Connection", "X-Secret");
            exchange.getResponseHeaders().set("X-Secret", "1");
            exchange.getResponseHeaders().set("X-Kept", "2");
            exchange.sendResponseHeaders(204, -1);
        });
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", server));
        String answer = rig.exchange(
                proxy,
                "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.9\r\nTE: trailers\r\nUpgrade: h2c\r\n"
                        + "Keep-Alive: 5\r\nX-Hop: 1\r\nX-End: 2\r\nConnection: close, x-hop, host\r\n\r\n");
        assertThat(answer)
                .startsWith("HTTP/1.1 204 ")
                .containsIgnoringCase("x-kept: 2")
                .doesNotContain("X-Secret");
        assertThat(seen)
                .containsEntry("X-forwarded-for", List.of("127.0.0.1"))
                .containsEntry("X-forwarded-proto", List.of("http"))
                .containsEntry("Host", List.of("h"))
                .containsEntry("X-end", List.of("2"))
                .doesNotContainKeys("X-hop", "Te", "Upgrade", "Keep-alive");
    }

    /** RFC 9113, section 3.1: a server may ignore it; forwarded, it would open a way past every rule. */
    @Test
    void anUpgradeToHttp2InClearTextIsIgnoredAndNotForwarded() throws Exception {
        Map<String, List<String>> seen = new ConcurrentHashMap<>();
        HttpServer server = rig.server(exchange -> {
            seen.putAll(exchange.getRequestHeaders());
            exchange.sendResponseHeaders(204, -1);
        });
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", server));
        String upgrade = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
        String answers = rig.exchange(
                proxy,
                upgrade + "Connection: Upgrade, HTTP2-Settings\r\n\r\n"
                        + upgrade + "Connection: Upgrade\r\n\r\n"
                        + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        assertThat(answers)
                .startsWith("HTTP/1.1 204 ")
                .containsPattern("(?s)204 .*204 .*HTTP/1.1 (400|505) ")
                .doesNotContain("101 ");
        assertThat(seen).containsKey("Host").doesNotContainKeys("Upgrade", "Http2-settings", "Connection");
    }

    @Test
    void headRequestsAndHttp10ClientsAreServed() throws Exception {
        HttpServer server = rig.server(exchange -> {
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.getResponseHeaders().set("X-Method", exchange.getRequestMethod());
            if (head) {
                exchange.getResponseHeaders().set("Content-Length", "5");
                exchange.sendResponseHeaders(200, -1);
            } else {
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write("hello".getBytes(StandardCharsets.US_ASCII));
            }
        });
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", server));
        String head = rig.exchange(proxy, "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        assertThat(head).containsIgnoringCase("content-length: 5").endsWith("\r\n\r\n");
        String old = rig.exchange(proxy, "GET / HTTP/1.0\r\n\r\n");
        assertThat(old).doesNotContainIgnoringCase("transfer-encoding").endsWith("\r\n\r\nhello");
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        HttpServer server =
                rig.server(exchange -> reply(exchange, exchange.getRequestURI().getPath()));
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", server));
        StringBuilder requests = new StringBuilder();
        StringBuilder paths = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            boolean last = i == 499;
            requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: h\r\n");
            requests.append(last ? "Connection: close\r\n\r\n" : "\r\n");
            paths.append('/').append(i).append(' ');
        }
        String answers = rig.exchange(proxy, requests.toString());
        StringBuilder got = new StringBuilder();
        answers.lines()
                .filter(line -> line.startsWith("/"))
                .forEach(line -> got.append(line.split("HTTP")[0]).append(' '));
        assertThat(got).hasToString(paths.toString());
    }

    private static void reply(HttpExchange exchange, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Test
    void expectContinueGoesThrough() throws Exception {
        HttpServer server = rig.server(exchange ->
                reply(exchange, new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII)));
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", server));
        Socket socket = rig.connect(proxy);
        socket.getOutputStream()
                .write(
                        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
        assertThat(ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n")).startsWith("HTTP/1.1 100 Continue");
        socket.getOutputStream().write("body".getBytes(StandardCharsets.US_ASCII));
        assertThat(ProxyRig.readAll(socket.getInputStream()))
                .startsWith("HTTP/1.1 200")
                .endsWith("body");
    }

    @Test
    void aBackendThatRefusesIsPassedOverForTheNext() throws Exception {
        int refusing;
        try (ServerSocket socket = new ServerSocket(0)) {
            refusing = socket.getLocalPort();
        }
        HttpProxy proxy = rig.proxy(ProxyRig.backend("dead", ProxyRig.loopback(refusing)), rig.answering("live"));
        for (int i = 0; i < 6; i++) {
            HttpResponse<String> answer = rig.send(
                    ProxyRig.request(proxy, "/")
                            .POST(HttpRequest.BodyPublishers.ofString("x".repeat(200_000)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).isEqualTo("live");
        }
        assertThat(proxy.counters().retries()).isEqualTo(3);
        proxy.health("live", false);
        HttpResponse<String> none = rig.get(proxy, "/");
        assertThat(none.statusCode()).isEqualTo(502);
        assertThat(none.body()).isEqualTo("502 Bad Gateway: no backend accepted a connection\n");
    }

    /** A POST was sent: the backend may have acted on it, so no other one gets it. */
    @Test
    void aBackendThatDiesWithTheRequestInHandIsABadGateway() throws Exception {
        try (ServerSocket dying = new ServerSocket(0, 50, ProxyRig.loopback(0).getAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!dying.isClosed()) {
                    try (Socket socket = dying.accept()) {
                        ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
                    } catch (IOException closed) {
                        return;
                    }
                }
            });
            HttpProxy proxy = rig.proxy(
                    ProxyRig.backend("dying", ProxyRig.loopback(dying.getLocalPort())), rig.answering("live"));
            HttpResponse<String> first = rig.send(
                    ProxyRig.request(proxy, "/")
                            .POST(HttpRequest.BodyPublishers.ofString("once"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(first.statusCode()).isEqualTo(502);
            assertThat(first.body()).contains("closed the connection before it answered");
            assertThat(rig.get(proxy, "/").body()).isEqualTo("live");
        }
    }

    /** Cut in the middle of its answer: the client must not take half of it for the whole. */
    @Test
    void halfAnAnswerIsBrokenOff() throws Exception {
        try (ServerSocket dying = new ServerSocket(0, 50, ProxyRig.loopback(0).getAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = dying.accept()) {
                    ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
                    socket.getOutputStream()
                            .write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                } catch (IOException closed) {
                    return;
                }
            });
            HttpProxy proxy = rig.proxy(ProxyRig.backend("dying", ProxyRig.loopback(dying.getLocalPort())));
            assertThatThrownBy(() -> rig.get(proxy, "/")).isInstanceOf(IOException.class);
            await().until(() -> proxy.counters().cut() == 1);
        }
    }

    /** A pooled connection that the backend closed is no reason to fail. */
    @Test
    void aBackendThatRestartsIsReachedAgain() throws Exception {
        HttpServer first = rig.named("first");
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", first));
        assertThat(rig.get(proxy, "/").body()).isEqualTo("first");
        first.stop(0);
        HttpServer second = HttpServer.create(first.getAddress(), 50);
        second.createContext("/", exchange -> {
            try (exchange) {
                reply(exchange, "second");
            }
        });
        second.start();
        rig.closing(() -> second.stop(0));
        assertThat(rig.get(proxy, "/").body()).isEqualTo("second");
    }

    @Test
    void backendsAreReplacedWithoutDroppingConnections() throws Exception {
        ProxyConfig before = ProxyRig.config(rig.answering("a"));
        HttpProxy proxy = rig.proxy(ProxyRig.SETTINGS, before);
        Socket socket = rig.connect(proxy);
        byte[] get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        socket.getOutputStream().write(get);
        assertThat(ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\na")).startsWith("HTTP/1.1 200");
        proxy.replace(ProxyRig.config(rig.answering("b")));
        socket.getOutputStream().write(get);
        assertThat(ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\nb")).startsWith("HTTP/1.1 200");
        assertThat(proxy.counters().clients()).isEqualTo(1);
    }

    @Test
    void tellsThePhasesOfEveryRequest() throws Exception {
        HttpServer slow = rig.server(exchange -> {
            try {
                TimeUnit.MILLISECONDS.sleep(30);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            reply(exchange, "x");
        });
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", slow));
        long beforeNs = ProxyRig.realtimeNs();
        Socket socket = rig.connect(proxy);
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\nx");
        RequestPhases phases = Objects.requireNonNull(rig.phases.poll(5, TimeUnit.SECONDS));
        assertThat(phases.client().getPort()).isEqualTo(socket.getLocalPort());
        assertThat(rig.backendPorts).containsExactly(phases.backendLocal().getPort());
        assertThat(phases.backend()).isEqualTo(slow.getAddress());
        assertThat(phases.status()).isEqualTo(200);
        assertThat(List.of(
                        beforeNs,
                        phases.firstByteNs(),
                        phases.requestReadNs(),
                        phases.routedNs(),
                        phases.connectedNs(),
                        phases.requestWrittenNs(),
                        phases.responseFirstByteNs(),
                        phases.responseWrittenNs(),
                        ProxyRig.realtimeNs()))
                .isSorted();
        assertThat(phases.responseFirstByteNs() - phases.requestWrittenNs()).isGreaterThan(25_000_000L);
    }

    @Test
    void drainsWhatIsUnderWayWhenItCloses() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch closing = new CountDownLatch(1);
        HttpServer server = rig.server(exchange -> {
            asked.countDown();
            try {
                closing.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            reply(exchange, "done");
        });
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", server));
        Socket idle = rig.connect(proxy);
        Socket busy = rig.connect(proxy);
        busy.getOutputStream().write("GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
        Thread closer = Thread.ofVirtual().start(() -> proxy.close());
        assertThat(idle.getInputStream().read()).isEqualTo(-1);
        assertThatThrownBy(() -> rig.connect(proxy)).isInstanceOf(IOException.class);
        closing.countDown();
        assertThat(ProxyRig.readAll(busy.getInputStream()))
                .contains("connection: close")
                .endsWith("done");
        idle.close();
        busy.close();
        closer.join();
    }

    @Test
    void saysWhyItCannotListen() throws Exception {
        HttpServer taken = rig.named("a");
        ProxyConfig config =
                new ProxyConfig("web", taken.getAddress(), List.of(new ProxyRoute("*", "/", List.of())), List.of());
        assertThatThrownBy(() -> rig.proxy(ProxyRig.SETTINGS, config))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(
                        "cannot listen on 127.0.0.1:" + taken.getAddress().getPort())
                .hasMessageContaining("Address already in use");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ProxyConfig(
                        "web", ProxyRig.loopback(80), List.of(new ProxyRoute("*", "/", List.of("x"))), List.of()))
                .withMessage("a route of service 'web' names backend 'x', which is not among its backends");
    }
}
