package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SoakLedgerTest {
    private static final String METRICS = """
            # TYPE hopline_port_rx_frames_total counter
            hopline_port_rx_frames_total{kind="vnic",node="a",port="g1"} 100.0
            hopline_port_rx_frames_total{kind="tunnel",node="a",port="vxlan0"} 1.0E7
            hopline_port_tx_frames_total{kind="vnic",node="a",port="g1"} 9999990.0
            hopline_port_tx_frames_total{kind="tunnel",node="a",port="vxlan0"} 95.0
            hopline_port_drops_total{kind="vnic",node="a",port="g1",reason="no_port"} %d.0
            hopline_port_drops_total{kind="vnic",node="a",port="g1",reason="pool_empty"} 7.0
            hopline_port_drops_total{kind="vnic",node="a",port="g1",reason="fragmentation_needed"} 2.0
            hopline_switch_drops_total{node="a",reason="no_port"} 9.0
            hopline_switch_drops_total{node="a",reason="pool_empty"} 3.0
            hopline_switch_drops_total{node="a",reason="fragmentation_needed"} 2.0
            hopline_pool_free_frames{node="a"} %d.0
            hopline_pool_frames{node="a"} 2048.0
            """;

    /** In 10,000,100, refused 4, copied 5, made 2 ICMP errors; out 10,000,085; dropped 17 + 7 + 2. */
    @Test
    void balancesWhenEveryFrameWentOutOrWasDropped() {
        SoakLedger book = SoakLedger.parse(METRICS.formatted(17, 2048), 5);
        assertThat(book.missing()).isZero();
        assertThat(book.leakedSlots()).isZero();
        assertThat(book.refused()).isEqualTo(4);
        assertThat(book.table("a")).contains("10,000,100", "no_port=17").doesNotContain("MUST");
    }

    @Test
    void showsAFrameAndASlotThatAreGone() {
        SoakLedger book = SoakLedger.parse(METRICS.formatted(16, 2047), 5);
        assertThat(book.missing()).isEqualTo(1);
        assertThat(book.leakedSlots()).isEqualTo(1);
        assertThat(book.table("a")).containsPattern("unaccounted for +1  MUST BE 0");
    }
}
