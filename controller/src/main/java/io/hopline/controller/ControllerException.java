package io.hopline.controller;

/** The controller cannot start or go on; the message says why in one line. */
public final class ControllerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ControllerException(String message) {
        super(message);
    }

    public ControllerException(String message, Throwable cause) {
        super(message, cause);
    }
}
