package io.hopline.bench;

import io.hopline.cli.CliException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A Prometheus endpoint in the text format. */
record MetricsPage(URI url) {
    /** Sum of all series of a name, whatever their labels; 0 when there is none. */
    double sum(String name) {
        return sum(read(), name);
    }

    static double sum(String page, String name) {
        double sum = 0;
        for (String line : page.lines().toList()) {
            if (line.startsWith(name + "{") || line.startsWith(name + " ")) {
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return sum;
    }

    private String read() {
        try (InputStream in = url.toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw CliException.failed(url + ": " + failure.getMessage());
        }
    }
}
