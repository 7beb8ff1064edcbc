/**
 * Measurements: JMH benchmarks of the pieces a frame meets on its way. In: nothing but the modules themselves. Out: figures
 * on standard output, from JMH's own {@code org.openjdk.jmh.Main} with this module on the class path. Figures of different
 * machines, or of one machine at different times, do not compare.
 */
package io.hopline.bench;
