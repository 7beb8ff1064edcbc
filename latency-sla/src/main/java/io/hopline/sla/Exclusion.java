package io.hopline.sla;

/** Why something that was seen did not become a {@link RequestTrace}; each has a counter. */
public enum Exclusion {
    /** The request's or the response's key byte passed one place twice. */
    RETRANSMISSION("retransmission"),
    /** A response whose request was seen nowhere, such as one under way when timing began. */
    REQUEST_NOT_SEEN("request-not-seen"),
    /** The response's first byte was seen nowhere, or the client pipelined its requests. */
    RESPONSE_START_NOT_SEEN("response-start-not-seen"),
    /** The first stamp of the request or the last stamp of the response is missing. */
    ENDS_NOT_SEEN("ends-not-seen"),
    /** Stamps of one clock ran backwards. */
    CLOCK_BACKWARDS("clock-backwards"),
    /** Requests of our own making: health checks, and a proxy's backend requests that no front request claimed. */
    INTERNAL("internal"),
    /** No measured service has the endpoints this connection showed. */
    UNKNOWN_SERVICE("unknown-service");

    private final String id;

    Exclusion(String id) {
        this.id = id;
    }

    /** The name in reports. */
    public String id() {
        return id;
    }
}
