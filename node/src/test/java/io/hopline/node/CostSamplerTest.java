package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import io.hopline.sla.HostCost;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real worker's time, shared out over ports whose counters the test moves. */
@Timeout(60)
class CostSamplerTest {
    private static final long BUSY_NS = 100_000_000;

    private final WorkerRig rig = new WorkerRig();
    private final List<SwitchPorts.Plugged> plugged = new ArrayList<>();

    /** A cable that only counts. */
    private record CountedPort(String name, Kind kind, PortCounters counters) implements Port {
        @Override
        public MacAddress mac() {
            return new MacAddress(0x0200_0000_0001L);
        }

        @Override
        public int mtu() {
            return 1500;
        }

        @Override
        public boolean isUp() {
            return true;
        }

        @Override
        public int readinessFd() {
            return -1;
        }

        @Override
        public int receive(FramePool pool, Batch into) {
            return 0;
        }

        @Override
        public void transmit(Frame frame) {
            frame.release();
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @BeforeEach
    void needsAKernelThatCounts() {
        assumeTrue(Files.exists(Path.of("/proc/self/schedstat")), "needs a kernel that counts tasks' time");
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    /** Keeps the worker on a processor for so long of its own time. */
    private static void burn(Worker worker) {
        worker.execute(() -> {
                    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                    long endNs = threads.getCurrentThreadCpuTime() + BUSY_NS;
                    while (threads.getCurrentThreadCpuTime() < endNs) {
                        Thread.onSpinWait();
                    }
                })
                .join();
    }

    private PortCounters plug(String name, Port.Kind kind) {
        PortCounters counters = new PortCounters();
        plugged.add(new SwitchPorts.Plugged(
                plugged.size() + 1, List.of(new CountedPort(name, kind, counters)), Optional.empty()));
        return counters;
    }

    /** Batches of four frames of 1 KB. */
    private static void receive(PortCounters counters, int batches) {
        for (int i = 0; i < batches; i++) {
            counters.received(4, 4096);
        }
    }

    private static HostCost.Guest guest(HostCost cost, String name) {
        return cost.guests().stream()
                .filter(guest -> guest.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing of " + name + " in " + cost));
    }

    @Test
    void aWorkersTimeGoesByWhatItDidForEachGuest() {
        Worker worker = rig.worker();
        PortCounters busy = plug("busy", Port.Kind.VNIC);
        PortCounters calm = plug("calm", Port.Kind.VNIC);
        plug("silent", Port.Kind.VNIC);
        receive(busy, 1_000);
        CostSampler sampler = new CostSampler(List.of(worker), () -> plugged);

        receive(busy, 300);
        receive(calm, 100);
        burn(worker);
        HostCost cost = sampler.sample();

        assertThat(cost.workersNs()).isGreaterThanOrEqualTo(BUSY_NS);
        assertThat(cost.processNs()).isGreaterThanOrEqualTo(BUSY_NS / 2);
        assertThat(cost.residentBytes()).isGreaterThan(1 << 20);
        assertThat(cost.vnics()).isEqualTo(3);
        assertThat(cost.guests()).extracting(HostCost.Guest::name).containsExactly("busy", "calm");
        assertThat(guest(cost, "busy").frames()).isEqualTo(1_200);
        assertThat(guest(cost, "busy").cpuNs())
                .isCloseTo(3 * guest(cost, "calm").cpuNs(), within(10L));
        assertThat(guest(cost, "busy").cpuNs() + guest(cost, "calm").cpuNs()).isCloseTo(cost.workersNs(), within(10L));
        assertThat(sampler.cpuNs("busy")).isEqualTo(guest(cost, "busy").cpuNs());
        assertThat(sampler.cpuNs("silent")).isZero();
    }

    @Test
    void whatTheUplinkTookForAGuestIsTheGuestsButAFloodIsNobodys() {
        Worker worker = rig.worker();
        PortCounters web = plug("web", Port.Kind.VNIC);
        PortCounters uplink = plug("eth0", Port.Kind.UPLINK);
        CostSampler sampler = new CostSampler(List.of(worker), () -> plugged);
        receive(web, 100);
        receive(uplink, 100);
        burn(worker);
        HostCost forGuests = sampler.sample();
        assertThat(guest(forGuests, "web").cpuNs()).isCloseTo(forGuests.workersNs(), within(10L));

        receive(web, 100);
        receive(uplink, 1_900);
        burn(worker);
        HostCost flooded = sampler.sample();
        assertThat((double) guest(flooded, "web").cpuNs() / flooded.workersNs()).isCloseTo(0.1, within(0.001));
    }

    @Test
    void aPortMadeAnewBeginsWithNothing() {
        Worker worker = rig.worker();
        receive(plug("web", Port.Kind.VNIC), 500);
        CostSampler sampler = new CostSampler(List.of(worker), () -> plugged);
        plugged.clear();
        receive(plug("web", Port.Kind.VNIC), 20);
        burn(worker);
        assertThat(guest(sampler.sample(), "web").frames()).isEqualTo(80);

        assertThat(sampler.sample().guests()).as("nothing moved since").isEmpty();
        assertThat(sampler.cpuNs("web")).isPositive();
        plugged.clear();
        sampler.sample();
        assertThat(sampler.cpuNs("web")).as("gone").isZero();
    }
}
