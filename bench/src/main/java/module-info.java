/** JMH benchmarks, end-to-end runs and the peers on the same rig. */
module io.hopline.bench {
    requires io.hopline.node;
    requires static org.jspecify;
}
