package io.hopline.sla;

/** What became of a request that was seen, for a service's availability. */
public enum Outcome {
    /** A response began; nothing said its status. */
    ANSWERED("answered", true),
    /** A response with a status below 500, by the word of our L7 proxy or of the server's access log. */
    SUCCEEDED("succeeded", true),
    /** A response with a status of 500 or more, by the same word. */
    SERVER_ERROR("server-error", false),
    /** The server's side answered with a TCP reset. */
    RESET("reset", false),
    /** No response began within {@link JoinerLimits#answerNs}. */
    NO_ANSWER("no-answer", false);

    private final String id;
    private final boolean good;

    Outcome(String id, boolean good) {
        this.id = id;
        this.good = good;
    }

    /** The name in reports. */
    public String id() {
        return id;
    }

    /** Whether some source said the HTTP status. */
    public boolean statusKnown() {
        return this == SUCCEEDED || this == SERVER_ERROR;
    }

    /** Whether the service was available to this request. */
    public boolean good() {
        return good;
    }
}
