package io.hopline.sla;

/** What became of a request that was seen, for a service's availability. */
public enum Outcome {
    ANSWERED("answered", true, "A response began; nothing said its status."),
    SUCCEEDED(
            "succeeded",
            true,
            "A server's response with a status below 500, by the word of our L7 proxy or of the server's access log."),
    SERVER_ERROR("server-error", false, "A server's response with a status of 500 or more, by the same word."),
    PROXY_REDIRECTED("proxy-redirected", true, "Our L7 proxy answered itself, with a status below 400."),
    PROXY_REFUSED(
            "proxy-refused",
            true,
            "Our L7 proxy answered itself, with a status from 400 to 499: a rate limit, a request that breaks a rule or"
                    + " that no route takes."),
    PROXY_ERROR(
            "proxy-error",
            false,
            "Our L7 proxy answered itself, with a status of 500 or more: no backend, or none that answered in time; or"
                    + " broke a backend's answer off that did not come to its end."),
    RESET("reset", false, "The server's side answered with a TCP reset."),
    /** None within {@link JoinerLimits#answerNs}. */
    NO_ANSWER("no-answer", false, "No response began in time.");

    private final String id;
    private final boolean good;
    private final String explanation;

    Outcome(String id, boolean good, String explanation) {
        this.id = id;
        this.good = good;
        this.explanation = explanation;
    }

    /** Of a server's response; 0 where its HTTP status is not known. */
    static Outcome of(int status) {
        return status == 0 ? ANSWERED : status < 500 ? SUCCEEDED : SERVER_ERROR;
    }

    /** Of an answer that the proxy made itself. */
    static Outcome ofProxy(int status) {
        return status < 400 ? PROXY_REDIRECTED : status < 500 ? PROXY_REFUSED : PROXY_ERROR;
    }

    /** The name in reports. */
    public String id() {
        return id;
    }

    /** What it means, in a sentence for a report's reader. */
    public String explanation() {
        return explanation;
    }

    /** Whether some source said the HTTP status. */
    public boolean statusKnown() {
        return this != ANSWERED && this != RESET && this != NO_ANSWER;
    }

    /** Whether the service was available to this request. */
    public boolean good() {
        return good;
    }
}
