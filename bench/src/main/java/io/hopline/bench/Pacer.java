package io.hopline.bench;

/**
 * A token clock: says how many frames are due. Frames that were held up are made up for, but no more than
 * {@value #MAX_BEHIND_NS} ns of them, so that a sender that was not scheduled does not answer with a flood.
 */
final class Pacer {
    /** Most time whose frames are made up for. */
    static final long MAX_BEHIND_NS = 2_000_000;

    private final double framesPerNs;
    private final long startNs;
    private double forgiven;
    private long sent;

    /**
     * @param framesPerSecond 0 for as fast as it goes
     * @param startNs now
     */
    Pacer(double framesPerSecond, long startNs) {
        framesPerNs = framesPerSecond / 1e9;
        this.startNs = startNs;
    }

    /** Frames to send now, 0 to {@code most}. */
    int due(long nowNs, int most) {
        if (framesPerNs == 0) {
            return most;
        }
        double due = (nowNs - startNs) * framesPerNs - forgiven - sent;
        double allowed = Math.max(most, MAX_BEHIND_NS * framesPerNs);
        if (due > allowed) {
            forgiven += due - allowed;
            due = allowed;
        }
        return (int) Math.min(due, most);
    }

    /** Notes frames as sent. */
    void sent(int frames) {
        sent += frames;
    }

    /** How long until the next frame is due; not positive when it is. */
    long untilNextNs(long nowNs) {
        return framesPerNs == 0 ? 0 : (long) Math.ceil((sent + 1 + forgiven) / framesPerNs) - (nowNs - startNs);
    }
}
