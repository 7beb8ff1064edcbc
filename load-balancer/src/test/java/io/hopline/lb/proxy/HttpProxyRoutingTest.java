package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.hopline.lb.config.AccessLogPolicy;
import io.hopline.lb.config.Balancing;
import io.hopline.lb.config.FieldEdits;
import io.hopline.lb.config.Forwarding;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyPolicy;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.RateLimit;
import io.hopline.lb.config.Redirect;
import io.hopline.lb.config.RequestLimits;
import io.hopline.lb.config.RouteMatch;
import io.hopline.lb.config.RouteRewrite;
import io.hopline.lb.config.RouteSplit;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a request on its way through: redirects, rewrites, limits, forwarding fields, the access log. */
class HttpProxyRoutingTest {
    private final ProxyRig rig = new ProxyRig();
    private final AtomicReference<Headers> seen = new AtomicReference<>(new Headers());

    @TempDir
    private Path dir;

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    /** Answers with method and target, and keeps the fields it saw. */
    private ProxyBackend echo() throws Exception {
        HttpServer server = rig.server(exchange -> {
            exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
            seen.set(exchange.getRequestHeaders());
            byte[] body =
                    (exchange.getRequestMethod() + " " + exchange.getRequestURI()).getBytes(StandardCharsets.US_ASCII);
            exchange.getResponseHeaders().set("X-Server", "secret");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        });
        return ProxyRig.backend("echo", server);
    }

    private static ProxyRoute route(String prefix, Optional<Redirect> redirect, RouteRewrite rewrite, RateLimit limit) {
        return new ProxyRoute(
                RouteMatch.prefix("*", prefix),
                redirect,
                redirect.isPresent() ? List.of() : List.of(new RouteSplit(1, List.of("echo"))),
                Balancing.ROUND_ROBIN,
                rewrite,
                limit);
    }

    private HttpProxy proxy(ProxyPolicy policy, ProxyRoute... routes) throws Exception {
        return rig.proxy(
                ProxyRig.SETTINGS,
                new ProxyConfig("web", ProxyRig.loopback(0), List.of(routes), List.of(echo()), policy));
    }

    private static ProxyRoute everything() {
        return new ProxyRoute("*", "/", List.of("echo"));
    }

    private String raw(HttpProxy proxy, String head) throws Exception {
        return rig.exchange(proxy, head + "Connection: close\r\n\r\n");
    }

    @Test
    void redirectsWithWhatTheRouteDoesNotChange() throws Exception {
        HttpProxy proxy = proxy(
                ProxyPolicy.DEFAULT,
                route("/", Optional.of(new Redirect(308, "https", "", "")), RouteRewrite.NONE, RateLimit.NONE),
                route(
                        "/old",
                        Optional.of(new Redirect(301, "", "new.example", "/fresh")),
                        RouteRewrite.NONE,
                        RateLimit.NONE));
        assertThat(raw(proxy, "GET /a?b=c HTTP/1.1\r\nHost: shop.example:8080\r\n"))
                .startsWith("HTTP/1.1 308 ")
                .contains("\r\nlocation: https://shop.example/a?b=c\r\n");
        assertThat(raw(proxy, "GET /old/x?q=1 HTTP/1.1\r\nHost: shop.example:8080\r\n"))
                .startsWith("HTTP/1.1 301 ")
                .contains("\r\nlocation: http://new.example/fresh/x?q=1\r\n");
    }

    @Test
    void rewritesTargetHostAndFields() throws Exception {
        FieldEdits request = new FieldEdits(Map.of("X-Env", "prod"), Map.of("X-Tag", "two"), List.of("X-Secret"));
        FieldEdits answer = new FieldEdits(Map.of("X-By", "hopline"), Map.of(), List.of("X-Server"));
        HttpProxy proxy = proxy(
                ProxyPolicy.DEFAULT,
                route(
                        "/api",
                        Optional.empty(),
                        new RouteRewrite("/v2", "internal.example", request, answer),
                        RateLimit.NONE));
        String got =
                raw(proxy, "GET /api/users?id=7 HTTP/1.1\r\nHost: h\r\nX-Env: evil\r\nX-Tag: one\r\nX-Secret: s\r\n");
        assertThat(got).endsWith("GET /v2/users?id=7").contains("x-by: hopline").doesNotContain("secret");
        assertThat(seen.get())
                .containsEntry("Host", List.of("internal.example"))
                .containsEntry("X-env", List.of("prod"))
                .containsEntry("X-tag", List.of("one", "two"))
                .doesNotContainKey("X-secret");
    }

