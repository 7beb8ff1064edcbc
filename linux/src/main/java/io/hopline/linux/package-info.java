/** The kernel: the only module that makes foreign calls. */
@NullMarked
package io.hopline.linux;

import org.jspecify.annotations.NullMarked;
