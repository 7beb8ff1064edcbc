/** Measurements: Hopline and its peers side by side, and JMH benchmarks. */
module io.hopline.bench {
    requires io.hopline.cli;
    requires io.hopline.controller;
    requires io.hopline.lb;
    requires io.hopline.linux;
    requires io.hopline.node;
    requires io.hopline.openflow;
    requires io.hopline.packet;
    requires io.hopline.vswitch;
    requires HdrHistogram;
    requires info.picocli;
    requires java.management;
    requires jdk.httpserver;
    requires jmh.core;
    requires tools.jackson.databind;
    requires static org.jspecify;

    provides io.hopline.cli.Subcommand with
            io.hopline.bench.BenchCommand;

    opens io.hopline.bench to
            info.picocli,
            tools.jackson.databind;
}
