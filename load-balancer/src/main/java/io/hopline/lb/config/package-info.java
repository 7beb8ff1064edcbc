/**
 * What may be said of an L7 service: its listeners, routes, policies and backends.
 *
 * <p>Records only, immutable. Each refuses what makes no sense with an {@link java.lang.IllegalArgumentException} that names the
 * field and what it must be, so that REST, YAML and command line need not check anything a second time.
 */
@NullMarked
package io.hopline.lb.config;

import org.jspecify.annotations.NullMarked;
