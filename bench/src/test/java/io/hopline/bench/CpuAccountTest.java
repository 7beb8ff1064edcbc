package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CpuAccountTest {
    @Test
    void readsTheKernelsFiles() {
        assertThat(CpuAccount.runNs("123456789 42 7\n")).isEqualTo(123_456_789);
        // user, nice, system, irq and softirq; neither idle, iowait nor steal.
        assertThat(CpuAccount.busyNs("cpu  1 2 4 800 1600 8 16 3200 0 0\ncpu0 1 2 4 800 1600 8 16 3200 0 0\n"))
                .isEqualTo(31 * 10_000_000L);
    }

    @Test
    void sharesAreProcessorsAndTheRestIsOthers() {
        var before = new CpuAccount(0, 0, 0, 0, 0, 0, 0);
        var after = new CpuAccount(1_000, 300, 50, 400, 200, 10, 1_500);
        CpuShares shares = after.since(before);
        assertThat(shares).isEqualTo(new CpuShares(0.3, 0.05, 0.4, 0.2, 0.01, 0.54));
        assertThat(shares.vswitch()).isEqualTo(0.35);
        assertThat(shares.hosting()).isEqualTo(0.75);
    }

    @Test
    void whatAThreadTookWithItIsNotNegative() {
        assertThat(new CpuAccount(1_000, 0, 0, 0, 0, 0, 0)
                        .since(new CpuAccount(0, 0, 500, 0, 0, 0, 0))
                        .node())
                .isZero();
    }

    @Test
    void seesTimeThatAProcessUses() throws Exception {
        long self = ProcessHandle.current().pid();
        var pids = new CpuAccount.Pids(self, List.of(self), List.of(), self);
        CpuAccount before = CpuAccount.of(pids);
        long until = System.nanoTime() + 30_000_000;
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        CpuAccount after = CpuAccount.of(pids);
        assertThat(after.nodeNs()).isGreaterThan(before.nodeNs());
        assertThat(after.guestsNs()).isGreaterThan(before.guestsNs());
        assertThat(after.workersNs()).isEqualTo(before.workersNs());
    }
}
