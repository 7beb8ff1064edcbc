package io.hopline.cli;

/** Ends a command with a message for its user; the message names what was wrong and, where it can, what to do. */
public final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitCode;

    private CliException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** Something that was rightly asked for did not work: exit code 1. */
    public static CliException failed(String message) {
        return new CliException(1, message);
    }

    /** What was asked for cannot be: exit code 2. */
    public static CliException badInput(String message) {
        return new CliException(2, message);
    }

    /** What the process ends with. */
    public int exitCode() {
        return exitCode;
    }
}
