package io.hopline.sla;

/** Takes what became of requests, on the thread that called the {@link Joiner}. */
public interface OutcomeSink {
    /**
     * One request.
     *
     * @param startNs CLOCK_REALTIME nanoseconds of its first stamp
     */
    void accept(String service, long startNs, Outcome outcome);
}
