package io.hopline.openflow;

/** Something that OpenFlow 1.3 forbids, with the error the specification gives it; its message says what was wrong. */
public final class OpenFlowException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final OpenFlowError error;

    public OpenFlowException(OpenFlowError error, String message) {
        super(message);
        this.error = error;
    }

    public OpenFlowError error() {
        return error;
    }

    @Override
    public String toString() {
        return "OpenFlow error " + error + ": " + getMessage();
    }
}
