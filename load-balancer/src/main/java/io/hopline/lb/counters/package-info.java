/**
 * What a proxy has done: for each backend and each route ({@link io.hopline.lb.counters.BackendTally}), and as a whole
 * ({@link io.hopline.lb.counters.ProxyTally}).
 *
 * <p>Threads: every event loop adds to a tally without a lock; any thread reads the counters, which are snapshots.
 */
@NullMarked
package io.hopline.lb.counters;

import org.jspecify.annotations.NullMarked;
