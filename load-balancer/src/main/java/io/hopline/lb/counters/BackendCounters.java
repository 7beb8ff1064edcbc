package io.hopline.lb.counters;

/**
 * What a proxy has done with one backend since it first had it.
 *
 * @param name the backend's
 * @param active requests at it now, those that wait for a connection included
 * @param connections open to it or being opened now
 * @param waiting requests that wait for one of them now
 * @param answered2xx its answers of the class 2xx; so the next ones
 * @param answered3xx answers 3xx
 * @param answered4xx answers 4xx
 * @param answered5xx answers 5xx
 * @param failures tries that brought no answer: connections refused, lost or too late
 * @param ejections times it was left out for failing
 * @param noWebSocket WebSockets that it was not asked for, because over HTTP/2 it does not take any
 * @param waitedNs nanoseconds from the choice of this backend to the first byte of its answer, over all answers
 */
public record BackendCounters(
        String name,
        long active,
        long connections,
        long waiting,
        long answered2xx,
        long answered3xx,
        long answered4xx,
        long answered5xx,
        long failures,
        long ejections,
        long noWebSocket,
        long waitedNs) {
    /** Answers of any status. */
    public long answered() {
        return answered2xx + answered3xx + answered4xx + answered5xx;
    }
}
