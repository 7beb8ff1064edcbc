package io.hopline.cli;

import io.hopline.sla.Report;
import io.hopline.sla.ReportJson;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What everything counted until one moment.
 *
 * @param atNs of {@link System#nanoTime}
 * @param flows counters by host and flow; empty when the controller shows none
 */
record TopSnapshot(long atNs, List<Service> services, List<Host> hosts, Map<Flow, Counters> flows) {
    private static final int MAX_FLOWS = 1_000;

    /** A service and how its last seconds were. */
    record Service(String name, String vip, String status, Report report) {}

    /** A host and its ports. */
    record Host(String name, boolean connected, long flows, NodeScrape scrape) {}

    /** A flow's place and match, which tell it from others. */
    record Flow(String host, int table, int priority, String match, String actions) {}

    record Counters(long packets, long bytes) {}

    /** Asks the controller and every node. */
    static TopSnapshot take(RestClient rest, HttpClient http, String since) throws InterruptedException {
        JsonNode state = rest.get("/api/v1/state");
        List<Service> services = new ArrayList<>();
        for (JsonNode service : state.path("services")) {
            String name = service.path("name").asString();
            byte[] report = rest.getBytes("/api/v1/sla/report?since=" + since + "&service=" + RestClient.segment(name));
            services.add(new Service(
                    name,
                    service.path("vip").asString(),
                    service.path("status").asString(),
                    ReportJson.read(new String(report, StandardCharsets.UTF_8))));
        }
        long atNs = System.nanoTime();
        List<Host> hosts = new ArrayList<>();
        Map<Flow, Counters> flows = new TreeMap<>(TopSnapshot::compare);
        for (JsonNode node : state.path("nodes")) {
            String name = node.path("name").asString();
            boolean connected = node.path("connected").asBoolean();
            hosts.add(new Host(
                    name,
                    connected,
                    node.path("flows").asLong(),
                    NodeScrape.of(http, node.path("metrics").asString(""))));
            if (connected) {
                flows(rest, name, flows);
            }
        }
        return new TopSnapshot(atNs, services, hosts, flows);
    }

    private static int compare(Flow a, Flow b) {
        return a.toString().compareTo(b.toString());
    }

    private static void flows(RestClient rest, String host, Map<Flow, Counters> into) {
        JsonNode answer;
        try {
            answer = rest.get("/api/v1/nodes/" + RestClient.segment(host) + "/flows?limit=" + MAX_FLOWS);
        } catch (CliException notShown) {
            // A controller that shows no flows, or a switch that is busy: the rest is worth showing all the same.
            return;
        }
        for (JsonNode flow : answer.path("flows")) {
            into.put(
                    new Flow(
                            host,
                            flow.path("table").asInt(),
                            flow.path("priority").asInt(),
                            flow.path("match").asString(""),
                            flow.path("actions").asString("")),
                    new Counters(
                            flow.path("packets").asLong(), flow.path("bytes").asLong()));
        }
    }
}
