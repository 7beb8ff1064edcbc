/**
 * The L7 proxy: clients' connections, backends' connections, and the exchanges between them.
 *
 * <p>In: a {@link io.hopline.lb.config.ProxyConfig}, and which backends are healthy. Out: proxied HTTP/1.1 and 2, the phases of each
 * timed request ({@link io.hopline.lb.proxy.PhaseListener}), counters, a line of access log.
 *
 * <p>Threads: an {@link io.hopline.lb.proxy.HttpProxy} owns its event loops; a connection, its backend connection and the pool it
 * came from stay on one loop, so none of them takes a lock; what a loop learns of backends, it learns for itself
 * ({@link io.hopline.lb.proxy.LoopRoutes}). Configuration and health come in as immutable snapshots.
 *
 * <p>Limits: connections, waiting requests and header sizes as {@link io.hopline.lb.config.ProxySettings} says; 16,384 lines that
 * wait for the access log. The proxy speaks HTTP/1.0, 1.1 and 2 to clients, in clear text or by TLS, passes WebSockets on and
 * refuses CONNECT.
 */
@NullMarked
package io.hopline.lb.proxy;

import org.jspecify.annotations.NullMarked;
