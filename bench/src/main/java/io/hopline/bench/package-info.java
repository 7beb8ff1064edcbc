/**
 * Measurements: JMH benchmarks of the pieces a frame meets on its way. In: nothing but the modules themselves. Out: figures
 * on standard output. Run with {@code ./hopline bench [JMH options]}; figures of different machines, or of one machine at
 * different times, do not compare.
 */
package io.hopline.bench;
