package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.openflow.FlowStats;
import io.hopline.openflow.FlowTrace;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.MatchText;
import io.hopline.openflow.MultipartReply;
import io.hopline.openflow.MultipartRequest;
import io.hopline.openflow.OpenFlowMessage;
import io.hopline.packet.Ipv4Address;
import io.hopline.sla.Costs;
import io.hopline.sla.HostCost;
import io.hopline.sla.LatencyHistory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
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
    private volatile Function<NetworkState, Map<String, NodeStatus>> statuses = WebPageTest::fine;
    private volatile Supplier<PathProbe.Walk> path = () -> Walks.direct(true);
    private LatencyHistory history = new LatencyHistory(60);
    private Costs costs = new Costs(60_000);
    private volatile String objectives = "[]";
    private final FakeFlows switches = new FakeFlows();
    private EventLog events = new EventLog(System::currentTimeMillis);
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
        statuses = WebPageTest::fine;
        objectives = "[]";
        path = () -> Walks.direct(true);
        history = new LatencyHistory(60);
        costs = new Costs(60_000);
        events = new EventLog(System::currentTimeMillis);
        server = start(0);
    }

    @AfterEach
    void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    private RestServer start(int port) {
        List<Route> routes = new ArrayList<>(new EventRoutes(events).routes());
        routes.add(Route.get(
                "/api/v1/state",
                "Everything",
                "State",
                ctx -> Http.reply(ctx, 200, Replies.state(state, statuses.apply(state), List.of()))));
        routes.add(Route.post("/api/v1/path", "Walk", "PathRequest", "Path", ctx -> {
            assertThat(Http.json(ctx).text("service")).isEqualTo("web");
            Http.reply(ctx, 200, SlaRoutes.json(path.get()));
        }));
        routes.add(Route.get(
                "/api/v1/sla/services",
                "Figures",
                "ServiceFigures",
                ctx -> Http.reply(
                        ctx,
                        200,
                        new ServiceFigures(history, new SamplingRate(OptionalInt.of(2), 0, oneIn -> {}))
                                .json(state, System.currentTimeMillis()))));
        routes.add(Route.get(
                "/api/v1/objectives",
                "Objectives",
                "ObjectiveList",
                ctx -> ctx.contentType("application/json").result(objectives)));
        routes.addAll(new CostRoutes(new LiveState(new FixedStore(() -> state)), costs, history).routes());
        routes.addAll(new FlowRoutes(new LiveState(new FixedStore(() -> state)), switches).routes());
        return RestServer.start(new HostPort("127.0.0.1", port), routes);
    }

    /** Everything is as it should be. */
    private static Map<String, NodeStatus> fine(NetworkState state) {
        Map<String, NodeStatus> statuses = new TreeMap<>();
        state.nodes()
                .keySet()
                .forEach(name -> statuses.put(
                        name, new NodeStatus(true, state.version(), state.version(), 41, 3, "", Set.of())));
        return statuses;
    }

    /** Host a is behind and refused a flow, its guest client has no link; host b is gone. */
    private static Map<String, NodeStatus> broken(NetworkState state) {
        long version = state.version();
        return Map.of(
                "a",
                new NodeStatus(true, version, version - 2, 41, 3, "bad action in flow 17", Set.of("client")),
                "b",
                new NodeStatus(true, version, version, 23, 2, "", Set.of()).gone(version));
    }

    private static NetworkState twoHosts(boolean secondHealthy) {
        NetworkState hosts = States.twoHosts();
        hosts = Changes.observeHealth(hosts, new Health("web", "web1", true, "HTTP 200"));
        String detail = secondHealthy ? "HTTP 200" : "connection refused";
        return Changes.observeHealth(hosts, new Health("web", "web2", secondHealthy, detail));
    }

    /** Three hosts with a hundred guests each, in two networks. */
    private static NetworkState busy() {
        NetworkState busy = twoHosts(true);
        busy = Changes.createNetwork(
                busy, "green", Subnet.parse("10.0.2.0/24"), Optional.empty(), Optional.of(200), false);
        busy = Changes.registerNode(
                busy, new NodeInfo("c", 0xc, Ipv4Address.parse("192.0.2.3"), null, null, 1450, "", "", "boot"));
        for (String host : List.of("a", "b", "c")) {
            TreeMap<String, Integer> ports = new TreeMap<>(busy.ports().getOrDefault(host, new TreeMap<>()));
            for (int i = 0; i < 100; i++) {
                String name = "vm-" + host + i;
                busy = Changes.createVnic(busy, name, i % 2 == 0 ? "blue" : "green", Optional.empty());
                ports.put(name, 10 + i);
            }
            busy = Changes.observePorts(busy, host, ports);
        }
        for (int i = 0; i < 5; i++) {
            String[] backends = {"vm-a" + 2 * i + ":80", "vm-b" + 2 * i + ":80", "vm-c" + 2 * i + ":80"};
            busy = Changes.createService(
                    busy, States.draft("shop" + i, "10.0.1." + (201 + i) + ":443", Service.Mode.L7, "tcp", backends));
        }
        return busy;
    }

    private void load() {
        load("overview");
    }

    private void load(String view) {
        browser.size(1360, 1250);
        browser.prefers(false, false);
        // The second address differs from the first only behind the '#', which by itself would load nothing.
        browser.driver().get("about:blank");
        browser.driver().get("http://127.0.0.1:" + server.port() + "/#" + view);
        browser.driver().executeScript("localStorage.clear()");
        browser.awaitText("#live", "live");
        browser.complaints();
    }

    @Test
    void anEmptySystemSaysWhatToTypeNext() throws Exception {
        load();
        assertThat(browser.text("#topology .empty"))
                .contains("No host has registered")
                .contains("hopline node --name a");
        assertThat(browser.text("#guests .empty")).contains("hopline vnic attach");
        assertThat(browser.text("#networks .empty")).contains("hopline network create");
        assertThat(browser.find("#start").isEnabled()).isFalse();
        assertThat(browser.text("#path .hint")).contains("no service");
        browser.screenshot("empty");
        assertThat(browser.complaints()).isEmpty();
        assertThat(browser.barriers()).isEmpty();
        browser.find("nav a[href='#services']").click();
        browser.awaitText("#view-services .empty", "hopline lb create");
        assertThat(browser.barriers()).isEmpty();
    }

    @Test
    void drawsHostsGuestsAndServicesAndSaysTheSameInTables() throws Exception {
        state = twoHosts(true);
        load();
        assertThat(browser.text("#topology-summary"))
                .contains("2 hosts, 1 network, 3 guests, 1 service; nothing is in trouble");
        assertThat(browser.text("[data-drawn-host=a]")).contains("✓ connected", "web1", "10.0.1.20", "✓ web");
        assertThat(browser.text("[data-drawn-service=web]")).contains("10.0.1.100:80", "✓ 2 of 2");
        assertThat(browser.text("[data-host=a]")).contains("gateway", "connected", "192.0.2.1", "41 flows");
        assertThat(browser.text("[data-guest=web2]")).contains("bound", "10.0.1.12/24", "b", "blue", "web (healthy)");
        assertThat(browser.text("[data-network=blue]")).contains("100", "10.0.1.0/24", "3");
        browser.screenshot("state");
        assertThat(browser.complaints()).isEmpty();
        assertThat(browser.barriers()).isEmpty();
        browser.prefers(true, false);
        browser.screenshot("state-dark");
        assertThat(browser.barriers()).isEmpty();
    }

    @Test
    void whatIsBrokenSaysSoInWords() throws Exception {
        state = Changes.createVnic(twoHosts(false), "web3", "blue", Optional.empty());
        statuses = WebPageTest::broken;
        load();
        assertThat(browser.text("#topology-summary"))
                .contains("not connected: b", "in trouble: client (no link)", "web3 (not attached)");
        assertThat(browser.text("[data-drawn-host=b]")).contains("✕ not connected");
        assertThat(browser.text("[data-drawn-guest=client]")).contains("✕ no link");
        assertThat(browser.text("[data-drawn-guest=web3]")).contains("✕ not attached");
        assertThat(browser.text("[data-drawn-service=web]")).contains("! 1 of 2");
        assertThat(browser.text("[data-guest=client]")).contains("✕ no link");
        assertThat(browser.text("[data-host=a]")).contains("v" + (state.version() - 2) + " of v" + state.version());
        assertThat(browser.text("#hosts")).contains("bad action in flow 17");
        browser.screenshot("broken");
        assertThat(browser.barriers()).isEmpty();
        browser.find("nav a[href='#services']").click();
        browser.awaitText("[data-service=web]", "serving");
        assertThat(browser.text("[data-backend=web1]")).contains("10.0.1.11:80", "healthy", "HTTP 200");
        assertThat(browser.text("[data-backend=web2]")).contains("unhealthy", "connection refused");
        browser.prefers(true, false);
        browser.screenshot("broken-services");
        assertThat(browser.barriers()).isEmpty();
    }

    @Test
    void hundredsOfGuestsAreCountedUntilSomebodyAsksForThem() throws Exception {
        state = busy();
        load();
        assertThat(browser.count("[data-drawn-guest]")).isZero();
        assertThat(browser.text("[data-drawn-host=c]"))
                .contains("blue, VNI 100: 50 guests", "green, VNI 200: 50 guests");
        assertThat(browser.count("#guests tbody tr")).isEqualTo(100);
        browser.screenshot("busy");
        assertThat(browser.barriers()).isEmpty();
        browser.find("#filter").sendKeys("vm-c7");
        browser.awaitText("#filter-result", "11 of 303 guests");
        assertThat(browser.count("[data-drawn-guest]")).isEqualTo(11);
        browser.screenshot("busy-filtered");
        browser.find("#filter").sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE);
        browser.awaitText("[data-drawn-host=c]", "50 guests");
        browser.driver().executeScript("document.querySelector('[data-fold=c]').focus()");
        new Actions(browser.driver()).sendKeys(Keys.ENTER).perform();
        browser.awaitText("[data-drawn-host=c]", "vm-c0");
        assertThat(browser.count("[data-drawn-guest]")).isEqualTo(60);
        assertThat(browser.text("[data-drawn-host=c]")).contains("40 more guests");
        browser.screenshot("busy-open");
    }

    @Test
    void followsChangesWithoutAReload() {
        load();
        state = States.blue();
        browser.awaitText("#networks", "10.0.1.0/24");
        state = twoHosts(true);
        browser.awaitText("[data-guest=web1]", "10.0.1.11");
        assertThat(browser.find("#start").isEnabled()).isTrue();
        assertThat(browser.text("[data-guest=web1] [data-cost]")).isEqualTo("–");
        long nowMs = System.currentTimeMillis();
        var spent = new HostCost.Guest("web1", 123_000_000, 5_000, 600_000);
        costs.spent("a", nowMs, new HostCost(nowMs - 10_000, nowMs, 200_000_000, 0, 0, 2, List.of(spent)));
        browser.awaitText("[data-guest=web1] [data-cost]", "12.3 ms a second");
    }

    @Test
    void startWalksARequestThereAndBack() throws Exception {
        state = twoHosts(true);
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
        state = twoHosts(true);
        path = Walks::proxied;
        load();
        browser.prefers(false, true);
        browser.find("#start").click();
        browser.awaitText("#start", "Start again");
        assertThat(browser.text("[data-station='proxy@a'] .time.request")).contains("57.0 µs");
        assertThat(browser.text("#timeline")).contains("Proxy: route", "Proxy: connect", "Proxy: write");
        assertThat(browser.text("#summary")).contains("proxy,");
        browser.screenshot("proxied");
    }

    @Test
    void aWalkOnOneHostHasNoTunnel() throws Exception {
        state = twoHosts(true);
        path = () -> Walks.direct(false);
        load();
        browser.prefers(false, true);
        browser.find("#start").click();
        browser.awaitText("#start", "Start again");
        assertThat(browser.count("[data-station=overlay]")).isZero();
        assertThat(browser.text("#summary")).contains("web1 on host a");
        browser.screenshot("one-host");
    }

    @Test
    void theKeyboardIsEnough() {
        state = twoHosts(true);
        load();
        browser.prefers(false, true);
        browser.driver().executeScript("document.body.focus()");
        press(Keys.TAB);
        assertThat(focused().getText()).isEqualTo("Skip to the content");
        press(Keys.ENTER);
        assertThat(focused().getAttribute("id")).isEqualTo("main");
        press(Keys.TAB, Keys.TAB);
        assertThat(focused().getAttribute("id")).isEqualTo("start");
        press(Keys.ENTER);
        browser.awaitText("#start", "Start again");
        press(Keys.TAB);
        assertThat(focused().getAttribute("aria-label")).isEqualTo("The way of the request");
        press(Keys.TAB);
        assertThat(focused().getAttribute("id")).isEqualTo("filter");
        press(Keys.TAB);
        assertThat(focused().getAttribute("aria-label")).isEqualTo("hide guests of host a");
        press(Keys.SPACE);
        browser.awaitText("[data-drawn-host=a]", "2 guests");
    }

    /** Another view is told by its heading, and marked in the navigation. */
    @Test
    void turningToAViewMovesTheFocusThere() {
        state = twoHosts(true);
        load();
        browser.driver().executeScript("document.querySelector('nav a[href=\"#services\"]').focus()");
        press(Keys.ENTER);
        browser.awaitText("[data-service=web]", "10.0.1.100:80");
        assertThat(focused().getAttribute("textContent")).isEqualTo("Services");
        assertThat(browser.find("nav a[aria-current=page]").getText()).isEqualTo("Services");
        assertThat(browser.driver().getTitle()).startsWith("Services");
        browser.driver().navigate().back();
        browser.awaitText("#topology", "web1");
        assertThat(browser.driver().getTitle()).startsWith("Overview");
    }

    private void press(CharSequence... keys) {
        new Actions(browser.driver()).sendKeys(keys).perform();
    }

    private WebElement focused() {
        return browser.driver().switchTo().activeElement();
    }

    @Test
    void saysWhyThereIsNoWalk() throws Exception {
        state = twoHosts(true);
        path = () -> {
            throw StateException.unavailable("service", "no answer from 10.0.1.100:80: connection refused");
        };
        load();
        browser.find("#start").click();
        browser.awaitText("#path-error", "service: no answer from 10.0.1.100:80: connection refused");
        assertThat(browser.text("#path-error")).contains("which backends are healthy");
        assertThat(browser.text("#start")).isEqualTo("Start");
        browser.screenshot("path-error");
    }

    @Test
    void saysThatTheControllerIsGoneAndComesBackWithIt() throws Exception {
        state = twoHosts(true);
        load();
        int port = server.port();
        server.close();
        browser.awaitText("#banner", "the controller does not answer");
        assertThat(browser.text("#banner")).startsWith("Controller not reachable since ");
        assertThat(browser.text("#live")).isEqualTo("no answer");
        assertThat(browser.text("#hosts")).contains("192.0.2.1");
        browser.screenshot("gone");
        assertThat(browser.barriers()).isEmpty();
        server = start(port);
        browser.awaitText("#live", "live");
        assertThat(browser.text("#banner")).isEmpty();
    }

    @Test
    void looksRightInTheDarkAndOnAPhone() throws Exception {
        state = twoHosts(true);
        load();
        browser.prefers(false, true);
        browser.find("#theme").click();
        browser.find("#theme").click();
        assertThat(browser.text("#theme")).isEqualTo("theme: dark");
        browser.find("#start").click();
        browser.awaitText("#start", "Start again");
        browser.screenshot("dark");
        assertThat(browser.barriers()).isEmpty();
        browser.driver().navigate().refresh();
        browser.awaitText("#theme", "theme: dark");
        browser.find("#theme").click();
        for (String view : List.of("overview", "services", "objectives", "flows", "events")) {
            browser.find("nav a[href='#" + view + "']").click();
            browser.size(400, 1800);
            browser.screenshot("narrow-" + view);
            assertThat(browser.overflow())
                    .as("pixels that stick out of " + view)
                    .isZero();
        }
    }

    @Test
    void servicesShowTheirTimesAsFiguresALineAndATable() throws Exception {
        state = twoHosts(true);
        long nowMs = System.currentTimeMillis();
        for (int minute = 14; minute >= 0; minute--) {
            for (int i = 0; i < 4; i++) {
                history.record(Walks.at(nowMs - minute * 60_000L - i * 1_000, (minute + i) % 3 != 0));
            }
        }
        load("services");
        browser.awaitText("[data-service=web] .figures", "p99, last minute");
        assertThat(browser.text("[data-service=web] .figures"))
                .contains("requests, by 1 in 2", "273 µs", "virtual network");
        assertThat(browser.find(".spark svg").getAttribute("aria-label")).contains("at worst 27", "µs");
        assertThat(browser.text("[data-backend=web2]")).contains("273 µs");
        browser.find(".spark summary").click();
        assertThat(browser.count(".spark tbody tr")).isGreaterThan(10);
        browser.screenshot("services");
        assertThat(browser.barriers()).isEmpty();
        browser.prefers(true, false);
        assertThat(browser.barriers()).isEmpty();
    }

    @Test
    void eventsAreListedAndFollowedAlsoFromAnotherController() throws Exception {
        StateEvents told = new StateEvents(events);
        told.changed(NetworkState.EMPTY, twoHosts(true));
        state = twoHosts(true);
        load("events");
        browser.awaitText("#view-events", "service web created: 10.0.1.100:80, 2 backends");
        told.changed(twoHosts(true), twoHosts(false));
        browser.awaitText("#view-events tbody tr", "backend web/web2 is unhealthy, was healthy: connection refused");
        browser.find("#only-trouble").click();
        assertThat(browser.count("#view-events tbody tr")).isEqualTo(1);
        browser.screenshot("events");
        assertThat(browser.barriers()).isEmpty();
        browser.find("#events-filter").sendKeys("no such thing");
        browser.awaitText("#no-events", "Nothing that fits");
        int port = server.port();
        server.close();
        events = new EventLog(() -> 1_000);
        server = start(port);
        events.add(Event.Level.WARN, "test", "x", "there is no such thing as a free lunch");
        browser.awaitText("#view-events tbody", "free lunch");
        assertThat(browser.count("#view-events tbody tr")).isEqualTo(1);
    }

    @Test
    void objectivesShowTheirBudgetsBurnAndAlerts() throws Exception {
        load("objectives");
        browser.awaitText("#view-objectives .empty", "hopline slo apply");
        objectives = """
                [{"name":"web-latency","service":"web","window":"30d","met":false,"firing":1,"objectives":[
                 {"name":"fast","metric":"end_to_end","threshold":4000000,"target":0.99,"actual":0.9961,"met":true,
                  "budgetLeft":0.61,"total":125000,"good":124512,"note":"",
                  "burn":[{"window":"5m","rate":0.2},{"window":"1h","rate":0.44}],
                  "alerts":[{"severity":"page","factor":14.4,"longWindow":"1h","shortWindow":"5m","state":"ok","since":""}]},
                 {"name":"network","metric":"virtual_network_share","threshold":300000,"target":0.999,"actual":0.99,"met":false,
                  "budgetLeft":-9,"total":125000,"good":123750,"note":"",
                  "burn":[{"window":"5m","rate":21.5},{"window":"1h","rate":15.25}],
                  "alerts":[{"severity":"page","factor":14.4,"longWindow":"1h","shortWindow":"5m","state":"firing",
                   "since":"2026-11-22T20:00:00Z"}]}],"document":{}}]""";
        browser.awaitText("[data-objective=web-latency]", "1 alert fires");
        assertThat(browser.text("[data-objective=web-latency]"))
                .contains("end to end within 4,000 µs in 99 % of requests", "61.0 % of the error budget is left")
                .contains(
                        "share of the virtual network within 30.0 % in 99.9 % of requests",
                        "overspent: 1000.0 % of the error budget is used up")
                .contains("1h: 15.3×", "5m: 21.5×", "firing");
        assertThat(browser.find(".budget.good").getAttribute("aria-valuenow")).isEqualTo("61");
        browser.screenshot("objectives");
        assertThat(browser.barriers()).isEmpty();
        browser.prefers(true, false);
        browser.screenshot("objectives-dark");
        assertThat(browser.barriers()).isEmpty();
    }

    @Test
    void flowsAreShownWithTheirRatesFilteredPagedAndTraced() throws Exception {
        state = twoHosts(true);
        server.close();
        server = start(0);
        load("flows");
        browser.awaitText("#flows-title", "250");
        assertThat(browser.count("[data-flow]")).isEqualTo(100);
        assertThat(browser.text("#view-flows .pager")).contains("1 to 100 of 250 flows");
        browser.find("#flows-refresh").click();
        browser.awaitText("[data-flow] .busy", "/s");
        browser.find(".pager button:last-child").click();
        browser.awaitText("#view-flows .pager", "101 to 200 of 250 flows");
        browser.find("#flows-filter").sendKeys("10.0.0.17");
        browser.awaitText("#flows-title", "1");
        browser.awaitText("[data-flow]", "tcp,nw_dst=10.0.0.17");
        browser.find("#packet").sendKeys("in_port=1,tcp,tp_dst=http");
        browser.find("#trace").click();
        browser.awaitText("#trace-error", "'http' is no number");
        browser.find("#example").click();
        browser.find("#trace").click();
        browser.awaitText("#trace-steps", "to port 2 (web2)");
        assertThat(browser.text("#trace-steps")).contains("priority=7 actions=output:2");
        browser.screenshot("flows");
        assertThat(browser.barriers()).isEmpty();
        browser.prefers(true, false);
        assertThat(browser.barriers()).isEmpty();
        switches.gone = true;
        browser.find("#flows-refresh").click();
        browser.awaitText("#flows-error", "the switch is gone");
    }

    /** Always the state of now. */
    private record FixedStore(Supplier<NetworkState> state) implements StateStore {
        @Override
        public NetworkState load() {
            return state.get();
        }

        @Override
        public void save(NetworkState before, NetworkState after) {}

        @Override
        public void close() {}
    }

    /** A switch with 250 flows whose counters rise. */
    private static final class FakeFlows implements SwitchQueries {
        private final AtomicLong packets = new AtomicLong();
        volatile boolean gone;

        @Override
        public void ask(NodeInfo node, OpenFlowMessage question, Answer answer) {
            if (gone) {
                answer.fail("the switch is gone");
            } else if (question instanceof MultipartRequest) {
                List<FlowStats> flows = new ArrayList<>();
                long count = packets.addAndGet(100);
                for (int i = 0; i < 250; i++) {
                    Match match = MatchText.parse("tcp,nw_dst=10.0.0." + i);
                    flows.add(new FlowStats(
                            i / 50, 0, 100, 0, 0, 0, 0, count, 64 * count, match, List.of(Instruction.apply())));
                }
                answer.take(new MultipartReply(new MultipartReply.Flows(flows)));
            } else {
                answer.take(FlowTrace.message(List.of(
                        new FlowTrace.Step(FlowTrace.Kind.FLOW, 0, 0, "priority=7 actions=output:2"),
                        new FlowTrace.Step(FlowTrace.Kind.OUTPUT, 1, 0, "to port 2 (web2)"))));
            }
        }

        @Override
        public void forget(NodeInfo node, Answer answer) {}
    }

    /** A view that cannot be brought up to date says so, and does not pretend that the controller is gone. */
    @Test
    void aViewThatCannotBeReadSaysSo() {
        state = twoHosts(true);
        load("objectives");
        objectives = "no JSON";
        browser.awaitText("#banner", "What you see here may be old");
        assertThat(browser.text("#live")).isEqualTo("live");
        browser.find("nav a[href='#events']").click();
        await().until(() -> browser.text("#banner").isEmpty());
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
