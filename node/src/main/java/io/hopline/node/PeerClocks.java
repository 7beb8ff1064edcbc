package io.hopline.node;

import io.hopline.linux.Clock;
import io.hopline.linux.EventFd;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.linux.Poller;
import io.hopline.linux.TimedUdpSocket;
import io.hopline.packet.IpAddress;
import io.hopline.packet.StampPacket;
import io.hopline.sla.PeerClock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This host's STAMP sessions (RFC 8762): a reflector on the tunnel's address, and a sender to every host that it shares a
 * network with, about four packets a second each, at irregular times.
 *
 * <p>One thread sends, reflects and reckons; any thread may call. At most {@value #MAX_PEERS} peers.
 */
final class PeerClocks implements AutoCloseable {
    static final int MAX_PEERS = 256;

    private static final Logger LOG = LoggerFactory.getLogger(PeerClocks.class);
    private static final long PERIOD_NS = 250_000_000;
    private static final long CONCLUDE_NS = 1_000_000_000;
    /** Datagrams read in one turn; a flood is read no faster than so many a millisecond. */
    private static final int MAX_READ = 64;

    private static final long FLOOD_NAP_NS = 1_000_000;
    private static final int WAKE_UP = 0;
    private static final int REFLECTOR = 1;
    private static final int SENDER = 2;

    private final TimedUdpSocket reflecting;
    private final TimedUdpSocket sending;
    private final int port;
    private final LongUnaryOperator clock;
    private final ClockReflector reflector;
    private final EventFd wakeUp = EventFd.open();
    private final Poller poller = new Poller(3);
    private final Map<String, AtomicLong> refused = new TreeMap<>();
    private final Thread thread =
            Thread.ofPlatform().daemon().name("stamp-sessions").unstarted(this::run);
    private volatile List<Peer> wanted = List.of();
    private volatile List<Running> running = List.of();
    private volatile boolean open = true;
    private Consumer<ClockSession> onStart = session -> {};
    private Consumer<ClockSession> onEnd = session -> {};
    private long concludedNs = System.nanoTime();

    /** A host to compare clocks with. */
    record Peer(String name, IpAddress address) {}

    private static final class Running {
        final ClockSession session;
        long dueNs = System.nanoTime();

        Running(ClockSession session) {
            this.session = session;
        }
    }

    private PeerClocks(TimedUdpSocket reflecting, TimedUdpSocket sending, int port, LongUnaryOperator clock) {
        this.reflecting = reflecting;
        this.sending = sending;
        this.port = port;
        this.clock = clock;
        reflector = new ClockReflector(reflecting, Clock::realtimeNs, clock);
        poller.watch(WAKE_UP, wakeUp.fd());
        poller.watch(REFLECTOR, reflecting.fd());
        poller.watch(SENDER, sending.fd());
        EnumSet.complementOf(EnumSet.of(ClockReflector.Verdict.REFLECTED))
                .forEach(verdict -> refused.put(label(verdict), new AtomicLong()));
        EnumSet.complementOf(EnumSet.of(ClockSession.Verdict.TAKEN))
                .forEach(verdict -> refused.put(label(verdict), new AtomicLong()));
    }

    /**
     * Opens the sockets; {@link #start} begins.
     *
     * @param ns where the tunnel is
     * @param port of the reflectors, here and at the peers
     * @param clock from the kernel's clock to this host's: the same, but in tests
     * @throws LinuxException when the port is taken, or below 1024 without the privilege
     */
    static PeerClocks open(NetNs ns, IpAddress address, int port, LongUnaryOperator clock) {
        TimedUdpSocket reflecting = ns.call(() -> TimedUdpSocket.open(address.bytes(), port, false));
        try {
            TimedUdpSocket sending = ns.call(() -> TimedUdpSocket.open(address.bytes(), 0, true));
            return new PeerClocks(reflecting, sending, port, clock);
        } catch (RuntimeException e) {
            reflecting.close();
            throw e;
        }
    }

    private static String label(Enum<?> verdict) {
        return verdict.name().toLowerCase(Locale.ROOT);
    }

    /** Begins; both listeners are told on the sessions' thread of each session that starts and ends. */
    void start(Consumer<ClockSession> onStart, Consumer<ClockSession> onEnd) {
        this.onStart = onStart;
        this.onEnd = onEnd;
        thread.start();
    }

    /** Compares clocks with these hosts from now on, and with no others. */
    void peers(List<Peer> peers) {
        if (peers.size() > MAX_PEERS) {
            LOG.warn("clocks are compared with {} of {} hosts", MAX_PEERS, peers.size());
        }
        wanted = List.copyOf(peers.subList(0, Math.min(MAX_PEERS, peers.size())));
        wakeUp.signal();
    }

    /** What is known of the peers' clocks by now. */
    List<PeerClock> readings() {
        return running.stream().flatMap(r -> r.session.reading().stream()).toList();
    }

    /** Packets that were not taken, by reason; any thread may read the numbers at any time. */
    Map<String, AtomicLong> refused() {
        return refused;
    }

    private void run() {
        while (open) {
            poller.poll((int) TimeUnit.NANOSECONDS.toMillis(waitNs()) + 1);
            wakeUp.drain();
            arrange();
            boolean more = reflect();
            more |= hear();
            if (more) {
                LockSupport.parkNanos(FLOOD_NAP_NS);
            }
            sendDue();
        }
    }

    private long waitNs() {
        long nowNs = System.nanoTime();
        long waitNs = CONCLUDE_NS;
        for (Running r : running) {
            waitNs = Math.min(waitNs, r.dueNs - nowNs);
        }
        return Math.max(0, waitNs);
    }

    /** Starts and ends sessions as wanted. */
    private void arrange() {
        List<Peer> peers = wanted;
        if (peers.equals(running.stream().map(r -> peerOf(r.session)).toList())) {
            return;
        }
        Map<Peer, Running> before =
                running.stream().collect(Collectors.toMap(r -> peerOf(r.session), r -> r, (one, other) -> one));
        List<Running> after = new ArrayList<>();
        for (Peer peer : peers) {
            Running kept = before.remove(peer);
            after.add(kept != null ? kept : begin(peer));
        }
        before.values().forEach(r -> onEnd.accept(r.session));
        reflector.peers(peers.stream().map(Peer::address).collect(Collectors.toSet()));
        running = List.copyOf(after);
    }

    private static Peer peerOf(ClockSession session) {
        return new Peer(session.peer(), session.address());
    }

    private Running begin(Peer peer) {
        ClockSession session = new ClockSession(peer.name(), peer.address(), port, clock);
        onStart.accept(session);
        return new Running(session);
    }

    /** Answers what waits; true when there may be more. */
    private boolean reflect() {
        for (int i = 0; i < MAX_READ; i++) {
            int bytes = reflecting.receive();
            if (bytes < 0) {
                return false;
            }
            count(reflector.reflect(bytes), ClockReflector.Verdict.REFLECTED);
        }
        return true;
    }

    /** Takes send stamps, which come before their answers, and answers; true when there may be more. */
    private boolean hear() {
        for (int bytes = sending.receiveSent(); bytes >= 0; bytes = sending.receiveSent()) {
            int at = bytes - StampPacket.BYTES;
            if (at >= 0 && sending.kernelNs() != 0) {
                running.forEach(r -> r.session.stamped(sending.datagram(), at, sending.kernelNs()));
            }
        }
        for (int i = 0; i < MAX_READ; i++) {
            int bytes = sending.receive();
            if (bytes < 0) {
                return false;
            }
            count(heard(bytes), ClockSession.Verdict.TAKEN);
        }
        return true;
    }

    private Enum<?> heard(int bytes) {
        long cameNs = sending.kernelNs() != 0 ? sending.kernelNs() : Clock.realtimeNs();
        IpAddress source = IpAddress.of(sending.sourceAddress());
        for (Running r : running) {
            if (r.session.address().equals(source)) {
                return r.session.answered(sending.datagram(), bytes, cameNs);
            }
        }
        return ClockReflector.Verdict.FOREIGN;
    }

    private void count(Enum<?> verdict, Enum<?> good) {
        if (verdict != good) {
            Objects.requireNonNull(refused.get(label(verdict))).incrementAndGet();
        }
    }

    private void sendDue() {
        long nowNs = System.nanoTime();
        for (Running r : running) {
            if (nowNs - r.dueNs >= 0) {
                r.dueNs = nowNs + ThreadLocalRandom.current().nextLong(PERIOD_NS / 2, PERIOD_NS * 3 / 2);
                r.session.send(sending, Clock.realtimeNs());
            }
        }
        if (nowNs - concludedNs >= CONCLUDE_NS) {
            concludedNs = nowNs;
            running.forEach(r -> r.session.conclude());
        }
    }

    @Override
    public void close() {
        open = false;
        wakeUp.signal();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running.forEach(r -> onEnd.accept(r.session));
        poller.close();
        wakeUp.close();
        sending.close();
        reflecting.close();
    }
}
