/** The OpenFlow 1.3 codec with the Nicira extensions in use; switch and controller share it. */
@NullMarked
package io.hopline.openflow;

import org.jspecify.annotations.NullMarked;
