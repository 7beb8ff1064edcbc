/** The tunnel between hosts: VXLAN over UDP. */
@NullMarked
package io.hopline.overlay;

import org.jspecify.annotations.NullMarked;
