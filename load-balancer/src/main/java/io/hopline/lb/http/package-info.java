/**
 * HTTP messages as bytes, and what of them is refused (RFC 9110, RFC 9112, RFC 9113): heads, header fields, framing of bodies.
 *
 * <p>In: bytes of clients and backends. Out: {@link io.hopline.lb.http.RequestHead}, {@link io.hopline.lb.http.ResponseHead}, pieces
 * of bodies, or a {@link io.hopline.lb.http.Refusal}. Nothing here knows routes, backends or connections.
 *
 * <p>Threads: a parser belongs to one event loop and is used again for each message.
 */
@NullMarked
package io.hopline.lb.http;

import org.jspecify.annotations.NullMarked;
