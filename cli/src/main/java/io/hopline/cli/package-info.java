/** The hopline command and the demo. */
@NullMarked
package io.hopline.cli;

import org.jspecify.annotations.NullMarked;
