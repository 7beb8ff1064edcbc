/** JMH benchmarks, end-to-end runs and the peers on the same rig. */
@NullMarked
package io.hopline.bench;

import org.jspecify.annotations.NullMarked;
