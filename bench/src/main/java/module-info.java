/** JMH benchmarks of the pieces a frame meets on its way. */
module io.hopline.bench {
    requires io.hopline.lb;
    requires io.hopline.packet;
    requires io.hopline.vswitch;
    requires jmh.core;
    requires static org.jspecify;
}
