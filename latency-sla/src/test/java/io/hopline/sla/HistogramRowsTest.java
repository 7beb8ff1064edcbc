package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class HistogramRowsTest {
    @Test
    void bucketsAreThoseOfHdrHistogram() {
        Random random = new Random(1);
        Histogram known = new Histogram(3);
        known.setAutoResize(true);
        SparseHistogram sparse = new SparseHistogram();
        for (int i = 0; i < 20_000; i++) {
            long value = random.nextLong() >>> 1 + random.nextInt(63);
            assertThat(SparseHistogram.value(SparseHistogram.index(value)))
                    .isEqualTo(known.lowestEquivalentValue(value));
            if (value < 1L << 45) {
                known.recordValue(value);
                sparse.record(value, 1);
            }
        }
        for (double percentile : new double[] {0, 1, 50, 90, 99, 99.9, 99.99, 100}) {
            assertThat(sparse.toHistogram().getValueAtPercentile(percentile))
                    .isEqualTo(known.getValueAtPercentile(percentile));
        }
        assertThat(sparse.toHistogram().getMaxValue()).isEqualTo(known.getMaxValue());
        assertThat(sparse.toHistogram().getTotalCount()).isEqualTo(known.getTotalCount());
        assertThat(SparseHistogram.index(Long.MAX_VALUE)).isEqualTo(SparseHistogram.MAX_INDEX);
    }

    @Test
    void rowsComeBackAsTheyWere() {
        HopHistograms written = new HopHistograms();
        for (int i = 0; i < 2_000; i++) {
            written.record(HopHistogramsTest.trace(i % 3 == 0 ? "web1" : "web2", i % 3 != 0, i, 50_000L + i * 997L));
        }
        written.record(Outcome.ANSWERED, 2_000);
        written.record(Outcome.NO_ANSWER, 3);
        HopHistograms read = HistogramRows.decode(HistogramRows.encode(written));
        assertThat(read.hops()).isEqualTo(written.hops());
        assertThat(read.hosts()).isEqualTo(written.hosts());
        for (Series series : written.hops()) {
            assertThat(Percentiles.of(read.get(series))).isEqualTo(Percentiles.of(written.get(series)));
        }
        for (Series series :
                List.of(Series.END_TO_END, Series.VIRTUAL_NETWORK_SHARE, Series.of(Hop.NGINX, null, null))) {
            assertThat(Percentiles.of(read.get(series))).isEqualTo(Percentiles.of(written.get(series)));
        }
        assertThat(read.flags()).isEqualTo(written.flags());
        assertThat(read.outcomes()).isEqualTo(Map.of(Outcome.ANSWERED, 2_000L, Outcome.NO_ANSWER, 3L));
        assertThat(read.backends().keySet()).isEqualTo(written.backends().keySet());
        assertThat(read.paths().keySet()).isEqualTo(written.paths().keySet());
        assertThat(ReportFigures.typical(read)).isEqualTo(ReportFigures.typical(written));
    }

    @Test
    void damageIsNoticedUnlessItChangesNothing() {
        HopHistograms histograms = new HopHistograms();
        for (int i = 0; i < 100; i++) {
            histograms.record(HopHistogramsTest.trace("web1", true, i, 50_000L + i * 997L));
        }
        byte[] row = HistogramRows.encode(histograms);
        int unnoticed = 0;
        for (int at = 0; at < row.length; at++) {
            byte[] damaged = row.clone();
            damaged[at] ^= 0x10;
            try {
                // The last bits of the last deflated byte mean nothing.
                assertThat(Percentiles.of(HistogramRows.decode(damaged).get(Series.END_TO_END)))
                        .isEqualTo(Percentiles.of(histograms.get(Series.END_TO_END)));
                unnoticed++;
            } catch (IllegalArgumentException noticed) {
                assertThat(noticed).hasMessageNotContaining("null");
            }
            byte[] cut = Arrays.copyOf(row, at);
            assertThatThrownBy(() -> HistogramRows.decode(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(unnoticed).isLessThanOrEqualTo(1);
    }
}
