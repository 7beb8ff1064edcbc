/** Flow tables: classifier, actions, groups, connection tracking, OpenFlow agent. */
module io.hopline.vswitch {
    requires transitive io.hopline.packet;
    requires transitive io.hopline.openflow;
    requires org.jctools.core.jdk11;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.hopline.vswitch;
}
