/**
 * Which backend a new connection goes to when nothing is known of it but its hash.
 *
 * <p>In: the names and weights of backends. Out: {@link io.hopline.lb.Maglev}, a bucket for a flow hash, which the L4 services of the
 * switch and the hashing routes of the proxy share, and {@link io.hopline.lb.Disruption}, what a change of backends moves.
 *
 * <p>Threads: all is immutable and any thread reads it. Limits: 65,537 or 655,373 entries, a hundredth of that in backends.
 *
 * <p>The rooms beside this one: {@link io.hopline.lb.health}; {@link io.hopline.lb.config}, what may be said of an L7 service;
 * {@link io.hopline.lb.proxy}, which serves it. {@code http}, {@code route} and {@code tls} are the proxy's own.
 */
@NullMarked
package io.hopline.lb;

import org.jspecify.annotations.NullMarked;
