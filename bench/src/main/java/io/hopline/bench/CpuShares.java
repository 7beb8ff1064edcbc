package io.hopline.bench;

/**
 * Whose the processors' time was, each in processors: 0.5 is half of one.
 *
 * @param workers the switch's forwarding threads; the guests' TCP/IP that runs in their writes to a TAP is in it
 * @param node all other threads of the node: reports, metrics, the Java machine's own
 * @param guests of containers their servers, of virtual machines all of QEMU
 * @param load the sender of requests and its TCP/IP
 * @param controller Hopline's
 * @param others everything else on the machine, of the kernel or of anybody
 */
record CpuShares(double workers, double node, double guests, double load, double controller, double others) {
    /** What the switch takes: the whole of its process. */
    double vswitch() {
        return workers + node;
    }

    /** What is spent because there are guests, the load apart. */
    double hosting() {
        return workers + node + guests;
    }
}
