/**
 * Whether a backend is alive.
 *
 * <p>In: a list of checks. Out: a call of the {@link io.hopline.lb.health.HealthListener} for each change, with hysteresis.
 *
 * <p>Threads: a {@link io.hopline.lb.health.HealthChecker} owns one thread, on which the listener is called and all sockets are
 * served. Limits: 4,096 checks per checker.
 */
@NullMarked
package io.hopline.lb.health;

import org.jspecify.annotations.NullMarked;
