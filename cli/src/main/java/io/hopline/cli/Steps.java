package io.hopline.cli;

import java.io.PrintWriter;
import java.util.Locale;

/** Progress lines: what is being done, and how long it took. On a terminal a running step shows what it is at. */
final class Steps {
    private final PrintWriter out;
    private final boolean terminal;
    private final long startNs = System.nanoTime();

    /** Writes to {@code out}; {@code terminal} tells whether a line may be written over. */
    Steps(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Something that takes time and has a result. */
    @FunctionalInterface
    interface Step<T> {
        T run() throws Exception;
    }

    /** Runs a step between its progress lines; the line of one that fails says so. */
    <T> T step(String what, Step<T> step) throws Exception {
        long fromNs = System.nanoTime();
        if (terminal) {
            out.printf(Locale.ROOT, "  ...  %s", what);
            out.flush();
        }
        boolean done = false;
        try {
            T result = step.run();
            done = true;
            return result;
        } finally {
            double tookS = (System.nanoTime() - fromNs) / 1e9;
            String mark = done ? "done" : "FAILED";
            out.printf(Locale.ROOT, "%s  %s  %s (%.1f s)%n", terminal ? "\r\033[K" : "", mark, what, tookS);
            out.flush();
        }
    }

    /** Replaces the running step's line on a terminal; elsewhere nothing is written. */
    void at(String what) {
        if (terminal) {
            out.printf(Locale.ROOT, "\r\033[K  ...  %s", what);
            out.flush();
        }
    }

    double elapsedS() {
        return (System.nanoTime() - startNs) / 1e9;
    }
}
