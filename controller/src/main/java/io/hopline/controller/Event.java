package io.hopline.controller;

/**
 * Something that happened.
 *
 * @param seq 1 for the first since the controller started, one more for each
 * @param atMs CLOCK_REALTIME milliseconds
 * @param kind what sort of thing, {@code backend-down}
 * @param subject what it happened to, {@code web/web2}
 * @param text for people, one line
 */
record Event(long seq, long atMs, Level level, String kind, String subject, String text) {
    /** Whether somebody should look. */
    enum Level {
        INFO,
        WARN,
        BAD
    }
}
