/** A guest's cable: a TAP held here, or a TAP held by a VMM. */
@NullMarked
package io.hopline.vnic;

import org.jspecify.annotations.NullMarked;
