package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.hopline.lb.config.Balancing;
import io.hopline.lb.config.OutlierPolicy;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyPolicy;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.RateLimit;
import io.hopline.lb.config.RetryPolicy;
import io.hopline.lb.config.RouteMatch;
import io.hopline.lb.config.RouteRewrite;
import io.hopline.lb.config.RouteSplit;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a proxy balances, tries again and leaves out, with real servers. */
class HttpProxyPolicyTest {
    private final ProxyRig rig = new ProxyRig();

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private HttpProxy proxy(Balancing balancing, ProxyPolicy policy, ProxyBackend... backends) throws Exception {
        return rig.proxy(ProxyRig.SETTINGS, config(balancing, policy, backends));
    }

    private static ProxyConfig config(Balancing balancing, ProxyPolicy policy, ProxyBackend... backends) {
        List<String> names = List.of(backends).stream().map(ProxyBackend::name).toList();
        return new ProxyConfig(
                "web",
                ProxyRig.loopback(0),
                List.of(new ProxyRoute("*", "/", names).balanced(balancing)),
                List.of(backends),
                policy);
    }

    private Map<String, Integer> tally(HttpProxy proxy, int requests) throws Exception {
        Map<String, Integer> seen = new TreeMap<>();
        for (int i = 0; i < requests; i++) {
            seen.merge(rig.get(proxy, "/").body(), 1, Integer::sum);
        }
        return seen;
    }

    private HttpServer failing(int status, AtomicInteger asked) throws Exception {
        return rig.server(exchange -> {
            asked.incrementAndGet();
            exchange.sendResponseHeaders(status, -1);
        });
    }

    private static ProxyPolicy retrying(RetryPolicy retries, OutlierPolicy outliers) {
        return ProxyPolicy.DEFAULT.with(retries).with(outliers);
    }

    private static final OutlierPolicy NO_EJECTION = new OutlierPolicy(0, 1000, 1000, 0);

    @Test
    void weightsAndCanaries() throws Exception {
        ProxyBackend a = new ProxyBackend("a", rig.named("a").getAddress(), 3);
        ProxyBackend b = rig.answering("b");
        ProxyBackend canary = rig.answering("canary");
        ProxyRoute route = new ProxyRoute(
                RouteMatch.prefix("*", "/"),
                Optional.empty(),
                List.of(new RouteSplit(90, List.of("a", "b")), new RouteSplit(10, List.of("canary"))),
                Balancing.ROUND_ROBIN,
                RouteRewrite.NONE,
                RateLimit.NONE);
        HttpProxy proxy = rig.proxy(
                ProxyRig.SETTINGS, new ProxyConfig("web", ProxyRig.loopback(0), List.of(route), List.of(a, b, canary)));
        assertThat(tally(proxy, 40)).isEqualTo(Map.of("a", 27, "b", 9, "canary", 4));
        proxy.health("canary", false);
        assertThat(tally(proxy, 20)).isEqualTo(Map.of("a", 15, "b", 5));
    }

