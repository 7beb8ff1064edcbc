/**
 * Which backend a connection or a request goes to, and whether that backend is alive.
 *
 * <p>In: the names and weights of backends ({@link io.hopline.lb.Maglev}), a list of checks
 * ({@link io.hopline.lb.HealthChecker}), the routes of an L7 service ({@link io.hopline.lb.HttpProxy}). Out: a bucket for
 * a flow hash, a call for every change of health, proxied HTTP/1.1 and the phases of each request.
 *
 * <p>Threads: a {@code Maglev} is immutable and any thread reads it. A {@code HealthChecker} owns one thread, on which
 * the listener is called. An {@code HttpProxy} owns its event loops; a connection, its backend connection and the pool it
 * came from stay on one loop, so none of them takes a lock; what a loop learns of backends, it learns for itself
 * ({@link io.hopline.lb.LoopRoutes}). Configuration and health come in as immutable snapshots.
 *
 * <p>Limits: 65,537 table entries and 655 backends in a Maglev table; 4,096 checks per checker; connections, waiting
 * requests and header sizes of a proxy as {@link io.hopline.lb.ProxySettings} says; 65,536 clients in the buckets of a
 * route's rate limit; 16,384 lines that wait for the access log. The proxy speaks HTTP/1.0,
 * 1.1 and 2 to clients, in clear text or by TLS, passes WebSockets on and refuses CONNECT.
 */
@NullMarked
package io.hopline.lb;

import org.jspecify.annotations.NullMarked;
