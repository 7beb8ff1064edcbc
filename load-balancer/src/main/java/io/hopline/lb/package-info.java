/** Maglev, health checks and the L7 proxy. */
@NullMarked
package io.hopline.lb;

import org.jspecify.annotations.NullMarked;
