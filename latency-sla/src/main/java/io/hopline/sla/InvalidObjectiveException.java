package io.hopline.sla;

/** An OpenSLO document that cannot be used; the message names the field and the reason. */
public final class InvalidObjectiveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String field;
    private final String reason;

    public InvalidObjectiveException(String field, String reason) {
        super(field + ": " + reason);
        this.field = field;
        this.reason = reason;
    }

    /** Path of the field in the document, such as {@code spec.objectives[0].target}. */
    public String field() {
        return field;
    }

    public String reason() {
        return reason;
    }
}
