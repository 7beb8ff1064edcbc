package io.hopline.controller;

/** A request that the state refuses: which field of it is wrong, and why. */
public final class StateException extends RuntimeException {
    /** How the request fails; {@link #status()} is the HTTP status it becomes. */
    public enum Kind {
        /** The request itself makes no sense. */
        INVALID(400),
        /** It names something that does not exist. */
        UNKNOWN(404),
        /** It contradicts what exists. */
        CONFLICT(409),
        /** What it needs is not there at the moment. */
        UNAVAILABLE(503);

        private final int status;

        Kind(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }
    }

    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final String field;
    private final String reason;

    private StateException(Kind kind, String field, String reason) {
        super(field + ": " + reason);
        this.kind = kind;
        this.field = field;
        this.reason = reason;
    }

    public static StateException invalid(String field, String reason) {
        return new StateException(Kind.INVALID, field, reason);
    }

    public static StateException unknown(String field, String reason) {
        return new StateException(Kind.UNKNOWN, field, reason);
    }

    public static StateException conflict(String field, String reason) {
        return new StateException(Kind.CONFLICT, field, reason);
    }

    public static StateException unavailable(String field, String reason) {
        return new StateException(Kind.UNAVAILABLE, field, reason);
    }

    public Kind kind() {
        return kind;
    }

    /** The same, the field's name with the place in front where it says not yet what it is a field of. */
    StateException within(String place) {
        return field.startsWith(place) ? this : new StateException(kind, place + field, reason);
    }

    /** Name of the request's field, dotted when nested: {@code check.intervalMs}. */
    public String field() {
        return field;
    }

    public String reason() {
        return reason;
    }
}
