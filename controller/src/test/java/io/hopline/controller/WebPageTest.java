package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Ipv4Address;
import io.hopline.sla.Direction;
import io.hopline.sla.Hop;
import io.hopline.sla.HopTime;
import io.hopline.sla.RequestTrace;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

/** The page in a real browser: a real server, the real replies, and states and traces that the test makes up. */
@Tag("browser")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebPageTest {
    private volatile NetworkState state = NetworkState.EMPTY;
    private volatile Supplier<PathProbe.Walk> path = () -> walk(true);
    private RestServer server;
    private Browser browser;

    @BeforeAll
    void openBrowser() throws Exception {
        Assumptions.assumeTrue(Browser.installed(), "chromium and chromedriver are not installed");
        browser = Browser.open();
    }

    @AfterAll
    void closeBrowser() throws Exception {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void startServer() {
        state = NetworkState.EMPTY;
        path = () -> walk(true);
        server = start(0);
    }

    @AfterEach
    void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    private RestServer start(int port) {
        return RestServer.start(
                new HostPort("127.0.0.1", port),
                List.of(
                        Route.get(
                                "/api/v1/state",
                                "Everything",
                                "State",
                                ctx -> Http.reply(ctx, 200, Replies.state(state, statuses(), List.of()))),
                        Route.post("/api/v1/path", "Walk", "PathRequest", "Path", ctx -> {
                            assertThat(Http.json(ctx).text("service")).isEqualTo("web");
                            Http.reply(ctx, 200, SlaRoutes.json(path.get()));
                        })));
    }

    private Map<String, NodeStatus> statuses() {
        long version = state.version();
        return Map.of(
                "a", new NodeStatus(true, version, version, 41, 3, ""),
                "b", new NodeStatus(true, version, version - 2, 23, 2, "bad action in flow 17"));
    }

    private static NetworkState twoHosts() {
        NetworkState hosts = States.twoHosts();
        hosts = Changes.observeHealth(hosts, new Health("web", "web1", true, "HTTP 200"));
        return Changes.observeHealth(hosts, new Health("web", "web2", false, "connection refused"));
    }

    /** A request that entered at a and was answered on b, or on a itself. */
    private static PathProbe.Walk walk(boolean remote) {
        List<RequestTrace.Step> steps = new ArrayList<>();
        long[] offset = {0};
        String far = remote ? "b" : "a";
        step(steps, offset, Hop.HOST_NIC, Direction.REQUEST, "a", 21_400);
        step(steps, offset, Hop.VSWITCH, Direction.REQUEST, "a", 3_120);
        if (remote) {
            step(steps, offset, Hop.HOST_NIC, Direction.REQUEST, "a", 2_410);
            step(steps, offset, Hop.OVERLAY, Direction.REQUEST, "b", 14_200);
            step(steps, offset, Hop.HOST_NIC, Direction.REQUEST, "b", 18_050);
            step(steps, offset, Hop.VSWITCH, Direction.REQUEST, "b", 2_380);
        }
        step(steps, offset, Hop.VNIC, Direction.REQUEST, far, 9_800);
        step(steps, offset, Hop.GUEST_TCPIP, Direction.REQUEST, far, 31_000);
        step(steps, offset, Hop.NGINX, Direction.REQUEST, far, 112_600);
        step(steps, offset, Hop.VNIC, Direction.RESPONSE, far, 15_300);
        step(steps, offset, Hop.VSWITCH, Direction.RESPONSE, far, 2_900);
        if (remote) {
            step(steps, offset, Hop.HOST_NIC, Direction.RESPONSE, "b", 1_870);
            step(steps, offset, Hop.OVERLAY, Direction.RESPONSE, "a", 13_100);
            step(steps, offset, Hop.HOST_NIC, Direction.RESPONSE, "a", 16_750);
            step(steps, offset, Hop.VSWITCH, Direction.RESPONSE, "a", 2_210);
        }
        step(steps, offset, Hop.HOST_NIC, Direction.RESPONSE, "a", 4_300);
        Map<String, HopTime> hops = new LinkedHashMap<>();
        for (RequestTrace.Step step : steps) {
            hops.merge(
                    step.hop() + step.direction().id() + step.host(),
                    new HopTime(step.hop(), step.direction(), step.host(), step.ns()),
                    (a, b) -> new HopTime(a.hop(), a.direction(), a.host(), a.ns() + b.ns()));
        }
        RequestTrace trace = new RequestTrace(
                "web",
                Optional.of(remote ? "web2" : "web1"),
                new io.hopline.sla.Endpoint(Ipv4Address.parse("203.0.113.9"), 41_007),
                1_795_000_000_000_000_000L,
                offset[0] + 1_200,
                1_200,
                List.copyOf(hops.values()),
                steps,
                remote ? List.of("a", "b") : List.of("a"),
                OptionalLong.empty(),
                Set.of());
        return new PathProbe.Walk(200, offset[0] + 55_000, trace);
    }

    private static void step(
            List<RequestTrace.Step> steps, long[] offset, Hop hop, Direction direction, String host, long ns) {
        steps.add(new RequestTrace.Step(hop, direction, host, offset[0], ns));
        offset[0] += ns;
    }

    private void load() {
        browser.size(1360, 1250);
        browser.driver().get("http://127.0.0.1:" + server.port() + "/");
        browser.awaitText("#live", "live");
        browser.complaints();
    }

    @Test
    void anEmptySystemSaysWhatToTypeNext() throws Exception {
        load();
        assertThat(browser.text("#hosts .empty"))
                .contains("No host has registered")
                .contains("hopline node --name a");
        assertThat(browser.text("#services .empty")).contains("hopline lb create");
        assertThat(browser.text("#guests .empty")).contains("hopline vnic attach");
        assertThat(browser.text("#networks .empty")).contains("hopline network create");
        assertThat(browser.find("#start").isEnabled()).isFalse();
        assertThat(browser.text("#path .hint")).contains("no service");
        browser.screenshot("empty");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void showsHostsGuestsNetworksAndTheHealthOfBackends() throws Exception {
        state = twoHosts();
        load();
        assertThat(browser.text("[data-host=a]"))
                .contains("connected", "192.0.2.1", "gateway", "41 flows", "web1", "client");
        assertThat(browser.text("[data-host=b]")).contains(" of v", "bad action in flow 17", "web2");
        assertThat(browser.text("[data-service=web]")).contains("10.0.1.100:80", "L4", "serving", "http / every");
        assertThat(browser.text("[data-backend=web1]")).contains("10.0.1.11:80", "healthy", "HTTP 200");
        assertThat(browser.text("[data-backend=web2]")).contains("unhealthy", "connection refused");
        assertThat(browser.text("[data-guest=web2]")).contains("bound", "10.0.1.12/24", "b", "blue");
        assertThat(browser.text("[data-network=blue]")).contains("100", "10.0.1.0/24", "3");
        browser.screenshot("state");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void followsChangesWithoutAReload() {
        load();
        state = States.blue();
        browser.awaitText("#networks", "10.0.1.0/24");
        state = twoHosts();
        browser.awaitText("[data-guest=web1]", "10.0.1.11");
        assertThat(browser.find("#start").isEnabled()).isTrue();
    }

    @Test
    void startWalksARequestThereAndBack() throws Exception {
        state = twoHosts();
        load();
        assertThat(browser.text("#path .stage")).contains("Host NIC", "vSwitch", "vNIC", "Guest TCP/IP", "nginx");
        browser.find("#start").click();
        browser.awaitText("#start", "Walking");
        browser.awaitText("[data-station='vswitch@b'] .time.request", "2.38");
        browser.screenshot("walking");
        browser.awaitText("#start", "Start again");
        assertThat(browser.text("[data-station='host-nic@a'] .time.request")).contains("23.8 µs");
        assertThat(browser.text("[data-station='host-nic@a'] .time.response")).contains("21.1 µs");
        assertThat(browser.text("[data-station='overlay'] .time.response")).contains("13.1 µs");
        assertThat(browser.text("[data-station='nginx@b'] .time.request")).contains("113 µs");
        assertThat(browser.count("#timeline tbody tr")).isEqualTo(16);
        assertThat(browser.text("#summary")).contains("273 µs", "HTTP 200 from web2 on host b", "1.20 µs", "0.4 %");
        browser.screenshot("walked");
        assertThat(browser.complaints()).isEmpty();
    }

    /** The proxy sits on a; every one of its phases is a step, and one station in the diagram. */
    @Test
    void aWalkThroughTheProxyShowsIt() throws Exception {
        state = twoHosts();
        path = WebPageTest::proxied;
        load();
        browser.find("#start").click();
        browser.awaitText("#start", "Start again");
        assertThat(browser.text("[data-station='proxy@a'] .time.request")).contains("57.0 µs");
        assertThat(browser.text("#timeline")).contains("Proxy: route", "Proxy: connect", "Proxy: write");
        assertThat(browser.text("#summary")).contains("proxy,");
        browser.screenshot("proxied");
    }

    private static PathProbe.Walk proxied() {
        RequestTrace direct = walk(true).trace();
        List<RequestTrace.Step> steps = new ArrayList<>();
        long[] offset = {0};
        step(steps, offset, Hop.HOST_NIC, Direction.REQUEST, "a", 20_000);
        step(steps, offset, Hop.VSWITCH, Direction.REQUEST, "a", 3_000);
        step(steps, offset, Hop.VNIC, Direction.REQUEST, "a", 8_000);
        step(steps, offset, Hop.PROXY_TCPIP, Direction.REQUEST, "a", 30_000);
        step(steps, offset, Hop.PROXY_ROUTE, Direction.REQUEST, "a", 9_000);
        step(steps, offset, Hop.PROXY_CONNECT, Direction.REQUEST, "a", 5_000);
        step(steps, offset, Hop.PROXY_WRITE, Direction.REQUEST, "a", 13_000);
        for (RequestTrace.Step step : direct.steps()) {
            step(steps, offset, step.hop(), step.direction(), step.host(), step.ns());
        }
        step(steps, offset, Hop.PROXY_TCPIP, Direction.RESPONSE, "a", 25_000);
        step(steps, offset, Hop.PROXY_WRITE, Direction.RESPONSE, "a", 15_000);
        step(steps, offset, Hop.VSWITCH, Direction.RESPONSE, "a", 2_000);
        step(steps, offset, Hop.HOST_NIC, Direction.RESPONSE, "a", 4_000);
        RequestTrace trace = new RequestTrace(
                direct.service(),
                direct.backend(),
                direct.client(),
                direct.startNs(),
                offset[0],
                0,
                steps.stream()
                        .map(step -> new HopTime(step.hop(), step.direction(), step.host(), step.ns()))
                        .toList(),
                steps,
                direct.hostPath(),
                OptionalLong.empty(),
                Set.of(RequestTrace.Flag.END_AT_SEND));
        return new PathProbe.Walk(200, offset[0] + 40_000, trace);
    }

    @Test
    void aWalkOnOneHostHasNoTunnel() throws Exception {
        state = twoHosts();
        path = () -> walk(false);
        load();
        browser.find("#start").click();
        browser.awaitText("#start", "Start again");
        assertThat(browser.count("[data-station=overlay]")).isZero();
        assertThat(browser.text("#summary")).contains("web1 on host a");
        browser.screenshot("one-host");
    }

    @Test
    void theKeyboardIsEnough() {
        state = twoHosts();
        load();
        browser.driver().executeScript("document.body.focus()");
        new Actions(browser.driver()).sendKeys(Keys.TAB).perform();
        assertThat(focused().getText()).isEqualTo("Skip to the content");
        new Actions(browser.driver()).sendKeys(Keys.TAB, Keys.TAB, Keys.TAB).perform();
        assertThat(focused().getAttribute("id")).isEqualTo("start");
        new Actions(browser.driver()).sendKeys(Keys.ENTER).perform();
        browser.awaitText("#start", "Start again");
    }

    private WebElement focused() {
        return browser.driver().switchTo().activeElement();
    }

    @Test
    void saysWhyThereIsNoWalk() throws Exception {
        state = twoHosts();
        path = () -> {
            throw StateException.unavailable("service", "no answer from 10.0.1.100:80: connection refused");
        };
        load();
        browser.find("#start").click();
        browser.awaitText("#path-error", "service: no answer from 10.0.1.100:80: connection refused");
        assertThat(browser.text("#start")).isEqualTo("Start");
        browser.screenshot("path-error");
    }

    @Test
    void saysThatTheControllerIsGoneAndComesBackWithIt() throws Exception {
        state = twoHosts();
        load();
        int port = server.port();
        server.close();
        browser.awaitText("#banner", "the controller does not answer");
        assertThat(browser.text("#live")).isEqualTo("no answer");
        assertThat(browser.text("#hosts")).contains("192.0.2.1");
        browser.screenshot("gone");
        server = start(port);
        browser.awaitText("#live", "live");
        assertThat(browser.text("#banner")).isEmpty();
    }

    @Test
    void looksRightInTheDarkAndOnAPhone() throws Exception {
        state = twoHosts();
        load();
        browser.find("#theme").click();
        browser.find("#theme").click();
        assertThat(browser.text("#theme")).isEqualTo("theme: dark");
        browser.find("#start").click();
        browser.awaitText("#start", "Start again");
        browser.screenshot("dark");
        browser.find("#theme").click();
        browser.size(420, 1400);
        browser.screenshot("narrow");
        Object overflow = browser.driver()
                .executeScript("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assertThat(overflow).as("pixels that stick out sideways").isEqualTo(0L);
    }

    /** The import map names the version of the WebJar that the build resolved. */
    @Test
    void theLibraryIsServedFromItsWebJar() throws Exception {
        Path pom = Path.of("..", "pom.xml");
        String version = Files.readString(pom).replaceAll("(?s).*<lit-html.version>([^<]+)<.*", "$1");
        var response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/webjars/lit-html/"
                                        + version + "/lit-html.js"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type").orElse("")).contains("javascript");
    }
}
