/** Maglev, health checks and the L7 proxy. */
module io.hopline.lb {
    requires transitive io.hopline.packet;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.haproxy;
    requires io.netty.codec.http;
    requires io.netty.codec.http2;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires io.netty.transport.classes.io_uring;
    requires io.netty.transport.unix.common;
    requires org.slf4j;
    requires re2j;
    requires static org.jspecify;

    exports io.hopline.lb;
    exports io.hopline.lb.config;
    exports io.hopline.lb.counters;
    exports io.hopline.lb.health;
    exports io.hopline.lb.proxy;

    opens io.hopline.lb.config to
            tools.jackson.databind;
}
