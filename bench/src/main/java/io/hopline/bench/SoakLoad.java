package io.hopline.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/** Everything that goes on during a soak: the flows between all guests, the flapping links, the changing flow tables. */
final class SoakLoad implements AutoCloseable {
    private static final int SHORTEST_PACKET = 60;
    private static final int LONGEST_PACKET = 65_535;
    private static final int SHORT_PACKETS_UP_TO = 1_500;
    private static final double MEAN_PACKET =
            0.25 * (SHORTEST_PACKET + LONGEST_PACKET) + 0.25 * (SHORTEST_PACKET + SHORT_PACKETS_UP_TO);

    private static final int IPV4_UDP_BYTES = 28;
    private static final int IPV6_UDP_BYTES = 48;
    private static final int LONGEST_STREAM = 3_000_000;
    private static final int JOIN_MS = 10_000;

    private final SoakRig rig;
    private final SoakGate gate;
    private final SoakCounts counts;
    private final Random seeds;
    private final List<AutoCloseable> flows = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    SoakLoad(SoakRig rig, SoakGate gate, SoakCounts counts, long seed) {
        this.rig = rig;
        this.gate = gate;
        this.counts = counts;
        this.seeds = new Random(seed);
    }

    /** One piece of somebody's work, with random numbers of his own. */
    @FunctionalInterface
    private interface Piece {
        void run(RandomGenerator random) throws Exception;
    }

    /** Starts everybody; {@code megabits} a second is what the UDP and TCP flows are to send together. */
    void start(double megabits) throws IOException {
        List<SoakGuest> guests = rig.guests();
        int flowCount = 4 * guests.size() * (guests.size() - 1);
        int pauseMs = (int) Math.max(1, MEAN_PACKET * 8 * flowCount / (megabits * 1_000));
        long flow = 0;
        for (SoakGuest from : guests) {
            for (SoakGuest to : guests) {
                if (from == to) {
                    continue;
                }
                for (boolean ipv6 : new boolean[] {false, true}) {
                    udp(flow++, from, to, ipv6, pauseMs);
                    tcp(flow++, from, to, ipv6, pauseMs);
                }
            }
        }
        repeat("pings", 1_000, this::ping);
        repeat("flaps", 4_000, this::flap);
        for (SoakRig.Host host : rig.hosts()) {
            repeat("flows-" + host.index(), 600, host.flows()::churn);
        }
    }

    private void udp(long flow, SoakGuest from, SoakGuest to, boolean ipv6, int pauseMs) throws IOException {
        SoakUdp udp = new SoakUdp(flow, from, to, ipv6, counts);
        flows.add(udp);
        thread("udp-to-" + flow, udp::receive);
        int header = ipv6 ? IPV6_UDP_BYTES : IPV4_UDP_BYTES;
        // Over IPv6 the packet's length does not count its header, so one of 65,535 bytes is less than the longest.
        repeat("udp-" + flow, pauseMs, random -> udp.send(packet(random) - header));
    }

    private void tcp(long flow, SoakGuest from, SoakGuest to, boolean ipv6, int pauseMs) throws IOException {
        SoakTcp tcp = new SoakTcp(flow, from, to, ipv6, counts);
        flows.add(tcp);
        thread("tcp-to-" + flow, tcp::receive);
        repeat("tcp-" + flow, pauseMs, random -> tcp.send(packet(random), random.nextInt(LONGEST_STREAM)));
    }

    private static int packet(RandomGenerator random) {
        int longest = random.nextBoolean() ? LONGEST_PACKET : SHORT_PACKETS_UP_TO;
        return random.nextInt(SHORTEST_PACKET, longest + 1);
    }

    private void ping(RandomGenerator random) throws InterruptedException {
        List<SoakGuest> guests = rig.guests();
        int from = random.nextInt(guests.size());
        int to = (from + 1 + random.nextInt(guests.size() - 1)) % guests.size();
        boolean ipv6 = random.nextBoolean();
        int payload = packet(random) - (ipv6 ? IPV6_UDP_BYTES : IPV4_UDP_BYTES);
        new SoakPing(guests.get(from), guests.get(to), ipv6, counts).run(payload, random);
    }

    /** Takes a guest's device or the underlay's end at a host down and up again. */
    private void flap(RandomGenerator random) throws InterruptedException {
        int which = random.nextInt(rig.guests().size() + rig.hosts().size());
        boolean guest = which < rig.guests().size();
        var namespace = guest
                ? rig.guests().get(which).ns()
                : rig.hosts().get(which - rig.guests().size()).ns();
        String device = guest ? SoakGuest.DEVICE : SoakRig.UNDERLAY;
        namespace.ip("link", "set", device, "down");
        try {
            Thread.sleep(random.nextInt(10, 500));
        } finally {
            namespace.ip("link", "set", device, "up");
        }
        counts.linkFlaps.incrementAndGet();
    }

    /** Does a piece of work after another, with pauses of half to one and a half {@code meanPauseMs}. */
    private void repeat(String name, int meanPauseMs, Piece piece) {
        Random random = new Random(seeds.nextLong());
        thread(name, () -> {
            try {
                while (gate.pass(() -> piece.run(random))) {
                    Thread.sleep(random.nextInt(meanPauseMs / 2, meanPauseMs * 3 / 2 + 1));
                }
            } catch (InterruptedException over) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                if (!gate.isOver()) {
                    counts.problem(name + ": " + e);
                }
            }
        });
    }

    private void thread(String name, Runnable work) {
        threads.add(Thread.ofVirtual().name("soak-" + name).start(work));
    }

    /** Ends everything; the gate is over by then. */
    @Override
    public void close() throws InterruptedException {
        for (AutoCloseable flow : flows) {
            try {
                flow.close();
            } catch (Exception e) {
                counts.problem("closing: " + e);
            }
        }
        for (Thread thread : threads) {
            thread.join(JOIN_MS);
        }
    }
}
