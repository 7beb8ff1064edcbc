/** Maglev, health checks and the L7 proxy. */
module io.hopline.lb {
    requires transitive io.hopline.packet;
    requires org.slf4j;
    requires static org.jspecify;
}
