package io.hopline.sla;

/** Which way a measured frame travels: from the client to the service, or back. */
public enum Direction {
    REQUEST("request"),
    RESPONSE("response");

    private final String id;

    Direction(String id) {
        this.id = id;
    }

    /** The word in reports. */
    public String id() {
        return id;
    }
}
