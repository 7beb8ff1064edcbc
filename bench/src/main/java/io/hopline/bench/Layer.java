package io.hopline.bench;

import java.util.Set;

/** At which layer a balancer works: what it is put to, and which of Hopline's two it is compared with. */
enum Layer {
    /** A connection at a time. */
    L4("hopline-l4", Set.of("rps", "cps", "stream", "memory")),
    /** A request at a time. */
    L7("hopline-l7", Set.of("rps", "cps", "stream", "latency", "h2", "tls-rps", "tls-cps", "tls-full", "memory"));

    private final String hopline;
    private final Set<String> measures;

    Layer(String hopline, Set<String> measures) {
        this.hopline = hopline;
        this.measures = measures;
    }

    /**
     * Name of Hopline's own balancer of this layer.
     *
     * @param onHost the one that clients reach without a virtual network, where there is one
     */
    String hopline(boolean onHost) {
        return onHost && this == L7 ? hopline + "-published" : hopline;
    }

    Set<String> measures() {
        return measures;
    }
}
