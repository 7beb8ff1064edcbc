package io.hopline.node;

/**
 * How long a thread that empties rings leaves them alone: so long that the fullest has a wanted number of records when it looks
 * again, as far as the last pause tells. A look costs something however little is there, so few are better; but what does not
 * fit into a ring is lost, and who waits for the thread's processor waits until all is read.
 *
 * <p>A pause is at most twice as long as the one before, so that a lull is not taken for the end of a load. For one thread.
 */
final class RingPause {
    private final long shortest;
    private final long longest;
    private final int wanted;
    private long pause;

    /**
     * Begins with the shortest pause.
     *
     * @param shortest of any unit of time, as {@code longest}
     * @param wanted records in the fullest ring
     */
    RingPause(long shortest, long longest, int wanted) {
        this.shortest = shortest;
        this.longest = longest;
        this.wanted = wanted;
        pause = shortest;
    }

    /**
     * The time until the next look.
     *
     * @param most what was in the fullest ring
     */
    long after(int most) {
        long fitting = pause * wanted / Math.max(1, most);
        pause = Math.clamp(Math.min(fitting, 2 * pause), shortest, longest);
        return pause;
    }
}
