package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.linux.Clock;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.packet.StampPacket;
import io.hopline.sla.PeerClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two hosts' STAMP sessions in two namespaces, which have one clock, over a cable whose delay is known. */
@Tag("netns")
@Timeout(60)
class PeerClocksTest {
    private static final LongUnaryOperator TRUE_CLOCK = LongUnaryOperator.identity();
    private static final long MS = 1_000_000;

    @BeforeEach
    void needsNamespaces() {
        try (NetNs ns = NetNs.anonymous()) {
            assertThat(ns.name()).isNotEmpty();
        } catch (LinuxException e) {
            assumeTrue(false, "needs root for network namespaces: " + e.getMessage());
        }
    }

    /** A host that answers and asks once it is started. */
    private static PeerClocks host(DelayCable cable, int host, boolean ipv6, LongUnaryOperator clock) {
        PeerClocks clocks = PeerClocks.open(
                host == 1 ? cable.first : cable.second, DelayCable.address(host, ipv6), StampPacket.UDP_PORT, clock);
        int other = 3 - host;
        clocks.peers(List.of(new PeerClocks.Peer("host" + other, DelayCable.address(other, ipv6))));
        return clocks;
    }

    /** Starts hosts that are all there by now, so that no packet comes too early. */
    private static void start(PeerClocks... hosts) {
        for (PeerClocks host : hosts) {
            host.start(session -> {}, session -> {});
        }
    }

