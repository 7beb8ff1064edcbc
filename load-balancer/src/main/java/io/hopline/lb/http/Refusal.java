package io.hopline.lb.http;

import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * An answer of the proxy's own.
 *
 * @param status what goes on the status line
 * @param reason one short sentence for the body, about what is wrong
 * @param field name of a header field that goes with it, in lower case; empty for none
 * @param value that field's value
 */
public record Refusal(HttpResponseStatus status, String reason, String field, String value) {
    /** Without a header field of its own. */
    public Refusal(HttpResponseStatus status, String reason) {
        this(status, reason, "", "");
    }

    /** The answer's body: a line of ASCII. */
    public String text() {
        return status + ": " + reason + "\n";
    }

    /** The answer's head, to be followed by the text unless a HEAD is answered. */
    public ResponseHead head(boolean toHead) {
        HeaderFields fields = new HeaderFields(128);
        int length = text().length();
        fields.add("content-type", "text/plain; charset=utf-8");
        fields.add("content-length", Integer.toString(length));
        if (!field.isEmpty()) {
            fields.add(field, value);
        }
        ResponseHead.Framing framing = toHead ? ResponseHead.Framing.NONE : ResponseHead.Framing.SIZED;
        return new ResponseHead(status.code(), status.reasonPhrase(), fields, framing, length, true);
    }
}
