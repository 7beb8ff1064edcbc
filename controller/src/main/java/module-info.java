/** Networks as people think of them, turned into flows. */
module io.hopline.controller {
    requires com.h2database;
    requires io.hopline.lb;
    requires io.hopline.openflow;
    requires io.hopline.sla;
    requires io.javalin;
    requires java.net.http;
    requires java.sql;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires org.slf4j;
    requires tools.jackson.core;
    requires tools.jackson.databind;
    requires tools.jackson.dataformat.yaml;
    requires static org.jspecify;

    exports io.hopline.controller;
}
