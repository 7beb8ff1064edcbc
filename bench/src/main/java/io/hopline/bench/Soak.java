package io.hopline.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Two nodes under mixed traffic, flapping links and changing flows for a long time. Every minute everybody pauses and the
 * books must balance: no frame slot is lost, every frame is accounted for, and no guest has seen a wrong byte.
 */
final class Soak {
    private static final Duration PERIOD = Duration.ofMinutes(1);
    private static final int SHUT_S = 60;
    private static final int QUIET_S = 20;
    private static final int QUIET_POLL_MS = 500;

    private final Duration duration;
    private final double megabits;
    private final long seed;
    private final int workers;
    private final PrintWriter out;
    private final SoakCounts counts = new SoakCounts();
    private final SoakGate gate = new SoakGate();

    /**
     * @param megabits a second that the flows send together
     * @param seed of all that is random
     * @param workers of each node
     */
    Soak(Duration duration, double megabits, long seed, int workers, PrintWriter out) {
        this.duration = duration;
        this.megabits = megabits;
        this.seed = seed;
        this.workers = workers;
        this.out = out;
    }

    /** Runs it; what was wrong, in words, is empty when all is well. */
    List<String> run() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("hls");
        String prefix = "hls" + ProcessHandle.current().pid();
        try (SoakRig rig = SoakRig.build(prefix, directory, workers, counts)) {
            Thread hook = new Thread(rig::close);
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                load(rig);
            } finally {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        } catch (IOException | RuntimeException failure) {
            counts.problem("the soak itself failed: " + failure);
        } finally {
            Files.deleteIfExists(directory);
        }
        return counts.problems();
    }

    private void load(SoakRig rig) throws IOException, InterruptedException {
        long endNs = System.nanoTime() + duration.toNanos();
        try (SoakLoad load = new SoakLoad(rig, gate, counts, seed)) {
            load.start(megabits);
            while (!gate.isOver()) {
                long leftNs = endNs - System.nanoTime();
                Thread.sleep(Duration.ofNanos(Math.clamp(leftNs, 0, PERIOD.toNanos())));
                boolean last = leftNs <= PERIOD.toNanos();
                if (!gate.shut(SHUT_S)) {
                    counts.problem("a flow is stuck: not done after " + SHUT_S + " s");
                    gate.end();
                    return;
                }
                try {
                    balance(rig, last);
                } finally {
                    if (last) {
                        gate.end();
                    }
                    gate.open();
                }
            }
        }
    }

    /** Waits until nothing moves, then reads every switch's books and every guest's own counters. */
    private void balance(SoakRig rig, boolean last) throws IOException, InterruptedException {
        List<SoakLedger> books = quiet(rig);
        out.println(counts);
        for (int i = 0; i < books.size(); i++) {
            SoakLedger book = books.get(i);
            String name = i == 0 ? "a" : "b";
            if (last || book.missing() != 0 || book.leakedSlots() != 0) {
                out.print(book.table(name));
            }
            if (book.missing() != 0) {
                counts.problem("switch " + name + ": " + book.missing() + " frames unaccounted for");
            }
            if (book.leakedSlots() != 0) {
                counts.problem("switch " + name + ": " + book.leakedSlots() + " frame slots are not free");
            }
        }
        for (SoakGuest guest : rig.guests()) {
            if (guest.refusedByKernel() != 0) {
                counts.problem(guest.refusedByKernel() + " packets that the kernel of guest " + guest.number()
                        + " found damaged");
            }
        }
        if (last) {
            costs();
        }
        out.flush();
    }

    private static List<SoakLedger> quiet(SoakRig rig) throws IOException, InterruptedException {
        List<SoakLedger> before = read(rig);
        for (int i = 0; i < QUIET_S * 1000 / QUIET_POLL_MS; i++) {
            Thread.sleep(QUIET_POLL_MS);
            List<SoakLedger> now = read(rig);
            boolean moved = false;
            for (int host = 0; host < now.size(); host++) {
                moved |= !now.get(host).isAsBefore(before.get(host));
            }
            if (!moved) {
                return now;
            }
            before = now;
        }
        throw new IOException("it does not get quiet: " + before);
    }

    private static List<SoakLedger> read(SoakRig rig) throws IOException {
        List<SoakLedger> books = new ArrayList<>();
        for (SoakRig.Host host : rig.hosts()) {
            books.add(SoakLedger.read(host.metrics(), host.flows().copies()));
        }
        return books;
    }

    /** What it cost this process, which makes the load as well. */
    private void costs() {
        long collections = 0;
        long collectionMs = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += collector.getCollectionCount();
            collectionMs += collector.getCollectionTime();
        }
        out.printf(Locale.ROOT, "GC, load included: %d collections, %d ms%n", collections, collectionMs);
    }
}