    @Test
    void tooManyRequestsAreToldWhenToComeBack() throws Exception {
        HttpProxy proxy = proxy(
                ProxyPolicy.DEFAULT,
                route("/", Optional.empty(), RouteRewrite.NONE, new RateLimit(1, 3, RateLimit.Per.CLIENT)));
        for (int i = 0; i < 3; i++) {
            assertThat(rig.get(proxy, "/").statusCode()).isEqualTo(200);
        }
        int refused = 0;
        for (int i = 0; i < 20; i++) {
            HttpResponse<String> answer = rig.get(proxy, "/");
            if (answer.statusCode() == 429) {
                refused++;
                assertThat(answer.headers().firstValue("retry-after")).hasValue("1");
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void whatIsTooLongIsRefused() throws Exception {
        HttpProxy proxy = proxy(ProxyPolicy.DEFAULT.with(new RequestLimits(1000, 100, 0)), everything());
        assertThat(rig.get(proxy, "/" + "x".repeat(100)).statusCode()).isEqualTo(414);
        assertThat(raw(proxy, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n"))
                .startsWith("HTTP/1.1 413 ");
        HttpRequest chunked = ProxyRig.request(proxy, "/")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(new byte[1001])))
                .build();
        assertThat(rig.send(chunked, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(413);
        HttpRequest fits = ProxyRig.request(proxy, "/")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(new byte[1000])))
                .build();
        assertThat(rig.send(fits, HttpResponse.BodyHandlers.ofString()).body()).isEqualTo("POST /");
    }

    @Test
    void allTriesTogetherHaveATime() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, ProxyRig.loopback(0).getAddress())) {
            HttpProxy proxy = rig.proxy(
                    ProxyRig.SETTINGS,
                    new ProxyConfig(
                            "web",
                            ProxyRig.loopback(0),
                            List.of(everything()),
                            List.of(ProxyRig.backend("echo", ProxyRig.loopback(silent.getLocalPort()))),
                            ProxyPolicy.DEFAULT.with(new RequestLimits(0, 8192, 200))));
            HttpResponse<String> answer = rig.get(proxy, "/");
            assertThat(answer.statusCode()).isEqualTo(504);
            assertThat(answer.body()).contains("the answer did not begin in time");
        }
    }

    @Test
    void aStrangersWordAboutItselfIsThrownAway() throws Exception {
        HttpProxy proxy = proxy(
                ProxyPolicy.DEFAULT.with(new Forwarding(true, true, "edge", List.of("192.0.2.0/24"), false)),
                everything());
        String got = raw(
                proxy,
                "GET / HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n"
                        + "Forwarded: for=1.2.3.4\r\n");
        assertThat(got).contains("via: 1.1 edge");
        assertThat(seen.get())
                .containsEntry("X-forwarded-for", List.of("127.0.0.1"))
                .containsEntry("X-forwarded-proto", List.of("http"))
                .containsEntry("X-forwarded-host", List.of("shop.example"))
                .containsEntry(
                        "X-forwarded-port",
                        List.of(String.valueOf(proxy.address().getPort())))
                .containsEntry("Forwarded", List.of("for=127.0.0.1;host=\"shop.example\";proto=http"))
                .containsEntry("Via", List.of("1.1 edge"));
    }

