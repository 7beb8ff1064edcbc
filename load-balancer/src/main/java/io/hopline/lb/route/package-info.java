/**
 * Where a request may go: which route it matches, whether its limits let it in, which backend's turn it is.
 *
 * <p>In: the configuration and the health of backends, compiled to a {@link io.hopline.lb.route.RoutingTable} that all event loops
 * read; the fields of a request ({@link io.hopline.lb.http.FieldReader}). Out: a route, and a backend by a
 * {@link io.hopline.lb.route.Balancer}.
 *
 * <p>Threads: a table is immutable but for its rate limits, which all loops share; balancers, loads and outlier detectors belong to
 * one event loop. Limits: 65,536 clients in the buckets of a route's rate limit.
 */
@NullMarked
package io.hopline.lb.route;

import org.jspecify.annotations.NullMarked;
