/** The hopline command and the demo. */
module io.hopline.cli {
    requires io.hopline.node;
    requires io.hopline.controller;
    requires io.hopline.linux;
    requires java.net.http;
    requires jdk.unsupported;
    requires jdk.httpserver;
    requires info.picocli;
    requires tools.jackson.databind;
    requires static org.jspecify;
    requires io.hopline.sla;
    requires io.hopline.packet;
    requires HdrHistogram;

    uses io.hopline.cli.Subcommand;

    exports io.hopline.cli to
            io.hopline.bench;

    opens io.hopline.cli to
            info.picocli,
            tools.jackson.databind;
}
