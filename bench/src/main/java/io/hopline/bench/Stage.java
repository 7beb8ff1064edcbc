package io.hopline.bench;

import java.util.function.ObjDoubleConsumer;

/**
 * What a measure works on.
 *
 * @param figures takes what was measured
 */
record Stage(Rig rig, Contender.Joined system, Load load, Pace pace, ObjDoubleConsumer<Metric> figures) {
    UdpLoad udp() {
        return load.udp();
    }

    void note(Metric metric, double value) {
        figures.accept(metric, value);
    }

    /**
     * How long things take.
     *
     * @param quick whether it is enough to see that everything works
     * @param warmUpS of a system that just started
     * @param warmUps most runs of it, where it goes on until it gets no faster
     * @param flatRuns so many runs in a row that are hardly faster than the best, and it is warm
     * @param tcpS of a TCP measure, a second of warm-up apart
     * @param trialMs of a trial of the rate search
     * @param trials most rates of a search
     * @param requestsS of the request/response measure
     * @param webS of a measure of HTTP
     * @param fixedRate frames a second of the CPU measure, which every system has to carry
     */
    record Pace(
            boolean quick,
            int warmUpS,
            int warmUps,
            int flatRuns,
            int tcpS,
            int trialMs,
            int trials,
            int requestsS,
            int webS,
            int fixedRate) {
        /** A run that much better than all before it, and it goes on. */
        private static final double STILL_WARMING = 0.05;

        /** Some seconds of a load. */
        interface Run {
            /** What got through in a unit of time. */
            double rate() throws InterruptedException;
        }

        /** While a JVM compiles, its compiler takes the time of the load: one run that is no faster says little. */
        private static final int FLAT_RUNS_OF_A_JVM = 3;

        /** As long as that system takes to get warm. */
        Pace of(Contender contender) {
            return new Pace(
                    quick,
                    warmUpS,
                    warmUps,
                    contender.compilesItself() ? FLAT_RUNS_OF_A_JVM : 1,
                    tcpS,
                    trialMs,
                    trials,
                    requestsS,
                    webS,
                    fixedRate);
        }

        /**
         * Runs a load until it is hardly faster than the best before: a JVM gets faster for long, the others at once.
         *
         * @param run takes {@link #warmUpS}
         */
        void warmUp(Run run) throws InterruptedException {
            double best = 0;
            int flat = 0;
            for (int i = 0; i < warmUps && flat < flatRuns; i++) {
                double rate = run.rate();
                flat = rate < best * (1 + STILL_WARMING) ? flat + 1 : 0;
                best = Math.max(best, rate);
            }
        }

        static Pace full(int fixedRate) {
            return new Pace(false, 3, 10, 1, 4, 1000, 8, 3, 2, fixedRate);
        }

        static Pace quick(int fixedRate) {
            return new Pace(true, 1, 1, 1, 1, 200, 5, 1, 1, fixedRate);
        }
    }
}
