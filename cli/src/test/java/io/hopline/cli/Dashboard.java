package io.hopline.cli;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Port;
import io.hopline.sla.Direction;
import io.hopline.sla.Endpoint;
import io.hopline.sla.Protocol;
import io.hopline.sla.Sighting;
import io.hopline.sla.SightingWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The Grafana dashboard that users import, and one request that gives a controller something to show on it. */
final class Dashboard {
    static final String OBJECTIVE = """
            apiVersion: openslo/v1
            kind: SLO
            metadata:
              name: shop-up
            spec:
              service: shop
              indicator:
                spec:
                  ratioMetric:
                    counter: true
                    good:
                      metricSource:
                        type: hopline
                        spec:
                          metric: answered
                    total:
                      metricSource:
                        type: hopline
                        spec:
                          metric: requests
              timeWindow:
                - duration: 30d
                  isRolling: true
              objectives:
                - target: 0.999
            """;

    private static final Pattern METRIC = Pattern.compile("hopline_[a-z_]+");

    private Dashboard() {}

    /** Names of all metrics that its queries use. */
    static Set<String> metrics() throws IOException {
        Path file = Path.of("docs/grafana/hopline.json");
        if (!Files.exists(file)) {
            file = Path.of("..").resolve(file);
        }
        Set<String> names = new TreeSet<>();
        Matcher matcher = METRIC.matcher(Files.readString(file));
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }

    /** What a node would report of one request, from a client outside to a server at {@code serverIp}, port 80. */
    static byte[] sightings(String serverIp, long atNs) {
        Endpoint client = Endpoint.parse("198.51.100.7:40000");
        Endpoint server = new Endpoint(Ipv4Address.parse(serverIp), 80);
        int push = Sighting.ACK | Sighting.PSH;
        Sighting.Packet there =
                new Sighting.Packet(Protocol.TCP, client, server, Direction.REQUEST, push, 1_000, 5_000, 100);
        Sighting.Packet back =
                new Sighting.Packet(Protocol.TCP, client, server, Direction.RESPONSE, push, 5_000, 1_100, 200);
        List<Sighting> seen = List.of(
                new Sighting.Transit(
                        there,
                        Port.Kind.UPLINK,
                        Port.Kind.VNIC,
                        atNs,
                        atNs + 10_000,
                        atNs + 15_000,
                        atNs + 16_000,
                        atNs + 20_000),
                new Sighting.Edge(there, Port.Kind.VNIC, true, atNs + 24_000),
                new Sighting.Edge(back, Port.Kind.VNIC, false, atNs + 90_000),
                new Sighting.Transit(
                        back,
                        Port.Kind.VNIC,
                        Port.Kind.UPLINK,
                        0,
                        atNs + 95_000,
                        atNs + 99_000,
                        atNs + 100_000,
                        atNs + 104_000));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment records = arena.allocate((long) seen.size() * Sighting.BYTES, 8);
            for (int i = 0; i < seen.size(); i++) {
                SightingWriter.write(records, (long) i * Sighting.BYTES, seen.get(i));
            }
            return records.toArray(ValueLayout.JAVA_BYTE);
        }
    }
}
