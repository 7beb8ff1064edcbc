package io.hopline.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What the flows of a soak have seen. Any thread counts. */
final class SoakCounts {
    private static final int MAX_PROBLEMS = 50;

    final AtomicLong udpSent = new AtomicLong();
    final AtomicLong udpReceived = new AtomicLong();
    final AtomicLong tcpStreams = new AtomicLong();
    final AtomicLong tcpBytes = new AtomicLong();
    final AtomicLong pingsSent = new AtomicLong();
    final AtomicLong pingsAnswered = new AtomicLong();
    final AtomicLong flowMods = new AtomicLong();
    final AtomicLong linkFlaps = new AtomicLong();
    private final AtomicLong problemCount = new AtomicLong();
    private final List<String> problems = new ArrayList<>();

    /** Something that must not be: a wrong byte, a broken stream, a refused flow. The first fifty are kept in words. */
    void problem(String what) {
        problemCount.incrementAndGet();
        synchronized (problems) {
            if (problems.size() < MAX_PROBLEMS) {
                problems.add(what);
            }
        }
    }

    long problemCount() {
        return problemCount.get();
    }

    List<String> problems() {
        synchronized (problems) {
            return List.copyOf(problems);
        }
    }

    @Override
    public String toString() {
        return String.format(
                java.util.Locale.ROOT,
                "udp %d of %d datagrams, tcp %d streams %.1f MB, ping %d of %d, %d flow changes, %d link flaps, %d wrong",
                udpReceived.get(),
                udpSent.get(),
                tcpStreams.get(),
                tcpBytes.get() / 1e6,
                pingsAnswered.get(),
                pingsSent.get(),
                flowMods.get(),
                linkFlaps.get(),
                problemCount());
    }
}
