/** One host's daemon: worker, ports and the assembly of the rest. */
@NullMarked
package io.hopline.node;

import org.jspecify.annotations.NullMarked;
