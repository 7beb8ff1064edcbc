package io.hopline.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a node's Prometheus endpoint says about its ports.
 *
 * @param ports by name
 * @param problem why there is nothing; empty when there is
 */
record NodeScrape(Map<String, Port> ports, String problem) {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final Pattern SAMPLE =
            Pattern.compile("hopline_port_([a-z_]+)_total\\{([^}]*)} ([0-9.Ee+-]+)(?: [0-9]+)?");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    /**
     * A port's counters since it was plugged in.
     *
     * @param drops by reason, those above zero
     */
    record Port(String kind, long rxFrames, long rxBytes, long txFrames, long txBytes, Map<String, Long> drops) {
        static final Port NEW = new Port("", 0, 0, 0, 0, Map.of());

        long dropped() {
            return drops.values().stream().mapToLong(n -> n).sum();
        }

        private Port with(String counter, String portKind, String reason, long value) {
            Map<String, Long> all = new TreeMap<>(drops);
            if (counter.equals("drops") && value > 0) {
                all.put(reason, value);
            }
            return new Port(
                    portKind,
                    counter.equals("rx_frames") ? value : rxFrames,
                    counter.equals("rx_bytes") ? value : rxBytes,
                    counter.equals("tx_frames") ? value : txFrames,
                    counter.equals("tx_bytes") ? value : txBytes,
                    all);
        }
    }

    /** Asks a node; what cannot be had is a problem, not a failure. */
    static NodeScrape of(HttpClient http, String url) throws InterruptedException {
        if (url.isEmpty()) {
            return new NodeScrape(Map.of(), "serves no metrics");
        }
        try {
            var request =
                    HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).build();
            return parse(http.send(request, BodyHandlers.ofString()).body());
        } catch (IOException | IllegalArgumentException failure) {
            String why = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
            return new NodeScrape(Map.of(), "no metrics from " + url + ": " + why);
        }
    }

    /** Reads Prometheus' text format; lines about other things are passed over. */
    static NodeScrape parse(String text) {
        Map<String, Port> ports = new TreeMap<>();
        for (String line : text.lines().toList()) {
            Matcher sample = SAMPLE.matcher(line);
            if (!sample.matches()) {
                continue;
            }
            Map<String, String> labels = new TreeMap<>();
            Matcher label = LABEL.matcher(sample.group(2));
            while (label.find()) {
                labels.put(label.group(1), label.group(2));
            }
            String name = labels.getOrDefault("port", "");
            ports.put(
                    name,
                    ports.getOrDefault(name, Port.NEW)
                            .with(
                                    sample.group(1),
                                    labels.getOrDefault("kind", ""),
                                    labels.getOrDefault("reason", ""),
                                    (long) Double.parseDouble(sample.group(3))));
        }
        return new NodeScrape(ports, "");
    }
}