    @Test
    void aTrustedProxysWordIsKept() throws Exception {
        HttpProxy proxy = proxy(
                ProxyPolicy.DEFAULT
                        .with(new Forwarding(true, false, "", List.of("127.0.0.0/8", "198.51.100.7"), false))
                        .with(new AccessLogPolicy(AccessLogPolicy.Format.NONE, "", "")),
                route("/", Optional.empty(), RouteRewrite.NONE, new RateLimit(1, 1, RateLimit.Per.CLIENT)));
        String from = "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: ";
        assertThat(raw(proxy, from + "9.9.9.9, 203.0.113.5, 198.51.100.7\r\n")).startsWith("HTTP/1.1 200 ");
        assertThat(seen.get())
                .containsEntry("X-forwarded-for", List.of("9.9.9.9, 203.0.113.5, 198.51.100.7, 127.0.0.1"))
                .containsEntry("X-forwarded-proto", List.of("https"));
        // 203.0.113.5 is the client, whatever it says of others: it has used its one request, another has not.
        assertThat(raw(proxy, from + "8.8.8.8, 203.0.113.5, 198.51.100.7\r\n")).startsWith("HTTP/1.1 429 ");
        assertThat(raw(proxy, from + "203.0.113.6\r\n")).startsWith("HTTP/1.1 200 ");
    }

    private HttpProxy logging(AccessLogPolicy log) throws Exception {
        ProxyConfig config = new ProxyConfig("web", ProxyRig.loopback(0), List.of(everything()), List.of(echo()))
                .with(ProxyPolicy.DEFAULT.with(log));
        return rig.proxy(ProxyRig.SETTINGS, config, dir);
    }

    private List<String> lines(String file) {
        try {
            return Files.readAllLines(dir.resolve(file));
        } catch (java.io.IOException notYet) {
            return List.of();
        }
    }

    @Test
    void eachRequestLeavesALineWithItsPhases() throws Exception {
        HttpProxy proxy = logging(new AccessLogPolicy(AccessLogPolicy.Format.JSON, "web.log", ""));
        rig.get(proxy, "/a?%22=1");
        await().until(() -> lines("web.log").size() == 1);
        assertThat(lines("web.log").getFirst())
                .contains("\"client\":\"127.0.0.1\"", "\"backend\":\"echo\"", "\"target\":\"/a?%22=1\"")
                .contains("\"status\":200", "\"tries\":1", "\"end\":\"ok\"")
                .containsPattern(
                        "\"TR\":\\d+\\.\\d{3},\"Tw\":\\d+\\.\\d{3},\"Tc\":\\d+\\.\\d{3},\"Tr\":\\d+\\.\\d{3},\"Ta\":\\d");
        // Rotation: the file is moved away, and the next line goes to a new one.
        Files.move(dir.resolve("web.log"), dir.resolve("web.log.1"));
        proxy.reopenLog();
        await().until(() -> {
            rig.get(proxy, "/b");
            return !lines("web.log").isEmpty();
        });
        proxy.health("echo", false);
        rig.get(proxy, "/c");
        await().until(() -> lines("web.log").stream()
                .anyMatch(line -> line.contains("\"status\":503") && line.contains("\"end\":\"refused\"")));
        assertThat(proxy.counters().logDrops()).isZero();
    }

    /** The log changes its format and its file while the connection stays. */
    @Test
    void aLogThatCannotBeWrittenCostsLinesAndNothingElse() throws Exception {
        Files.createDirectory(dir.resolve("taken"));
        HttpProxy proxy = logging(new AccessLogPolicy(AccessLogPolicy.Format.TEXT, "taken", ""));
        assertThat(rig.get(proxy, "/").statusCode()).isEqualTo(200);
        await().until(() -> proxy.counters().logDrops() == 1);
    }

    @Test
    void linesGoToSyslogToo() throws Exception {
        try (DatagramSocket server = new DatagramSocket(ProxyRig.loopback(0))) {
            server.setSoTimeout(30_000);
            HttpProxy proxy =
                    logging(new AccessLogPolicy(AccessLogPolicy.Format.TEXT, "", "127.0.0.1:" + server.getLocalPort()));
            rig.get(proxy, "/syslog");
            DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
            server.receive(packet);
            assertThat(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII))
                    .startsWith("<134>1 ")
                    .contains(" hopline - web - 127.0.0.1:", " web/echo ", " 200 ")
                    .endsWith("\"GET /syslog HTTP/1.1\"");
        }
    }
}
