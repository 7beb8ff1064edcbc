package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.linux.Tap;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Port;
import io.hopline.sla.HostPressure;
import io.hopline.vnic.PacketPort;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class PressureSamplerTest {
    private static final long BUSY_NS = 200_000_000;
    private static final int BURNERS = 3;

    private final WorkerRig rig = new WorkerRig();

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private static HostPressure.Worker only(HostPressure pressure) {
        assertThat(pressure.workers()).hasSize(1);
        return pressure.workers().getFirst();
    }

    /** Keeps the calling thread on a processor for so long of its own time. */
    private static void burn() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long endNs = threads.getCurrentThreadCpuTime() + BUSY_NS;
        while (threads.getCurrentThreadCpuTime() < endNs) {
            Thread.onSpinWait();
        }
    }

    private Process onFirstCpu(String... command) throws IOException {
        List<String> words = new ArrayList<>(List.of("taskset", "-c", firstCpu()));
        words.addAll(List.of(command));
        return new ProcessBuilder(words).redirectErrorStream(true).start();
    }

    private static String firstCpu() throws IOException {
        String allowed = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .findFirst()
                .orElseThrow();
        return allowed.replaceAll("^\\D+(\\d+).*$", "$1");
    }

    @Test
    void aWorkerThatSharesItsCoreWithOthersWaitsForIt() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/schedstat")), "needs a kernel that counts run-queue delay");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "needs taskset (package util-linux)");
        Worker worker = rig.worker();
        NetNs here = rig.own(NetNs.current());
        PressureSampler sampler = new PressureSampler(List.of(worker), List::of, here);
        Thread.sleep(500);
        HostPressure.Worker idle = only(sampler.sample());

        for (int i = 0; i < BURNERS; i++) {
            Process burner = onFirstCpu("sh", "-c", "while :; do :; done");
            rig.own((AutoCloseable) burner::destroyForcibly);
        }
        Process pinned = new ProcessBuilder("taskset", "-p", "-c", firstCpu(), Integer.toString(worker.task()))
                .redirectErrorStream(true)
                .start();
        assertThat(pinned.waitFor()).isZero();
        worker.execute(PressureSamplerTest::burn).join();
        HostPressure.Worker starved = only(sampler.sample());

        assertThat(idle.name()).isEqualTo("w");
        assertThat(starved.runNs()).isGreaterThan(BUSY_NS / 2);
        assertThat(starved.runQueueNs()).isGreaterThan(BUSY_NS / 4 + 2 * idle.runQueueNs());
        assertThat(starved.preempted()).isGreaterThan(idle.preempted());
    }

    /** A VMM's TAP that is open and that nobody reads: its queue of 1000 frames fills up. */
    @Test
    @Tag("netns")
    void aGuestThatDoesNotReadShowsAFullQueue() {
        NetNs ns = namespace();
        rig.own(ns.call(() -> Tap.open("tap0")));
        PacketPort port = rig.own(
                PacketPort.openTap(ns, "tap0", "web1", OptionalInt.empty(), 1).getFirst());
        SwitchPorts.Plugged plugged =
                new SwitchPorts.Plugged(7, List.of(port), Optional.of(new SwitchPorts.StampPoint(ns, "tap0", false)));
        PressureSampler sampler = new PressureSampler(List.of(), () -> List.of(plugged), ns);
        FramePool pool = FramePool.of(64);
        send(port, pool, 10);
        assertThat(sampler.sample().ports().stream()
                        .mapToLong(HostPressure.PortQueue::lost)
                        .sum())
                .isZero();

        send(port, pool, 3000);
        HostPressure.PortQueue full = sampler.sample().ports().getFirst();
        assertThat(full.name()).isEqualTo("web1");
        assertThat(full.kind()).isEqualTo("vnic");
        assertThat(full.queueFull() + full.lostAfter()).isGreaterThan(1000);
        assertThat(full.lostBefore()).isZero();
        assertThat(Objects.requireNonNull(sampler.latest().ports().get("web1")).queueFull())
                .isEqualTo(full.queueFull());
        assertThat(sampler.sample().ports().stream()
                        .mapToLong(HostPressure.PortQueue::queueFull)
                        .sum())
                .as("nothing more was given to it")
                .isZero();
    }

    private NetNs namespace() {
        try {
            return rig.own(NetNs.anonymous());
        } catch (LinuxException e) {
            assumeTrue(false, "needs root for network namespaces: " + e.getMessage());
            throw e;
        }
    }

    private static void send(Port port, FramePool pool, int frames) {
        for (int i = 0; i < frames; i++) {
            Frame frame = Objects.requireNonNull(pool.acquire());
            frame.length(60);
            frame.memory().asSlice(frame.offset(), 60).fill((byte) 0);
            frame.memory().set(ValueLayout.JAVA_BYTE, frame.offset() + 12, (byte) 0x88);
            frame.memory().set(ValueLayout.JAVA_BYTE, frame.offset() + 13, (byte) 0xb5);
            port.transmit(frame);
            port.flush();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "G1 Young Generation, true",
        "G1 Concurrent GC, false",
        "ZGC Cycles, false",
        "ZGC Pauses, true",
        "Copy, true",
        "MarkSweepCompact, true"
    })
    void collectorsThatRunBesideTheProgramDoNotPauseIt(String collector, boolean stops) {
        assertThat(PressureSampler.stopsTheWorld(collector)).isEqualTo(stops);
    }
}
