package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ControllerTest {
    private static final String NODE_A = """
            {"dpid":"000000000000000a","vtep":"192.0.2.1","uplink":"eth0","uplinkMac":"02:00:00:00:aa:01",
             "vnicMtu":1440,"control":"unix:/tmp/a","metrics":"http://127.0.0.1:9101/metrics","bootId":"x","later":1}""";

    @TempDir
    Path directory;

    private Controller controller;
    private RestClient rest;

    @BeforeEach
    void start() {
        controller = Controller.start(options("127.0.0.1:0"));
        rest = new RestClient(controller.restAddress());
    }

    private ControllerOptions options(String address) {
        return new ControllerOptions(address, List.of("ptcp:0:127.0.0.1"), "embedded:" + directory.resolve("store"));
    }

    @AfterEach
    void stop() {
        rest.close();
        controller.close();
    }

    private void createAll() {
        assertThat(rest.post("/api/v1/networks", "{\"name\":\"blue\",\"subnet\":\"10.0.1.0/24\",\"vni\":100}")
                        .status())
                .isEqualTo(201);
        for (String name : new String[] {"web1", "web2"}) {
            assertThat(rest.post("/api/v1/vnics", "{\"name\":\"" + name + "\",\"network\":\"blue\"}")
                            .status())
                    .isEqualTo(201);
        }
        RestClient.Reply service = rest.post("/api/v1/services", """
                {"name":"web","network":"blue","vip":"10.0.1.100:80","mode":"l4",
                 "backends":["web1:80",{"vnic":"web2","port":81,"weight":3}],"check":"http:/"}""");
        assertThat(service.body()).isNotEmpty();
        assertThat(service.status()).isEqualTo(201);
    }

    @Test
    void networksVnicsAndServicesAreCreatedShownAndDeleted() {
        createAll();
        JsonNode network = rest.get("/api/v1/networks/blue").json();
        assertThat(network.path("vni").intValue()).isEqualTo(100);
        assertThat(network.path("gateway").stringValue()).isEqualTo("10.0.1.1");
        JsonNode vnic = rest.get("/api/v1/vnics/web1").json();
        assertThat(vnic.path("ip").stringValue()).isEqualTo("10.0.1.2");
        assertThat(vnic.path("state").stringValue()).isEqualTo("pending");
        assertThat(vnic.path("mtu").intValue()).isEqualTo(1450);
        JsonNode service = rest.get("/api/v1/services/web").json();
        assertThat(service.path("status").stringValue()).isEqualTo("no healthy backend");
        assertThat(service.path("backends").get(1).path("endpoint").stringValue())
                .isEqualTo("10.0.1.3:81");
        assertThat(rest.get("/api/v1/networks").json()).hasSize(1);
        assertThat(rest.get("/api/v1/state").json().path("services")).hasSize(1);
        assertThat(rest.delete("/api/v1/services/web").status()).isEqualTo(204);
        assertThat(rest.delete("/api/v1/vnics/web1").status()).isEqualTo(204);
        assertThat(rest.delete("/api/v1/vnics/web2").status()).isEqualTo(204);
        assertThat(rest.delete("/api/v1/networks/blue").status()).isEqualTo(204);
        assertThat(rest.get("/api/v1/networks/blue").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "networks | {\"name\":\"blue\" | 400 | body | is not JSON",
                "networks |                     | 400 | body | is empty",
                "networks | []                  | 400 | body | must be a JSON object",
                "networks | {\"subnet\":\"10.0.2.0/24\"} | 400 | name | is missing",
                "networks | {\"name\":7,\"subnet\":\"10.0.2.0/24\"} | 400 | name | must be text, not a number",
                "networks | {\"name\":\"x\",\"subnet\":\"10.0.2.7/24\"} | 400 | subnet | did you mean 10.0.2.0/24",
                "networks | {\"name\":\"x\",\"subnet\":\"10.0.2.0/24\",\"vni\":0} | 400 | vni | must be 1 to 16777215",
                "networks | {\"name\":\"x\",\"subnet\":\"10.0.2.0/24\",\"vni\":\"9\"} | 400 | vni | whole number",
                "networks | {\"name\":\"x\",\"subnet\":\"10.0.2.0/24\",\"vni\":99999999999999999999} | 400 | vni | must be",
                "networks | {\"name\":\"x\",\"subnet\":\"10.0.2.0/24\",\"vlan\":9} | 400 | vlan | not a known field",
                "networks | {\"name\":\"x\",\"name\":\"y\",\"subnet\":\"10.0.2.0/24\"} | 400 | body | Duplicate",
                "networks | {\"name\":\"blue\",\"subnet\":\"10.0.2.0/24\"} | 409 | name | exists already",
                "vnics    | {\"name\":\"web1\",\"network\":\"blue\"} | 409 | name | exists already",
                "vnics    | {\"name\":\"v\",\"network\":\"red\"} | 404 | network | no network 'red'",
                "vnics    | {\"name\":\"v\",\"network\":\"blue\",\"ip\":\"10.9.1.1\"} | 400 | ip | outside",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[]} | 400 | backends | at least one",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101\",\"backends\":[\"web1:80\"]} | 400 | vip | not an address and port",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1\"]} | 400 | backends | not a vNIC and port",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":\"web1:80\"} | 400 | backends | must be a list",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"mode\":\"l5\",\"backends\":[\"web1:80\"]} | 400 | mode | l4 or l7",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"protocol\":\"sctp\"} | 400 | protocol | tcp or udp",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"protocol\":\"udp\",\"check\":\"tcp\"} | 400 | check | name the TCP port",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"check\":{\"kind\":\"tcp\",\"intervalMs\":1}} | 400 | check.intervalMs | must be 100 to 600000",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"l7\":{\"policy\":{\"slowStartMs\":5}}} | 400 | l7 | only an l7 service",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"mode\":\"l7\",\"l7\":{\"policy\":{\"retries\":{\"maxTries\":99}}}} | 400 | l7.policy.retries.maxTries | must be 1 to 16, not 99",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"mode\":\"l7\",\"l7\":{\"policy\":{\"retry\":{}}}} | 400 | l7.policy.retry | is not a known field",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"mode\":\"l7\",\"l7\":{\"settings\":{\"maxClients\":\"many\"}}} | 400 | l7.settings.maxClients | many",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"mode\":\"l7\",\"l7\":{\"balancing\":{\"method\":\"luck\"}}} | 400 | l7.balancing.method | luck",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"mode\":\"l7\",\"routes\":[{\"backends\":[\"web9\"]}]} | 400 | routes.backends | not a backend",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"mode\":\"l7\",\"routes\":[{\"pathRegex\":\"/(a\",\"backends\":[\"web1\"]}]} | 400 | routes.pathRegex | regular expression",
                "services | {\"name\":\"s\",\"network\":\"blue\",\"vip\":\"10.0.1.101:80\",\"backends\":[\"web1:80\"],\"mode\":\"l7\",\"routes\":[{\"backends\":[\"web1\"],\"rewrite\":{\"request\":{\"set\":{\"Host\":\"x\"}}}}]} | 400 | routes.rewrite.request | proxy's own"
            })
    void whatIsWrongIsNamed(String collection, String body, int status, String field, String reason) {
        createAll();
        long version = controller.version();
        RestClient.Reply reply = rest.post("/api/v1/" + collection, body == null ? "" : body);
        assertThat(reply.body()).contains("error");
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.contentType()).startsWith("application/json");
        assertThat(reply.field()).isEqualTo(field);
        assertThat(reply.reason()).contains(reason);
        assertThat(controller.version()).isEqualTo(version);
    }

    @Test
    void requestsThatAreNotServedSaySo() {
        assertThat(rest.get("/api/v1/nothing").status()).isEqualTo(404);
        assertThat(rest.get("/api/v1/nothing").reason()).contains("/api/v1/nothing");
        assertThat(rest.delete("/api/v1/networks").status()).isEqualTo(405);
        RestClient.Reply big = rest.post("/api/v1/networks", "{\"name\":\"" + "x".repeat(300_000) + "\"}");
        assertThat(big.status()).isEqualTo(400);
        assertThat(big.reason()).contains("longer than");
        String deep = "[".repeat(200_000);
        assertThat(rest.post("/api/v1/networks", deep).status()).isEqualTo(400);
        RestClient.Reply foreign = rest.send(rest.request("/api/v1/networks")
                .header("Origin", "http://evil.example")
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
        assertThat(foreign.status()).isEqualTo(403);
    }

    @Test
    void nodesRegisterAndHearOfChangesAtOnce() {
        createAll();
        RestClient.Reply registered = rest.put("/api/v1/nodes/a", NODE_A);
        assertThat(registered.status()).isEqualTo(200);
        assertThat(registered.json().path("applied").intValue()).isEqualTo(-1);
        JsonNode config = rest.get("/api/v1/nodes/a/config").json();
        long version = config.path("version").longValue();
        assertThat(version).isEqualTo(controller.version());
        assertThat(config.path("servicePorts").get(0).path("name").stringValue())
                .isEqualTo("svc-blue");
        assertThat(config.path("servicePorts").get(0).path("mtu").intValue()).isEqualTo(1440);
        assertThat(config.path("checks")).hasSize(2);
        assertThat(config.path("checks").get(0).path("kind").stringValue()).isEqualTo("http");
        assertThat(rest.get("/api/v1/nodes/a/config?known=" + version + "&wait=0")
                        .status())
                .isEqualTo(204);
        CompletableFuture<RestClient.Reply> waiting =
                CompletableFuture.supplyAsync(() -> rest.get("/api/v1/nodes/a/config?known=" + version + "&wait=30"));
        controller.live().update(s -> Changes.observePorts(s, "a", new TreeMap<>(Map.of("web1", 3))));
        await().until(waiting::isDone);
        assertThat(waiting.join().json().path("guests").get(0).path("name").stringValue())
                .isEqualTo("web1");
        assertThat(rest.get("/api/v1/nodes/zz/config").status()).isEqualTo(404);
        assertThat(rest.get("/api/v1/nodes/a/config?wait=soon").field()).isEqualTo("wait");
    }

    @Test
    void healthReportsAndDrainTakeBackendsOut() {
        createAll();
        rest.put("/api/v1/nodes/a", NODE_A);
        controller.live().update(s -> Changes.observePorts(s, "a", new TreeMap<>(Map.of("web1", 3, "web2", 4))));
        String report = "{\"service\":\"web\",\"backend\":\"web1\",\"healthy\":false,\"detail\":\"HTTP 500\"}";
        assertThat(rest.post("/api/v1/nodes/a/health", report).status()).isEqualTo(204);
        JsonNode backends = rest.get("/api/v1/services/web").json().path("backends");
        assertThat(backends.get(0).path("state").stringValue()).isEqualTo("unhealthy");
        assertThat(backends.get(0).path("detail").stringValue()).isEqualTo("HTTP 500");
        RestClient.Reply drained = rest.post("/api/v1/services/web/backends/web2/drain", "");
        assertThat(drained.json().path("backends").get(1).path("state").stringValue())
                .isEqualTo("draining");
        assertThat(drained.json().path("status").stringValue()).isEqualTo("no healthy backend");
        RestClient.Reply back = rest.post("/api/v1/services/web/backends/web2/drain", "{\"drain\":false}");
        assertThat(back.json().path("status").stringValue()).isEqualTo("ok");
        assertThat(rest.post("/api/v1/services/web/backends/x/drain", "").status())
                .isEqualTo(404);
    }

    @Test
    void eventsTellWhatHappenedAndWaitForMore() {
        createAll();
        JsonNode all = rest.get("/api/v1/events").json();
        assertThat(all.path("events").findValuesAsString("kind"))
                .containsSubsequence("network-created", "vnic-created", "vnic-created", "service-created");
        long last = all.path("last").longValue();
        assertThat(rest.get("/api/v1/events?after=" + (last - 1)).json().path("events"))
                .hasSize(1);
        CompletableFuture<RestClient.Reply> waiting =
                CompletableFuture.supplyAsync(() -> rest.get("/api/v1/events?wait=60&after=" + last));
        rest.put("/api/v1/nodes/a", NODE_A);
        await().until(waiting::isDone);
        assertThat(waiting.join().json().path("events").get(0).path("text").stringValue())
                .isEqualTo("host a registered, VTEP 192.0.2.1");
        assertThat(rest.get("/api/v1/events?after=soon").field()).isEqualTo("after");
        assertThat(rest.get("/api/v1/events?limit=0").field()).isEqualTo("limit");
    }

    @Test
    void everyServiceHasFiguresBeforeItsFirstRequest() {
        createAll();
        JsonNode service =
                rest.get("/api/v1/sla/services").json().path("services").get(0);
        assertThat(service.path("name").stringValue()).isEqualTo("web");
        assertThat(service.path("requests").intValue()).isZero();
        assertThat(service.path("backends").findValuesAsString("name")).containsExactly("web1", "web2");
        assertThat(service.path("series")).isEmpty();
    }

    @Test
    void sightingsMustBeWholeRecords() {
        rest.put("/api/v1/nodes/a", NODE_A);
        assertThat(rest.post("/api/v1/nodes/a/sightings", new byte[95]).status())
                .isEqualTo(400);
        assertThat(rest.post("/api/v1/nodes/a/sightings", new byte[192]).status())
                .isEqualTo(204);
        assertThat(rest.get("/api/v1/sla/joiner").json().path("undecodable").intValue())
                .isEqualTo(2);
        assertThat(rest.post("/api/v1/nodes/b/sightings", new byte[96]).status())
                .isEqualTo(404);
    }

    private static String clocks(String peer, long offsetNs, long errorNs) {
        return """
                {"clocks":[{"peer":"%s","offset":{"atNs":1790000000000000000,"offsetNs":%d,"errorNs":%d,"driftPpb":-20,
                "driftErrorPpb":900},"roundTripNs":41000,"medianRoundTripNs":60000,"thereNs":20000,"backNs":21000,
                "counts":{"sent":9,"received":8,"lost":1,"duplicates":0,"reordered":0}}]}
                """.formatted(peer, offsetNs, errorNs);
    }

    @Test
    void whatNodesFoundOfEachOthersClocksIsServedAndMakesTheModel() {
        rest.put("/api/v1/nodes/a", NODE_A);
        rest.put("/api/v1/nodes/b", NODE_A.replace("192.0.2.1", "192.0.2.2").replace("00a\"", "00b\""));
        assertThat(rest.post("/api/v1/nodes/a/clocks", clocks("b", 7_000_000_000_000L, 21_500))
                        .status())
                .isEqualTo(204);
        assertThat(rest.post("/api/v1/nodes/b/clocks", clocks("stranger", 1, 1)).status())
                .isEqualTo(204);
        JsonNode clocks = rest.get("/api/v1/sla/clocks").json().path("clocks");
        assertThat(clocks).hasSize(1);
        assertThat(clocks.get(0).path("from").stringValue()).isEqualTo("a");
        assertThat(clocks.get(0).path("to").stringValue()).isEqualTo("b");
        assertThat(clocks.get(0).path("offsetNs").longValue()).isEqualTo(7_000_000_000_000L);
        assertThat(clocks.get(0).path("counts").path("lost").intValue()).isEqualTo(1);

        assertThat(rest.post("/api/v1/nodes/a/clocks", clocks("b", 1, -1)).field())
                .isEqualTo("clocks.offset.errorNs");
        assertThat(rest.post("/api/v1/nodes/a/clocks", "{\"clocks\":[{}]}").field())
                .isEqualTo("clocks.peer");
        assertThat(rest.post("/api/v1/nodes/zz/clocks", clocks("b", 1, 1)).status())
                .isEqualTo(404);
    }

    private static String pressure(int queueFull) {
        return """
                {"fromMs":1790000000000,"toMs":1790000010000,"cpus":2,"stealNs":30000000,"gcPauses":1,"gcPauseNs":4000000,
                "workers":[{"name":"a","runNs":900,"runQueueNs":77,"preempted":5}],"ports":[{"name":"web1","kind":"vnic",
                "queueFull":%d,"poolEmpty":0,"lostBefore":0,"lostAfter":2,"receiveQueueBytes":0,"sendQueueBytes":0}],
                "samples":{"arrived":500,"turnFull":0,"stampsFull":3,"ringFull":0,"notSent":%d,"gaveUp":0}}
                """.formatted(queueFull, queueFull);
    }

    @Test
    void whatPressedAHostIsServedByTheMinute() {
        rest.put("/api/v1/nodes/a", NODE_A);
        assertThat(rest.get("/api/v1/sla/causes").json().path("minutes")).isEmpty();
        assertThat(rest.post("/api/v1/nodes/a/pressure", pressure(40)).status()).isEqualTo(204);
        assertThat(rest.post("/api/v1/nodes/a/pressure", pressure(2)).status()).isEqualTo(204);
        // Two minutes, should one have ended between the reports.
        List<JsonNode> hosts = rest.get("/api/v1/sla/causes?since=10m").json().path("minutes").values().stream()
                .map(minute -> minute.path("hosts").get(0))
                .toList();
        assertThat(hosts).allMatch(host -> host.path("host").stringValue().equals("a"));
        assertThat(hosts.stream()
                        .mapToLong(host -> host.path("stealNs").longValue())
                        .sum())
                .isEqualTo(60_000_000);
        assertThat(hosts.stream()
                        .mapToLong(host ->
                                host.path("ports").get(0).path("queueFull").longValue())
                        .sum())
                .isEqualTo(42);
        assertThat(hosts.stream()
                        .mapToLong(host -> host.path("samples").path("notSent").longValue())
                        .sum())
                .isEqualTo(42);
        assertThat(hosts.getFirst().path("workers").get(0).path("name").stringValue())
                .isEqualTo("a");

        assertThat(rest.post("/api/v1/nodes/a/pressure", pressure(-1)).field()).isEqualTo("ports.queueFull");
        assertThat(rest.post("/api/v1/nodes/a/pressure", "{\"fromMs\":5,\"toMs\":4}")
                        .field())
                .isEqualTo("toMs");
        assertThat(rest.post("/api/v1/nodes/zz/pressure", pressure(1)).status()).isEqualTo(404);
        assertThat(rest.get("/api/v1/sla/causes?since=ever").field()).isEqualTo("since");
    }

    private static String cost(long cpuNs) {
        return """
                {"fromMs":1790000000000,"toMs":1790000010000,"workersNs":900000000,"processNs":1000000000,
                "residentBytes":157286400,"vnics":3,"guests":[{"name":"web1","cpuNs":%d,"frames":1000,"bytes":5000}]}
                """.formatted(cpuNs);
    }

    @Test
    void whatGuestsCostIsServedAndReported() {
        createAll();
        rest.put("/api/v1/nodes/a", NODE_A);
        assertThat(rest.get("/api/v1/sla/costs").json().path("guests")).isEmpty();
        assertThat(rest.post("/api/v1/nodes/a/cost", cost(300_000_000)).status())
                .isEqualTo(204);
        JsonNode costs = rest.get("/api/v1/sla/costs?since=10m").json();
        JsonNode guest = costs.path("guests").get(0);
        assertThat(guest.path("guest").stringValue()).isEqualTo("web1");
        assertThat(guest.path("host").stringValue()).isEqualTo("a");
        assertThat(guest.path("cpuUsPerS").doubleValue()).isEqualTo(30_000);
        assertThat(guest.path("cpuUsPerRequest").isNull()).isTrue();
        assertThat(costs.path("hosts").get(0).path("nobodysUsPerS").doubleValue())
                .isEqualTo(60_000);
        assertThat(rest.get("/api/v1/sla/report.md?since=10m").body()).contains("| web1 | a | 30,000 |");
        JsonNode reported = rest.get("/api/v1/sla/report?since=10m").json();
        assertThat(reported.path("analysis").path("costs").path("guests")).hasSize(1);

        assertThat(rest.post("/api/v1/nodes/a/cost", cost(-1)).field()).isEqualTo("guests.cpuNs");
        assertThat(rest.post("/api/v1/nodes/zz/cost", cost(1)).status()).isEqualTo(404);
        assertThat(rest.get("/api/v1/sla/costs?since=ever").field()).isEqualTo("since");
    }

    @Test
    void reportsAndPathsSayWhatTheyLack() {
        createAll();
        RestClient.Reply report = rest.get("/api/v1/sla/report?since=10m&service=web");
        assertThat(report.status()).isEqualTo(200);
        assertThat(report.json().path("hops")).isEmpty();
        assertThat(report.json().path("statement").path("version").asString()).isNotEmpty();
        assertThat(rest.get("/api/v1/sla/report?since=yesterday").field()).isEqualTo("since");
        assertThat(rest.get("/api/v1/sla/report?since=10m&baseline=1w").field()).isEqualTo("baseline");
        assertThat(rest.get("/api/v1/sla/report?since=10m&baseline=5m").field()).isEqualTo("baseline");
        assertThat(rest.get("/api/v1/sla/report?since=10m&baseline=1h").status())
                .isEqualTo(200);
        assertThat(rest.get("/api/v1/sla/report.md?since=10m&service=web").body())
                .startsWith("## Latency of web");
        assertThat(rest.get("/api/v1/sla/report?service=none").status()).isEqualTo(404);
        assertThat(rest.post("/api/v1/sla/report", "kind: [").status()).isEqualTo(400);
        RestClient.Reply path = rest.post("/api/v1/path", "{\"service\":\"web\"}");
        assertThat(path.status()).isEqualTo(503);
        assertThat(path.field()).isEqualTo("probe");
        assertThat(rest.post("/api/v1/path", "{\"service\":\"none\"}").status()).isEqualTo(404);
    }

    @Test
    void aRestartedControllerKnowsEverything() {
        createAll();
        rest.put("/api/v1/nodes/a", NODE_A);
        JsonNode before = rest.get("/api/v1/state").json();
        rest.close();
        controller.close();
        controller = Controller.start(options("127.0.0.1:0"));
        rest = new RestClient(controller.restAddress());
        assertThat(rest.get("/api/v1/state").json()).isEqualTo(before);
    }

    @Test
    void addressesAndStoresThatCannotBeUsedAreNamed() {
        assertThatThrownBy(() -> Controller.start(new ControllerOptions(
                        controller.restAddress(), List.of(), "embedded:" + directory.resolve("other"))))
                .isInstanceOf(ControllerException.class)
                .hasMessage("address " + controller.restAddress() + " is in use");
        assertThatThrownBy(() -> Controller.start(new ControllerOptions("here", List.of(), "embedded:x")))
                .hasMessageContaining("not an address and port");
        assertThatThrownBy(() -> Controller.start(new ControllerOptions("127.0.0.1:0", List.of(), "cloud:x")))
                .hasMessageContaining("not a store");
        assertThatThrownBy(() -> Controller.start(
                        new ControllerOptions("127.0.0.1:0", List.of("carrier-pigeon:1"), "embedded:x")))
                .isInstanceOf(ControllerException.class)
                .hasMessageContaining("carrier-pigeon");
    }
}
