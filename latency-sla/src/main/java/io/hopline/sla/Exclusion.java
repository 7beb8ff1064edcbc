package io.hopline.sla;

/** Why something that was seen did not become a {@link RequestTrace}; each has a counter. */
public enum Exclusion {
    /** The request's or the response's key byte passed one place twice. */
    RETRANSMISSION(
            "retransmission",
            "A segment that began or ended a request or response, or a datagram, was sent again, so that its stamps "
                    + "belong to two sendings."),
    /** A response whose request was seen nowhere, such as one under way when timing began. */
    REQUEST_NOT_SEEN(
            "request-not-seen",
            "A response whose request no host noted: under way when timing began, or a request whose "
                    + "end its sender did not mark with PSH."),
    /** The client sent this request before the last was answered. */
    PIPELINED(
            "pipelined",
            "The client sent the request before the one before it was answered, so that it waited for that, too."),
    /** A flight of a TLS handshake. */
    TLS_HANDSHAKE("tls-handshake", "The client's part of a TLS handshake, which looks like a request and is none."),
    /** A receiver took no more data while the request was open. */
    ZERO_WINDOW(
            "zero-window",
            "The guest or the client had closed its TCP window while the request was open: its program did not read, and"
                    + " the time is that program's."),
    /** The response's first byte was seen nowhere. */
    RESPONSE_START_NOT_SEEN("response-start-not-seen", "The response's first byte was seen nowhere."),
    /** A client asked by datagrams that do not say what they answer, and did not wait for the answer. */
    OVERLAPPING(
            "overlapping",
            "A datagram that came while its client waited for more than one answer, and that does not say which of "
                    + "them it is."),
    /** The first stamp of the request or the last stamp of the response is missing. */
    ENDS_NOT_SEEN("ends-not-seen", "The stamp where the request entered or where its response left is missing."),
    /** Stamps of one clock ran backwards. */
    CLOCK_BACKWARDS(
            "clock-backwards", "Stamps of one clock ran backwards: the clock was set, or stamps were mixed up."),
    /** Requests of our own making: health checks, and a proxy's backend requests that no front request claimed. */
    INTERNAL(
            "internal",
            "Requests of our own making: health checks, and a proxy's requests to backends that "
                    + "belong to no client's."),
    /** A published service's request to a backend, of which only the proxy told. */
    BACKEND_NOT_SEEN(
            "backend-not-seen",
            "A request to where a service is published on its host, of which no stamp on the way to the backend was"
                    + " found: the response took seconds to write, or samples were lost."),
    /** No measured service has the endpoints this connection showed. */
    UNKNOWN_SERVICE(
            "unknown-service",
            "The connection's addresses belong to no service that is timed, such as one deleted " + "meanwhile.");

    private final String id;
    private final String explanation;

    Exclusion(String id, String explanation) {
        this.id = id;
        this.explanation = explanation;
    }

    /** The name in reports. */
    public String id() {
        return id;
    }

    /** What it means, in a sentence for a report's reader. */
    public String explanation() {
        return explanation;
    }
}
