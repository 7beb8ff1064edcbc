package io.hopline.bench;

/**
 * What became of the datagrams of one trial.
 *
 * @param sent datagrams offered
 * @param received datagrams that arrived
 * @param seconds how long they were offered
 */
record UdpTrial(long sent, long received, double seconds) {
    /** The sender's side; {@code trial} is its number. */
    record Sent(int trial, long sent, long durationNs) {}

    /** The receiver's side. */
    record Received(int trial, long received, long outOfOrder) {}

    static UdpTrial of(Sent sent, Received received) {
        return new UdpTrial(sent.sent, received.received, sent.durationNs / 1e9);
    }

    double offeredPerSecond() {
        return sent / seconds;
    }

    double receivedPerSecond() {
        return received / seconds;
    }

    /** Share of the datagrams that did not arrive, 0 to 1; 1 when none was sent. */
    double loss() {
        return sent == 0 ? 1 : (double) Math.max(0, sent - received) / sent;
    }
}
