package io.hopline.bench;

/**
 * So many guests under so much load for a while.
 *
 * @param plannedPerS requests a second to all guests together
 * @param answeredPerS what came of it
 * @param failed requests whose connection ended, or whose answer was not 200
 * @param p50Us latency from the planned time to the last byte, microseconds
 * @param met whether the objective was
 * @param cpu whose the processors' time was meanwhile
 * @param nodeMib resident memory of the node
 * @param guestMib resident memory of a guest's processes, on average
 */
record DensityStep(
        int guests,
        double plannedPerS,
        double answeredPerS,
        long failed,
        double p50Us,
        double p99Us,
        boolean met,
        CpuShares cpu,
        double nodeMib,
        double guestMib) {
    /** Microseconds of the switch's whole process for a request; as many seconds for a million. */
    double switchUs() {
        return perRequestUs(cpu.vswitch());
    }

    /** Of them, the forwarding threads'. */
    double workerUs() {
        return perRequestUs(cpu.workers());
    }

    double guestUs() {
        return perRequestUs(cpu.guests());
    }

    double perRequestUs(double processors) {
        return answeredPerS == 0 ? 0 : processors * 1e6 / answeredPerS;
    }
}
