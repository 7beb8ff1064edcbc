/** One host's daemon: worker, ports and the assembly of the rest. */
module io.hopline.node {
    requires transitive io.hopline.packet;
    requires io.hopline.linux;
    requires io.hopline.vnic;
    requires io.hopline.overlay;
    requires io.hopline.vswitch;
    requires io.hopline.lb;
    requires io.hopline.sla;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.hopline.node;
}