    @Test
    void aHeadersValueKeepsToItsBackend() throws Exception {
        HttpProxy proxy = proxy(
                new Balancing(Balancing.Method.HASH_HEADER, "X-User"),
                ProxyPolicy.DEFAULT,
                rig.answering("a"),
                rig.answering("b"),
                rig.answering("c"));
        Map<String, String> homes = new TreeMap<>();
        for (int round = 0; round < 3; round++) {
            for (int user = 0; user < 30; user++) {
                String home = rig.send(
                                ProxyRig.request(proxy, "/")
                                        .header("x-user", "user" + user)
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
                assertThat(homes.computeIfAbsent("user" + user, u -> home)).isEqualTo(home);
            }
        }
        assertThat(homes.values()).contains("a", "b", "c");
    }

    @Test
    void aCookieBringsTheClientBackUntilItsBackendIsGone() throws Exception {
        HttpProxy proxy = proxy(
                new Balancing(Balancing.Method.STICKY_COOKIE, "HOP"),
                ProxyPolicy.DEFAULT,
                rig.answering("a"),
                rig.answering("b"));
        HttpResponse<String> first = rig.get(proxy, "/");
        String cookie = first.headers().firstValue("set-cookie").orElseThrow();
        assertThat(cookie).startsWith("HOP=").endsWith("; Path=/; HttpOnly; SameSite=Lax");
        assertThat(cookie).doesNotContain(first.body() + ";");
        HttpRequest again = ProxyRig.request(proxy, "/")
                .header("Cookie", "x=1; " + cookie.substring(0, cookie.indexOf(';')))
                .build();
        for (int i = 0; i < 10; i++) {
            HttpResponse<String> answer = rig.send(again, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).isEqualTo(first.body());
            assertThat(answer.headers().firstValue("set-cookie")).isEmpty();
        }
        proxy.health(first.body(), false);
        HttpResponse<String> moved = rig.send(again, HttpResponse.BodyHandlers.ofString());
        assertThat(moved.body()).isNotEqualTo(first.body());
        assertThat(moved.headers().firstValue("set-cookie")).isPresent();
    }

    @Test
    void aBackendThatDrainsKeepsTheClientsOfItsCookieAndGetsNoOthers() throws Exception {
        Balancing sticky = new Balancing(Balancing.Method.STICKY_COOKIE, "HOP");
        ProxyBackend a = rig.answering("a");
        ProxyBackend b = rig.answering("b");
        HttpProxy proxy = proxy(sticky, ProxyPolicy.DEFAULT, b);
        HttpRequest ofB =
                ProxyRig.request(proxy, "/").header("Cookie", cookie(proxy)).build();
        ProxyBackend draining = new ProxyBackend("b", b.endpoint(), 0);
        proxy.replace(config(sticky, ProxyPolicy.DEFAULT, a, draining), ProxyRig.SETTINGS);
        HttpRequest ofA =
                ProxyRig.request(proxy, "/").header("Cookie", cookie(proxy)).build();
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> kept = rig.send(ofB, HttpResponse.BodyHandlers.ofString());
            assertThat(kept.body()).isEqualTo("b");
            assertThat(kept.headers().firstValue("set-cookie")).isEmpty();
        }
        assertThat(tally(proxy, 6)).isEqualTo(Map.of("a", 6));
        proxy.health("a", false);
        assertThat(rig.get(proxy, "/").statusCode()).isEqualTo(503);
        assertThat(rig.send(ofA, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(503);
        assertThat(rig.send(ofB, HttpResponse.BodyHandlers.ofString()).body()).isEqualTo("b");
        proxy.health("a", true);
        proxy.health("b", false);
        HttpResponse<String> moved = rig.send(ofB, HttpResponse.BodyHandlers.ofString());
        assertThat(moved.body()).isEqualTo("a");
        assertThat(moved.headers().firstValue("set-cookie")).isPresent();
    }

    /** What a new client is given. */
    private String cookie(HttpProxy proxy) throws Exception {
        String given = rig.get(proxy, "/").headers().firstValue("set-cookie").orElseThrow();
        return given.substring(0, given.indexOf(';'));
    }

    @Test
    void anUnwantedStatusIsTriedElsewhere() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        HttpProxy proxy = proxy(
                Balancing.ROUND_ROBIN,
                retrying(new RetryPolicy(2, 0, 20, 100, List.of(503)), NO_EJECTION),
                ProxyRig.backend("bad", failing(503, asked)),
                rig.answering("good"));
        assertThat(tally(proxy, 10)).isEqualTo(Map.of("good", 10));
        assertThat(asked.get()).isPositive();
        assertThat(proxy.counters().retries()).isEqualTo(asked.get());
        asked.set(0);
        HttpRequest post = ProxyRig.request(proxy, "/")
                .POST(HttpRequest.BodyPublishers.ofString("once"))
                .build();
        int refused = 0;
        for (int i = 0; i < 4; i++) {
            refused += rig.send(post, HttpResponse.BodyHandlers.ofString()).statusCode() == 503 ? 1 : 0;
        }
        assertThat(refused).isEqualTo(asked.get()).isPositive();
    }

    /** A service that fails as a whole is not asked three times as much. */
    @Test
    void theBudgetEndsRetries() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        HttpProxy proxy = proxy(
                Balancing.ROUND_ROBIN,
                retrying(new RetryPolicy(3, 0, 20, 0, List.of(500)), NO_EJECTION),
                ProxyRig.backend("a", failing(500, asked)),
                ProxyRig.backend("b", failing(500, asked)));
        for (int i = 0; i < 100; i++) {
            assertThat(rig.get(proxy, "/").statusCode()).isEqualTo(500);
        }
        assertThat(asked.get()).isBetween(101, 120);
    }

    @Test
    void aTryThatTakesTooLongIsMadeElsewhere() throws Exception {
        HttpProxy proxy = proxy(
                Balancing.ROUND_ROBIN,
                retrying(new RetryPolicy(2, 100, 20, 100, List.of()), NO_EJECTION),
                rig.silent(),
                rig.answering("good"));
        assertThat(tally(proxy, 4)).isEqualTo(Map.of("good", 4));
        assertThat(proxy.counters().retries()).isEqualTo(2);
    }

    /** A backend that closes without an answer costs no request that may be repeated, and is soon left out. */
    @Test
    void aBackendThatHangsUpIsLeftOut() throws Exception {
        AtomicInteger accepted = new AtomicInteger();
        ProxyBackend rude = rig.rawServer(socket -> {
            ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
            accepted.incrementAndGet();
        });
        HttpProxy proxy = proxy(
                Balancing.ROUND_ROBIN,
                retrying(RetryPolicy.DEFAULT, new OutlierPolicy(3, 600_000, 600_000, 50)),
                rude,
                rig.answering("good"));
        assertThat(tally(proxy, 20)).isEqualTo(Map.of("good", 20));
        assertThat(accepted.get()).isEqualTo(3);
    }

    @Test
    void anEjectedBackendComesBack() throws Exception {
        AtomicBoolean ill = new AtomicBoolean(true);
        HttpServer moody = rig.server(exchange -> {
            byte[] body = "moody".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(ill.get() ? 500 : 200, body.length);
            exchange.getResponseBody().write(body);
        });
        HttpProxy proxy = proxy(
                Balancing.ROUND_ROBIN,
                retrying(RetryPolicy.DEFAULT, new OutlierPolicy(2, 300, 300, 50)),
                ProxyRig.backend("moody", moody),
                rig.answering("good"));
        tally(proxy, 4);
        ill.set(false);
        await().atMost(Duration.ofSeconds(30)).until(() -> tally(proxy, 4).equals(Map.of("moody", 2, "good", 2)));
    }

    /** A backend with all it may have is passed over; only when all are is the client turned away. */
    @Test
    void fullBackendsArePassedOver() throws Exception {
        HttpProxy proxy = proxy(
                Balancing.ROUND_ROBIN,
                ProxyPolicy.DEFAULT.with(NO_EJECTION).withMaxRequests(1),
                rig.silent(),
                rig.answering("good"));
        Socket held = rig.connect(proxy);
        held.getOutputStream().write("GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes("US-ASCII"));
        await().until(() -> proxy.counters().requests() == 1);
        assertThat(tally(proxy, 6)).isEqualTo(Map.of("good", 6));
        proxy.health("good", false);
        assertThat(rig.get(proxy, "/").statusCode()).isEqualTo(503);
    }
}
