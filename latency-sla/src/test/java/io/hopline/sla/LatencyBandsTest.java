package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatencyBandsTest {
    private static final Series NGINX = Series.of(Hop.NGINX, Direction.REQUEST, "a");
    private static final Series NIC = Series.of(Hop.HOST_NIC, Direction.REQUEST, "a");

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 15, 16, 17, 31, 32, 33, 1_000, 123_456_789, Long.MAX_VALUE / 2, Long.MAX_VALUE})
    void aStepHoldsItsTimesAndIsNarrow(long ns) {
        int step = LatencyStep.of(ns);
        assertThat(ns).isBetween(LatencyStep.startNs(step), LatencyStep.endNs(step));
        assertThat(LatencyStep.of(LatencyStep.startNs(step))).isEqualTo(step);
        assertThat(LatencyStep.of(LatencyStep.endNs(step))).isEqualTo(step);
        assertThat((double) LatencyStep.endNs(step))
                .isLessThanOrEqualTo(LatencyStep.startNs(step) * (1 + 1.0 / LatencyStep.PER_OCTAVE));
    }

    /** 980 fast requests whose time is mostly the network's, and 20 slow ones whose time is the server's. */
    private static LatencyBands bands() {
        LatencyBands bands = new LatencyBands();
        LongStream.range(0, 980).forEach(i -> bands.record(HopHistogramsTest.trace("web1", false, i, 5_000), 1));
        LongStream.range(0, 20).forEach(i -> bands.record(HopHistogramsTest.trace("web2", false, i, 9_000_000), 1));
        return bands;
    }

    private static double share(LatencyBands.Band band, Series hop) {
        return (double) band.sums().hops().getOrDefault(hop, 0L) / band.sums().endToEndNs();
    }

    @Test
    void theSlowBlameWhatMadeThemSlow() {
        LatencyBands.Band slow = bands().slowest(0.01);
        assertThat(slow.sums().count()).isEqualTo(20);
        assertThat(share(slow, NGINX)).isGreaterThan(0.99);
        assertThat(slow.sums().backends()).isEqualTo(Map.of(new HopHistograms.Backend("web", "web2"), 20L));
        LatencyBands.Band middle = bands().middle(0.45, 0.55);
        assertThat(middle.sums().count()).isEqualTo(980);
        assertThat(share(middle, NGINX)).isLessThan(0.2);
        assertThat(share(middle, NIC)).isBetween(0.38, 0.39);
    }

    @Test
    void hopsAndUnattributedAddUpToEndToEndInEveryBand() {
        LatencyBands bands = new LatencyBands();
        for (int i = 0; i < 5_000; i++) {
            bands.record(HopHistogramsTest.trace("web" + i % 3, i % 2 == 0, i, 7_001L * i + i % 97), 1);
        }
        for (LatencyBands.Band band :
                new LatencyBands.Band[] {bands.all(), bands.slowest(0.1), bands.slowest(0.001), bands.middle(0.45, 0.55)
                }) {
            LatencyBands.Sums sums = band.sums();
            long hops = sums.hops().values().stream().mapToLong(ns -> ns).sum();
            assertThat(hops + sums.unattributedNs()).isEqualTo(sums.endToEndNs());
            assertThat(sums.backends().values().stream().mapToLong(n -> n).sum())
                    .isEqualTo(sums.count());
            assertThat(sums.endToEndNs() / sums.count()).isBetween(band.fromNs(), band.toNs());
        }
        assertThat(bands.all().sums().count()).isEqualTo(5_000);
        assertThat(bands.slowest(0.1).sums().count()).isBetween(350L, 650L);
        assertThat(bands.slowest(1e-9).sums().count()).isPositive();
    }

    @Test
    void whatFindsNoRoomIsUnattributed() {
        LatencyBands.Sums sums = new LatencyBands.Sums();
        sums.addRequests(1, 1_000_000, 0);
        for (int host = 0; host < LatencyBands.MAX_SERIES + 5; host++) {
            sums.addHop(Series.of(Hop.VSWITCH, Direction.REQUEST, "h" + host), 10);
        }
        assertThat(sums.hops()).hasSize(LatencyBands.MAX_SERIES);
        assertThat(sums.unattributedNs()).isEqualTo(50);
    }

    @Test
    void emptyBandsAreEmpty() {
        LatencyBands bands = new LatencyBands();
        assertThat(bands.slowest(0.01).sums().count()).isZero();
        assertThat(bands.middle(0.4, 0.6).sums().count()).isZero();
        assertThat(bands.all().toNs()).isZero();
    }
}
