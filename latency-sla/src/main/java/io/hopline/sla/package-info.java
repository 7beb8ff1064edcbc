/** Hops, clocks, sampling, histograms, objectives and reports. */
@NullMarked
package io.hopline.sla;

import org.jspecify.annotations.NullMarked;
