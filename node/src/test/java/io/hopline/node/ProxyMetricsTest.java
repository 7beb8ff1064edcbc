package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.hopline.lb.config.Balancing;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.ProxySettings;
import io.hopline.lb.config.RateLimit;
import io.hopline.lb.config.RouteMatch;
import io.hopline.lb.config.RouteRewrite;
import io.hopline.lb.config.RouteSplit;
import io.hopline.lb.proxy.HttpProxy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProxyMetricsTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ProxyMetrics metrics = new ProxyMetrics(registry);

    private double value(String name, String tag, String tagValue) {
        return registry.get(name)
                .tag("service", "web")
                .tag(tag, tagValue)
                .functionCounter()
                .count();
    }

    private double value(String name, String tag, String tagValue, String statusClass) {
        return registry.get(name)
                .tag("service", "web")
                .tag(tag, tagValue)
                .tag("class", statusClass)
                .functionCounter()
                .count();
    }

    @Test
    void showsEachBackendOfAProxyUntilItGoes() throws Exception {
        HttpServer server = HttpServer.create(ANY_PORT, 16);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/none") ? 404 : 200, -1);
            exchange.close();
        });
        server.start();
        ProxyConfig config = new ProxyConfig(
                "web",
                ANY_PORT,
                List.of(
                        new ProxyRoute("*", "/", List.of("web1")),
                        new ProxyRoute(
                                new RouteMatch(
                                        "*", RouteMatch.PathKind.EXACT, "/none", List.of("GET"), List.of(), List.of()),
                                Optional.empty(),
                                List.of(new RouteSplit(1, List.of("web1"))),
                                Balancing.ROUND_ROBIN,
                                RouteRewrite.NONE,
                                RateLimit.NONE)),
                List.of(new ProxyBackend("web1", server.getAddress())));
        try (HttpProxy proxy = HttpProxy.start(
                config,
                ProxySettings.defaults(),
                task -> Thread.ofPlatform().daemon().unstarted(task),
                System::nanoTime,
                phases -> {})) {
            metrics.show("web", proxy, List.of("web1"), Set.of("*/*", "*/none GET"));
            get(proxy, "/");
            get(proxy, "/");
            get(proxy, "/none");
            await().until(() -> value("hopline.proxy.answers", "class", "2xx") == 2);
            assertThat(value("hopline.proxy.backend.answers", "class", "2xx")).isEqualTo(2);
            assertThat(value("hopline.proxy.backend.answers", "class", "4xx")).isEqualTo(1);
            assertThat(registry.get("hopline.proxy.backend.wait")
                            .tag("backend", "web1")
                            .functionTimer()
                            .count())
                    .isEqualTo(3);
            assertThat(value("hopline.proxy.route.answers", "route", "*/*", "2xx"))
                    .isEqualTo(2);
            assertThat(value("hopline.proxy.route.answers", "route", "*/none GET", "4xx"))
                    .isEqualTo(1);
            assertThat(value("hopline.proxy.route.answers", "route", "*/*", "4xx"))
                    .isZero();
            assertThat(registry.get("hopline.proxy.route.wait")
                            .tag("route", "*/*")
                            .functionTimer()
                            .count())
                    .isEqualTo(2);
            await().until(() ->
                    registry.get("hopline.proxy.backend.active").gauge().value() == 0);
            assertThat(registry.get("hopline.proxy.backend.connections").gauge().value())
                    .isEqualTo(1);
            metrics.show("web", proxy, List.of("web2"), Set.of());
            assertThat(registry.find("hopline.proxy.backend.active")
                            .tag("backend", "web1")
                            .gauge())
                    .isNull();
            metrics.hide("web");
            assertThat(registry.getMeters()).isEmpty();
        } finally {
            server.stop(0);
        }
    }

    private static void get(HttpProxy proxy, String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + proxy.address().getPort() + path);
            client.send(
                    HttpRequest.newBuilder(uri)
                            .version(HttpClient.Version.HTTP_1_1)
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
        }
    }
}
