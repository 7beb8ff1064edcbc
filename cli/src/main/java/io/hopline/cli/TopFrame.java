package io.hopline.cli;

import io.hopline.sla.Report;
import io.hopline.sla.Share;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Two snapshots as rates: what {@code hopline top} shows, as text or JSON. */
final class TopFrame {
    private static final int MAX_FLOWS = 10;
    private static final int MAX_HOPS = 4;
    private static final double MS_PER_S = 1e3;
    private static final double NS_PER_S = 1e9;

    private final TopSnapshot before;
    private final TopSnapshot now;
    private final double seconds;

    /** Rates of a flow. */
    private record FlowRate(TopSnapshot.Flow flow, double packets, double bits) {}

    TopFrame(TopSnapshot before, TopSnapshot now) {
        this.before = before;
        this.now = now;
        this.seconds = Math.max(1e-3, (now.atNs() - before.atNs()) / NS_PER_S);
    }

    /** Several lines; names as long as they are. */
    String text() {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        services(out);
        hosts(out);
        flows(out);
        out.flush();
        return text.toString();
    }

    private void services(PrintWriter out) {
        Table table = new Table("service", "vip", "requests/s", "p50 us", "p99 us", "virtual network", "whose time");
        for (TopSnapshot.Service service : now.services()) {
            Report report = service.report();
            boolean none = report.endToEnd().count() == 0;
            table.row(
                    service.name(),
                    service.vip(),
                    number(perSecond(report)),
                    none ? "-" : number(report.endToEnd().p50Ns() / MS_PER_S),
                    none ? "-" : number(report.endToEnd().p99Ns() / MS_PER_S),
                    none ? "-" : number(report.virtualNetwork().p50Ns() / MS_PER_S) + " us at p50",
                    service.status().equals("ok") ? shares(report) : service.status());
        }
        table.print(out);
        out.println();
    }

    /** Requests a second; the timed ones are counted as those that they stand for, too. */
    private static double perSecond(Report report) {
        return report.endToEnd().count() * MS_PER_S / Math.max(1, report.toMs() - report.fromMs());
    }

    private static Map<String, Double> byHop(Report report) {
        Map<String, Double> hops = new LinkedHashMap<>();
        report.analysis().shares().stream()
                .limit(1)
                .flatMap(all -> all.parts().stream())
                .forEach((Share.Part part) -> hops.merge(part.hop(), part.share(), Double::sum));
        return hops;
    }

    private static String shares(Report report) {
        return byHop(report).entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(MAX_HOPS)
                .filter(hop -> hop.getValue() > 0)
                .map(hop -> hop.getKey() + " " + Math.round(hop.getValue() * 100) + "%")
                .collect(Collectors.joining(", "));
    }

    private void hosts(PrintWriter out) {
        Table ports = new Table(
                "host",
                "port",
                "kind",
                "in frames/s",
                "in Mbit/s",
                "out frames/s",
                "out Mbit/s",
                "drops/s",
                "dropped since start");
        List<String> problems = new ArrayList<>();
        for (TopSnapshot.Host host : now.hosts()) {
            if (!host.connected()) {
                problems.add("host " + host.name() + ": its switch is not connected");
            }
            if (!host.scrape().problem().isEmpty()) {
                problems.add("host " + host.name() + ": " + host.scrape().problem());
            }
            host.scrape().ports().forEach((name, port) -> {
                NodeScrape.Port old = before(host.name(), name);
                ports.row(
                        host.name(),
                        name,
                        port.kind(),
                        number(rate(old.rxFrames(), port.rxFrames())),
                        number(rate(old.rxBytes(), port.rxBytes()) * Byte.SIZE / 1e6),
                        number(rate(old.txFrames(), port.txFrames())),
                        number(rate(old.txBytes(), port.txBytes()) * Byte.SIZE / 1e6),
                        number(rate(old.dropped(), port.dropped())),
                        port.drops().isEmpty()
                                ? "none"
                                : port.drops().entrySet().stream()
                                        .map(drop -> drop.getValue() + " " + drop.getKey())
                                        .collect(Collectors.joining(", ")));
            });
        }
        ports.print(out);
        problems.forEach(out::println);
        out.println();
    }

