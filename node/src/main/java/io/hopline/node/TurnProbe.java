package io.hopline.node;

import io.hopline.linux.Clock;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.linux.Tracepoint;
import io.hopline.linux.TracepointRing;
import io.hopline.packet.Port;
import io.hopline.sla.Endpoint;
import io.hopline.sla.Protocol;
import io.hopline.sla.Sighting;
import io.hopline.sla.SightingRing;
import io.hopline.sla.SightingWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the host's kernel, through its tracepoints, when servers in the guests took timed requests and answered them: the exact
 * source of how a guest's time divides, where the guest is a container or a namespace and so shares that kernel.
 *
 * <p>One thread reads the kernel's rings every {@value #PERIOD_MS} ms; the workers have no part in it. The kernel tells of
 * segments and reads at the ports of timed services only, and of writes of threads only that were seen to read there. What
 * belongs to processes outside the guests' namespaces is left out. Writes to the ring it is given, as its only writer.
 */
final class TurnProbe implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TurnProbe.class);
    private static final int PERIOD_MS = 20;
    /** The rings of two processors are not read at one moment: what is younger waits for the next look. */
    private static final long YOUNG_NS = 5_000_000;
    /** Writing threads that the kernel is asked about; a filter's text must fit a page. */
    private static final int MAX_THREADS = 64;

    private static final int MAX_PORTS = 64;
    private static final int MAX_EVENTS = 1 << 17;
    private static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final Endpoint NOBODY = Endpoint.of(0, 0);

    private final Tracepoint segment = Tracepoint.of("tcp:tcp_probe");
    private final Tracepoint read = Tracepoint.of("tcp:tcp_rcv_space_adjust");
    private final Tracepoint write = Tracepoint.of("tcp:tcp_sendmsg_locked");
    private final Tracepoint written = Tracepoint.of("sock:sock_send_length");
    private final Fields fields = new Fields(
            segment.offset("skaddr"),
            read.offset("skaddr"),
            read.offset("sport"),
            read.offset("dport"),
            read.offset("saddr_v6"),
            read.offset("daddr_v6"),
            read.offset("common_pid"),
            written.offset("sk"));
    private final TracepointRing kernel;
    private final SightingRing ring;
    private final Supplier<List<SwitchPorts.Plugged>> ports;
    private final ServerTurns turns = new ServerTurns(this::report);
    private final MemorySegment record = Arena.ofAuto().allocate(Sighting.BYTES, 64);
    private final Thread thread;
    private final List<Event> waiting = new ArrayList<>();
    private final Map<Integer, Boolean> inGuest = new LinkedHashMap<>();
    private final Set<Integer> threads = new LinkedHashSet<>();
    private volatile TimedConnections timed = TimedConnections.NONE;
    private TimedConnections followed = TimedConnections.NONE;
    private Set<Object> guests = Set.of();
    private long realtimeAheadNs;
    private long lookedNs;
    private volatile boolean running = true;
    private volatile long lost;

    private record Fields(
            int segmentSocket,
            int readSocket,
            int readSport,
            int readDport,
            int readSource,
            int readDestination,
            int task,
            int writtenSocket) {}

    private record Event(int id, long ns, int task, long socket, Endpoint client, Endpoint service) {}

    private TurnProbe(SightingRing ring, Supplier<List<SwitchPorts.Plugged>> ports) {
        this.ring = ring;
        this.ports = ports;
        kernel = TracepointRing.open();
        thread = Thread.ofPlatform().name("turn-probe").unstarted(this::run);
    }

    /**
     * Begins to listen; of no connection until {@link #timed} names some.
     *
     * @param ring where records go
     * @param ports tells of the guests
     * @throws LinuxException saying what the kernel does not have or does not allow
     */
    static TurnProbe open(SightingRing ring, Supplier<List<SwitchPorts.Plugged>> ports) {
        TurnProbe probe = new TurnProbe(ring, ports);
        probe.thread.start();
        return probe;
    }

    /** Changes what is timed; any thread. */
    void timed(TimedConnections connections) {
        timed = connections;
    }

    /** What the kernel told and there was no room for; any thread. */
    long lost() {
        return lost;
    }

    private void run() {
        try {
            while (running) {
                Thread.sleep(PERIOD_MS);
                look();
            }
        } catch (InterruptedException e) {
            LOG.debug("stopped");
        } catch (RuntimeException e) {
            LOG.error("the guests' split is inferred from now on", e);
        } finally {
            kernel.close();
        }
    }

    private void look() {
        long nowNs = Clock.monotonicNs();
        realtimeAheadNs = Clock.realtimeNs() - nowNs;
        if (timed != followed) {
            follow(timed);
        }
        if (nowNs - lookedNs > 1_000_000_000L) {
            lookedNs = nowNs;
            guests = guestNamespaces();
            inGuest.clear();
            threads.removeIf(task -> !Files.exists(Path.of("/proc/" + task)));
        }
        kernel.drain(this::take);
        lost = kernel.lost();
        waiting.sort(Comparator.comparingLong(Event::ns));
        int ripe = 0;
        while (ripe < waiting.size() && waiting.get(ripe).ns < nowNs - YOUNG_NS) {
            step(waiting.get(ripe++));
        }
        waiting.subList(0, ripe).clear();
    }

    private void follow(TimedConnections connections) {
        followed = connections;
        String sport = IntStream.concat(
                        IntStream.of(connections.ports(Protocol.TCP, false)),
                        IntStream.of(connections.ports(Protocol.TCP, true)))
                .distinct()
                .limit(MAX_PORTS)
                .mapToObj(port -> "sport == " + port)
                .collect(Collectors.joining(" || "));
        kernel.filter(segment, sport.isEmpty() ? "" : "data_len > 0 && (" + sport + ")");
        kernel.filter(read, sport);
    }

    private void take(int id, long ns, MemorySegment m) {
        if (waiting.size() >= MAX_EVENTS) {
            lost = lost + 1;
            return;
        }
        int task = m.get(ValueLayout.JAVA_INT_UNALIGNED, fields.task);
        if (id == segment.id()) {
            waiting.add(new Event(id, ns, task, pointer(m, fields.segmentSocket), NOBODY, NOBODY));
        } else if (id == read.id()) {
            waiting.add(new Event(
                    id,
                    ns,
                    task,
                    pointer(m, fields.readSocket),
                    endpoint(m, fields.readDestination, fields.readDport),
                    endpoint(m, fields.readSource, fields.readSport)));
        } else if (id == write.id()) {
            waiting.add(new Event(id, ns, task, 0, NOBODY, NOBODY));
        } else {
            waiting.add(new Event(id, ns, task, pointer(m, fields.writtenSocket), NOBODY, NOBODY));
        }
    }

    private static long pointer(MemorySegment m, int offset) {
        return m.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }

    /** Addresses have 16 bytes here, those of IPv4 as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2). */
    private static Endpoint endpoint(MemorySegment m, int address, int port) {
        long high = m.get(BE64, address);
        long low = m.get(BE64, address + Long.BYTES);
        boolean mapped = high == 0 && low >>> 32 == 0xffff;
        return Endpoint.of(
                high,
                mapped ? low & 0xffff_ffffL : low,
                Short.toUnsignedInt(m.get(ValueLayout.JAVA_SHORT_UNALIGNED, port)));
    }

    private void step(Event event) {
        if (event.id == segment.id()) {
            turns.took(event.socket, event.ns);
        } else if (event.id == read.id()) {
            boolean ours = followed.isTimed(event.client, event.service)
                    && inGuest.computeIfAbsent(event.task, this::isInGuest);
            if (ours) {
                turns.read(event.socket, event.client, event.service, event.ns);
                followWrites(event.task);
            }
        } else if (event.id == write.id()) {
            turns.writes(event.task, event.ns);
        } else {
            turns.wrote(event.task, event.socket);
        }
    }

    /** A server's first request is the one by which its thread is found, so of that no write is told. */
    private void followWrites(int task) {
        if (threads.size() < MAX_THREADS && threads.add(task)) {
            String filter = threads.stream().map(t -> "common_pid == " + t).collect(Collectors.joining(" || "));
            kernel.filter(write, filter);
            kernel.filter(written, filter);
        }
    }

    private boolean isInGuest(int task) {
        return namespace(Path.of("/proc/" + task + "/ns/net"))
                .filter(guests::contains)
                .isPresent();
    }

    /** The namespaces in which guests' devices are. */
    private Set<Object> guestNamespaces() {
        Set<Object> found = new HashSet<>();
        for (SwitchPorts.Plugged port : ports.get()) {
            port.stampPoint()
                    .filter(point -> point.guestSide() && port.port().kind() == Port.Kind.VNIC)
                    .map(SwitchPorts.StampPoint::namespace)
                    .map(NetNs::path)
                    .flatMap(path -> namespace(Path.of(path)))
                    .ifPresent(found::add);
        }
        return found;
    }

    /** A namespace's inode, which is its identity (namespaces(7)); empty when its process is gone. */
    private static Optional<Object> namespace(Path path) {
        try {
            return Optional.of(Files.getAttribute(path, "unix:ino"));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private void report(Sighting.ServerTurn turn) {
        SightingWriter.serverTurn(
                record,
                0,
                new Sighting.ServerTurn(
                        turn.client(),
                        turn.service(),
                        turn.takenNs() + realtimeAheadNs,
                        turn.readNs() + realtimeAheadNs,
                        turn.writtenNs() + realtimeAheadNs));
        ring.offer(record, 0);
    }

    @Override
    public void close() {
        running = false;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
