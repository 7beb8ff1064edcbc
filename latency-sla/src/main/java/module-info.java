/** Hops, clocks, sampling, histograms, objectives and reports. */
module io.hopline.sla {
    requires transitive io.hopline.packet;
    requires transitive HdrHistogram;
    requires transitive micrometer.core;
    requires org.slf4j;
    requires tools.jackson.databind;
    requires tools.jackson.dataformat.yaml;
    requires static org.jspecify;

    exports io.hopline.sla;
}