    private static void until(String what, BooleanSupplier holds) throws InterruptedException {
        long deadlineNs = System.nanoTime() + 30_000 * MS;
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadlineNs);
            Thread.sleep(20);
        }
    }

    private static PeerClock reading(PeerClocks clocks, long received, long mostErrorNs) throws InterruptedException {
        until(
                "an error of less than " + mostErrorNs + " ns",
                () -> clocks.readings().stream()
                        .anyMatch(r ->
                                r.counts().received() >= received && r.offset().errorNs() < mostErrorNs));
        return clocks.readings().getFirst();
    }

    @ParameterizedTest
    @CsvSource({"2, 2, false", "8, 0, true"})
    void hostsOfOneClockFindNoMoreThanTheErrorBetweenThemHoweverUnlikeTheWaysAre(
            long thereMs, long backMs, boolean ipv6) throws Exception {
        try (DelayCable cable = new DelayCable(thereMs * MS, backMs * MS, 0);
                PeerClocks one = host(cable, 1, ipv6, TRUE_CLOCK);
                PeerClocks two = host(cable, 2, ipv6, TRUE_CLOCK)) {
            start(one, two);
            long delayNs = (thereMs + backMs) * MS;
            for (PeerClocks host : List.of(one, two)) {
                PeerClock found = reading(host, 5, 10 * delayNs);
                assertThat(Math.abs(found.offset().offsetNs()))
                        .isLessThanOrEqualTo(found.offset().errorNs());
                assertThat(found.offset().errorNs()).isGreaterThanOrEqualTo(Math.abs(thereMs - backMs) * MS / 2);
                assertThat(found.roundTripNs()).isGreaterThanOrEqualTo(delayNs);
                assertThat(found.medianRoundTripNs()).isGreaterThanOrEqualTo(found.roundTripNs());
            }
            PeerClock found = one.readings().getFirst();
            assertThat(found.thereNs() + found.offset().errorNs()).isGreaterThanOrEqualTo(thereMs * MS);
            assertThat(found.backNs() + found.offset().errorNs()).isGreaterThanOrEqualTo(backMs * MS);
            assertThat(strange(one) + strange(two)).isZero();
        }
    }

    @Test
    void aClockThatIsOffAndDriftsIsFoundWithinTheError() throws Exception {
        long startNs = Clock.realtimeNs();
        LongUnaryOperator fast = ns -> ns + 5 * MS + (ns - startNs) / 10_000;
        try (DelayCable cable = new DelayCable(0, 0, 3);
                PeerClocks one = host(cable, 1, false, fast);
                PeerClocks two = host(cable, 2, false, TRUE_CLOCK)) {
            start(one, two);
            PeerClock seen = reading(two, 12, 2 * MS);
            long trueNs = fast.applyAsLong(seen.offset().atNs()) - seen.offset().atNs();
            assertThat(Math.abs(seen.offset().offsetNs() - trueNs))
                    .isLessThanOrEqualTo(seen.offset().errorNs());
            assertThat(seen.offset().offsetNs()).isGreaterThan(3 * MS);
            assertThat(Math.abs(seen.offset().driftPpb() - 100_000))
                    .isLessThanOrEqualTo(seen.offset().driftErrorPpb() + 1);

            PeerClock back = reading(one, 12, 2 * MS);
            assertThat(back.offset().offsetNs()).isLessThan(-3 * MS);
            until("an answer that came twice", () -> duplicates(one) > 0);
        }
    }

    private static long duplicates(PeerClocks clocks) {
        return clocks.readings().stream()
                .mapToLong(r -> r.counts().duplicates())
                .sum();
    }

    @Test
    void aPeerThatIsNotThereLosesEverything() throws Exception {
        AtomicLong lost = new AtomicLong();
        AtomicReference<@Nullable ClockSession> session = new AtomicReference<>();
        try (DelayCable cable = new DelayCable(0, 0, 0);
                PeerClocks alone =
                        PeerClocks.open(cable.first, DelayCable.address(1, false), StampPacket.UDP_PORT, TRUE_CLOCK)) {
            alone.start(session::set, s -> lost.set(s.counts().lost()));
            alone.peers(List.of(new PeerClocks.Peer("host2", DelayCable.address(2, false))));
            until("lost packets", () -> {
                ClockSession started = session.get();
                return started != null && started.counts().lost() > 2;
            });
            assertThat(alone.readings()).isEmpty();
            assertThat(Objects.requireNonNull(session.get()).counts().received())
                    .isZero();
        }
        assertThat(lost.get()).as("told as the session ended").isGreaterThan(2);
    }

    @Test
    void strangersMalformedPacketsAndGreedyPeersGetNoAnswer() throws Exception {
        try (DelayCable cable = new DelayCable(0, 0, 0);
                PeerClocks one =
                        PeerClocks.open(cable.first, DelayCable.address(1, false), StampPacket.UDP_PORT, TRUE_CLOCK);
                DatagramSocket asking =
                        cable.second.call(() -> new DatagramSocket(0, InetAddress.getByName("10.88.0.2")))) {
            one.start(session -> {}, session -> {});
            byte[] packet = new byte[100];
            StampPacket.writeSender(MemorySegment.ofArray(packet), 0, 9, 1_000_000_123L, 1000);
            packet[99] = 77;
            ask(asking, packet);
            until("a stranger", () -> count(one, "foreign") == 1);

            one.peers(List.of(new PeerClocks.Peer("host2", DelayCable.address(2, false))));
            until("an answer", () -> {
                ask(asking, packet);
                return answer(asking) != null;
            });
            ask(asking, new byte[43]);
            ask(asking, new byte[44]);
            until("two malformed packets", () -> count(one, "malformed") == 2);
            for (int i = 0; i < 3 * ClockReflector.MAX_PER_SECOND; i++) {
                ask(asking, packet);
            }
            until("too many packets in a second", () -> count(one, "too_many") > 0);
        }
    }

    @Test
    void anAnswerHasTheAskedLengthSequenceTimeAndTtl() throws Exception {
        try (DelayCable cable = new DelayCable(0, 0, 0);
                PeerClocks one = host(cable, 1, false, TRUE_CLOCK);
                DatagramSocket asking =
                        cable.second.call(() -> new DatagramSocket(0, InetAddress.getByName("10.88.0.2")))) {
            start(one);
            byte[] packet = new byte[100];
            StampPacket.writeSender(MemorySegment.ofArray(packet), 0, 9, 1_000_000_123L, 1000);
            packet[99] = 77;
            byte[][] got = new byte[1][];
            long beforeNs = Clock.realtimeNs();
            until("an answer", () -> {
                ask(asking, packet);
                got[0] = answer(asking);
                return got[0] != null;
            });
            assertThat(got[0]).hasSize(100);
            assertThat(got[0][99]).isEqualTo((byte) 77);
            MemorySegment answer = MemorySegment.ofArray(got[0]);
            assertThat(StampPacket.sequence(answer, 0)).isEqualTo(9);
            assertThat(StampPacket.senderSequence(answer, 0)).isEqualTo(9);
            assertThat(StampPacket.senderSentNs(answer, 0)).isEqualTo(1_000_000_123L);
            assertThat(StampPacket.senderTtl(answer, 0)).isEqualTo(64);
            assertThat(StampPacket.receivedNs(answer, 0)).isBetween(beforeNs, StampPacket.sentNs(answer, 0));
            assertThat(StampPacket.sentNs(answer, 0)).isLessThan(Clock.realtimeNs());
            assertThat(strange(one)).isZero();
        }
    }

    private static void ask(DatagramSocket socket, byte[] packet) {
        try {
            socket.send(new DatagramPacket(
                    packet, packet.length, InetAddress.getByName("10.88.0.1"), StampPacket.UDP_PORT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte @Nullable [] answer(DatagramSocket socket) {
        try {
            socket.setSoTimeout(500);
            DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
            socket.receive(packet);
            return Arrays.copyOf(packet.getData(), packet.getLength());
        } catch (SocketTimeoutException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long count(PeerClocks clocks, String reason) {
        return Objects.requireNonNull(clocks.refused().get(reason)).get();
    }

    /** Packets that nobody may have sent here; others may come late on a busy machine. */
    private static long strange(PeerClocks clocks) {
        return count(clocks, "foreign") + count(clocks, "malformed") + count(clocks, "unasked");
    }
}
