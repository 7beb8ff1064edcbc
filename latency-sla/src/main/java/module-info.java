/** Hops, clocks, sampling, histograms, objectives and reports. */
module io.hopline.sla {
    requires transitive io.hopline.packet;
    requires static org.jspecify;
}