    private NodeScrape.Port before(String host, String port) {
        return before.hosts().stream()
                .filter(old -> old.name().equals(host))
                .flatMap(old -> old.scrape().ports().entrySet().stream())
                .filter(old -> old.getKey().equals(port))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(NodeScrape.Port.NEW);
    }

    /** A second; a counter that began anew counts from there. */
    private double rate(long old, long fresh) {
        return Math.max(0, fresh < old ? fresh : fresh - old) / seconds;
    }

    private List<FlowRate> busiest() {
        List<FlowRate> rates = new ArrayList<>();
        now.flows().forEach((flow, counters) -> {
            TopSnapshot.Counters old = before.flows().get(flow);
            double packets = rate(old == null ? 0 : old.packets(), counters.packets());
            if (old != null && packets > 0) {
                rates.add(new FlowRate(flow, packets, rate(old.bytes(), counters.bytes()) * Byte.SIZE));
            }
        });
        rates.sort(Comparator.comparingDouble(FlowRate::packets).reversed());
        return rates.subList(0, Math.min(MAX_FLOWS, rates.size()));
    }

    private void flows(PrintWriter out) {
        if (now.flows().isEmpty()) {
            out.println("The controller shows no flows.");
            return;
        }
        Table table = new Table("host", "table", "packets/s", "Mbit/s", "busiest flows", "actions");
        for (FlowRate rate : busiest()) {
            table.row(
                    rate.flow.host(),
                    rate.flow.table(),
                    number(rate.packets),
                    number(rate.bits / 1e6),
                    "priority=" + rate.flow.priority() + "," + rate.flow.match(),
                    rate.flow.actions());
        }
        table.print(out);
    }

    /** The same figures for programs. */
    ObjectNode json() {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("seconds", seconds);
        ArrayNode services = json.putArray("services");
        for (TopSnapshot.Service service : now.services()) {
            Report report = service.report();
            ObjectNode one = services.addObject()
                    .put("name", service.name())
                    .put("status", service.status())
                    .put("requestsPerSecond", perSecond(report))
                    .put("timed", report.statement().timed())
                    .put("p50Ns", report.endToEnd().p50Ns())
                    .put("p99Ns", report.endToEnd().p99Ns());
            ObjectNode shares = one.putObject("shares");
            byHop(report).forEach(shares::put);
        }
        ArrayNode hosts = json.putArray("hosts");
        for (TopSnapshot.Host host : now.hosts()) {
            ObjectNode one = hosts.addObject()
                    .put("name", host.name())
                    .put("connected", host.connected())
                    .put("flows", host.flows())
                    .put("problem", host.scrape().problem());
            ArrayNode ports = one.putArray("ports");
            host.scrape().ports().forEach((name, port) -> {
                NodeScrape.Port old = before(host.name(), name);
                ObjectNode drops = ports.addObject()
                        .put("name", name)
                        .put("kind", port.kind())
                        .put("rxFramesPerSecond", rate(old.rxFrames(), port.rxFrames()))
                        .put("rxBitsPerSecond", rate(old.rxBytes(), port.rxBytes()) * Byte.SIZE)
                        .put("txFramesPerSecond", rate(old.txFrames(), port.txFrames()))
                        .put("txBitsPerSecond", rate(old.txBytes(), port.txBytes()) * Byte.SIZE)
                        .put("dropsPerSecond", rate(old.dropped(), port.dropped()))
                        .putObject("dropped");
                port.drops().forEach(drops::put);
            });
        }
        ArrayNode flows = json.putArray("busiestFlows");
        busiest()
                .forEach(rate -> flows.addObject()
                        .put("host", rate.flow.host())
                        .put("table", rate.flow.table())
                        .put("priority", rate.flow.priority())
                        .put("match", rate.flow.match())
                        .put("actions", rate.flow.actions())
                        .put("packetsPerSecond", rate.packets)
                        .put("bitsPerSecond", rate.bits));
        return json;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value);
    }
}
