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
}
