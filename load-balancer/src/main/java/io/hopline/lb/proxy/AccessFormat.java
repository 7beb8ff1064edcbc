package io.hopline.lb.proxy;

import io.hopline.lb.config.AccessLogPolicy;
import io.hopline.lb.http.AddressText;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Locale;

/** Lines of the access log; what a client sent is escaped, so that a line stays one line and JSON stays JSON. */
final class AccessFormat {
    private AccessFormat() {}

    /** Appends a line and its end. */
    static void line(StringBuilder out, AccessEntry entry, AccessLogPolicy.Format format) {
        if (format == AccessLogPolicy.Format.TEXT) {
            text(out, entry);
        } else {
            json(out, entry);
        }
        out.append('\n');
    }

    private static void json(StringBuilder out, AccessEntry entry) {
        out.append("{\"time\":\"").append(time(entry)).append('"');
        field(out, "client", AddressText.of(entry.client()));
        number(out, "port", entry.clientPort());
        field(out, "service", entry.service());
        field(out, "backend", entry.backend());
        field(out, "method", entry.method());
        field(out, "host", entry.host());
        field(out, "target", entry.target());
        field(out, "protocol", entry.protocol());
        number(out, "status", entry.status());
        number(out, "bytes", entry.bytes());
        number(out, "tries", entry.tries());
        field(out, "end", entry.end());
        timer(out, "TR", entry.requestNs());
        timer(out, "Tw", entry.queueNs());
        timer(out, "Tc", entry.connectNs());
        timer(out, "Tr", entry.responseNs());
        timer(out, "Ta", entry.allNs());
        out.append('}');
    }

    /** {@code client:port [time] service service/backend TR/Tw/Tc/Tr/Ta status bytes end tries host "METHOD target protocol"}. */
    private static void text(StringBuilder out, AccessEntry entry) {
        out.append(AddressText.of(new InetSocketAddress(entry.client(), entry.clientPort())));
        out.append(" [").append(time(entry)).append("] ").append(entry.service());
        out.append(' ').append(entry.service()).append('/');
        out.append(entry.backend().isEmpty() ? "<NONE>" : entry.backend()).append(' ');
        millis(out, entry.requestNs());
        for (long ns : new long[] {entry.queueNs(), entry.connectNs(), entry.responseNs(), entry.allNs()}) {
            millis(out.append('/'), ns);
        }
        out.append(' ').append(entry.status()).append(' ').append(entry.bytes());
        out.append(' ').append(entry.end()).append(' ').append(entry.tries()).append(' ');
        escaped(out, entry.host().isEmpty() ? "-" : entry.host());
        escaped(out.append(" \""), entry.method());
        escaped(out.append(' '), entry.target());
        out.append(' ').append(entry.protocol()).append('"');
    }

    private static Instant time(AccessEntry entry) {
        return Instant.ofEpochSecond(entry.atNs() / 1_000_000_000L, entry.atNs() % 1_000_000_000L / 1000 * 1000);
    }

    private static void field(StringBuilder out, String name, String value) {
        escaped(out.append(",\"").append(name).append("\":\""), value);
        out.append('"');
    }

    private static void number(StringBuilder out, String name, long value) {
        out.append(",\"").append(name).append("\":").append(value);
    }

    /** Milliseconds with three places. */
    private static void timer(StringBuilder out, String name, long ns) {
        millis(out.append(",\"").append(name).append("\":"), ns);
    }

    private static void millis(StringBuilder out, long ns) {
        if (ns < 0) {
            out.append(-1);
            return;
        }
        long us = ns / 1000;
        out.append(us / 1000).append('.');
        out.append((char) ('0' + us / 100 % 10))
                .append((char) ('0' + us / 10 % 10))
                .append((char) ('0' + us % 10));
    }

    private static void escaped(StringBuilder out, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c >= 0x7f) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
    }
}
