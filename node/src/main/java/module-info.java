/** One host's daemon: worker, ports and the assembly of the rest. */
module io.hopline.node {
    requires transitive io.hopline.packet;
    requires io.hopline.linux;
    requires io.hopline.openflow;
    requires io.hopline.vnic;
    requires io.hopline.overlay;
    requires io.hopline.vswitch;
    requires io.hopline.lb;
    requires io.hopline.sla;
    requires java.net.http;
    requires jdk.httpserver;
    requires jdk.management;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires org.jctools.core;
    requires org.slf4j;
    requires tools.jackson.databind;
    requires static org.jspecify;

    exports io.hopline.node;

    opens io.hopline.node to
            tools.jackson.databind;
}
