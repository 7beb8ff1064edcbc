package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts as the kernel prints them; proc(5). */
class ProcFilesTest {
    private static final String NET_DEV = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:  840      10    0    0    0     0          0         0      840      10    0    0    0     0       0          0
              eth0: 123456  1200    1   17    0     0          0         0   654321    1300    2   23    0     0       0          0
             eth00:     1      2    3    4    5     6          7         8        9      10   11   12   13    14      15         16
            """;

    @Test
    void stealIsTheEighthFigureOfAllProcessors() {
        assertThat(ProcFiles.stealNs(
                        "cpu  3605617 88775 1190249 1696554 25296 0 96322 4626 7 8\ncpu0 1 2 3 4 5 6 7 99 9 9\n"))
                .isEqualTo(46_260_000_000L);
        assertThat(ProcFiles.stealNs("cpu  1 2 3 4\n")).isZero();
        assertThat(ProcFiles.stealNs("")).isZero();
    }

    @Test
    void aTasksTimesAreTheFirstTwo() {
        assertThat(ProcFiles.schedStat("147839 111757 2\n")).isEqualTo(new ProcFiles.SchedStat(147_839, 111_757));
        assertThat(ProcFiles.schedStat("")).isEqualTo(new ProcFiles.SchedStat(0, 0));
    }

    @Test
    void preemptionsAreTheSwitchesThatWereNotVoluntary() {
        assertThat(ProcFiles.preempted("Name:\tx\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t42\n"))
                .isEqualTo(42);
        assertThat(ProcFiles.preempted("Name:\tx\n")).isZero();
    }

    @Test
    void aDevicesDropsAreItsOwn() {
        assertThat(ProcFiles.drops(NET_DEV, "eth0")).hasValue(new ProcFiles.Drops(17, 23));
        assertThat(ProcFiles.drops(NET_DEV, "eth00")).hasValue(new ProcFiles.Drops(4, 12));
    }

    @ParameterizedTest
    @ValueSource(strings = {"eth", "th0", "eth1", ""})
    void aDeviceThatIsNotThereHasNone(String device) {
        assertThat(ProcFiles.drops(NET_DEV, device)).isEmpty();
    }
}
