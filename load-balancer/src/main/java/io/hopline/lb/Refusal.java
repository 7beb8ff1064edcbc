package io.hopline.lb;

import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * An answer of the proxy's own.
 *
 * @param status what goes on the status line
 * @param reason one short sentence for the body, about what is wrong
 */
record Refusal(HttpResponseStatus status, String reason) {}
