package io.hopline.sla;

/**
 * What a host's STAMP session (RFC 8762) with another host has found: the other's clock, and the underlay between them.
 *
 * @param peer the other host's name
 * @param offset of the other's clock
 * @param roundTripNs the shortest round trip of the last exchanges, without the time at the other host
 * @param medianRoundTripNs the median of the same
 * @param thereNs the shortest way there; wrong by at most the offset's error, as {@code backNs} is
 * @param backNs the shortest way back
 * @param counts since the session began
 */
public record PeerClock(
        String peer,
        ClockOffset offset,
        long roundTripNs,
        long medianRoundTripNs,
        long thereNs,
        long backNs,
        Counts counts) {
    /**
     * What became of a session's packets.
     *
     * @param sent that the kernel took
     * @param received answers, each once
     * @param lost not answered in time
     * @param duplicates answers that came again
     * @param reordered answers that came after one to a later packet
     */
    public record Counts(long sent, long received, long lost, long duplicates, long reordered) {}
}
