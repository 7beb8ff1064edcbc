/**
 * Measurements, {@code hopline bench}: Hopline and its peers side by side on one machine, and JMH benchmarks of the pieces a
 * frame meets on its way.
 *
 * <p>In: a command line. Out: medians, ranges and ratios as table, JSON, Markdown and SVG. A {@link Campaign} gives every
 * {@link Contender} its turn on a {@link Rig} of its own, round after round, and puts it to each {@link Measure}. One thread
 * does all of it; what makes load are processes inside the guests. Figures of different machines, or of one machine at
 * different times, do not compare: that is why peers run interleaved.
 *
 * <p>{@link Soak} measures nothing but whether the books balance: two nodes in this process, {@link SoakLoad} on them, and a
 * {@link SoakLedger} of each switch every minute.
 */
@NullMarked
package io.hopline.bench;

import org.jspecify.annotations.NullMarked;
