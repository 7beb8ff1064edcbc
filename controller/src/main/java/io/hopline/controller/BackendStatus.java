package io.hopline.controller;

import java.util.Locale;

/** Whether a backend gets new connections. */
public enum BackendStatus {
    /** Its last checks succeeded. */
    HEALTHY(true),
    /** Its service has no check. */
    UNCHECKED(true),
    /** Attached, and no check has reported yet: it is trusted until one fails. */
    UNKNOWN(true),
    UNHEALTHY(false),
    /** Somebody is taking it out; established connections stay. */
    DRAINING(false),
    /** It was taken away and is gone when its last connection is. */
    LEAVING(false),
    /** Its vNIC is on no host. */
    DETACHED(false);

    private final boolean available;

    BackendStatus(boolean available) {
        this.available = available;
    }

    public boolean available() {
        return available;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
