package io.hopline.node;

import io.hopline.linux.EventFd;
import io.hopline.linux.LinuxException;
import io.hopline.linux.Poller;
import io.hopline.linux.StampSocket;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Icmp;
import io.hopline.packet.Ip;
import io.hopline.packet.Port;
import io.hopline.packet.Tcp;
import io.hopline.packet.Udp;
import io.hopline.sla.DatagramKey;
import io.hopline.sla.Direction;
import io.hopline.sla.Protocol;
import io.hopline.sla.RequestEnds;
import io.hopline.sla.Sighting;
import io.hopline.sla.SightingRing;
import io.hopline.sla.SightingWriter;
import io.hopline.sla.TellingSegments;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes when the kernel saw timed frames at the edges of the virtual network: at each vNIC's netdev and at the host NIC.
 *
 * <p>One thread reads all stamp sockets; the worker and the frames do not wait for it. Others call {@link #watch},
 * {@link #unwatch} and {@link #timed}, which take effect on that thread. At most {@value #MAX_SOCKETS} sockets.
 */
final class StampReader implements AutoCloseable {
    static final int MAX_SOCKETS = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(StampReader.class);
    /**
     * After stamps were read the reader lets more of them come: one that sleeps on its sockets is woken for every frame, and
     * each look that follows keeps somebody from a processor.
     */
    private static final long SHORTEST_PAUSE_NS = 1_000_000;

    private static final long LONGEST_PAUSE_NS = 8_000_000;

    /** Content types and version of TLS records, RFC 8446, section 5.1. */
    private static final byte TLS_CHANGE_CIPHER = 20;

    private static final byte TLS_HANDSHAKE = 22;
    private static final byte TLS_MAJOR = 3;

    private static final int WAKE_UP = 0;
    private static final int FIRST_SOCKET = 1;

    private final SightingRing ring;
    private final Thread thread;
    private final EventFd wakeUp = EventFd.open();
    private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final Map<String, Watched> sockets = new LinkedHashMap<>();
    private final Poller poller = new Poller(FIRST_SOCKET + MAX_SOCKETS + 1);
    private final RingPause pause = new RingPause(SHORTEST_PAUSE_NS, LONGEST_PAUSE_NS, StampSocket.FRAMES / 4);
    private final PacketEnds ends = new PacketEnds();
    private final MemorySegment record = Arena.ofAuto().allocate(Sighting.BYTES, 64);
    private List<Watched> order = List.of();
    private volatile TimedConnections timed = TimedConnections.NONE;
    private volatile boolean running = true;
    private volatile long lost;
    private volatile long seen;
    /** Some device's ends of requests wait for a sign that they were the last. */
    private boolean holding;

    /** What is remembered of a device's connections. */
    private record Notes(TellingSegments telling, RequestEnds ends) {}

    /** A device where stamps are taken. */
    private static final class Watched {
        final StampSocket socket;
        final Port.Kind kind;
        final boolean guestSide;
        /** Of a device that was never timed there is nothing to tell. */
        @Nullable
        Notes notes;

        Watched(StampSocket socket, Port.Kind kind, boolean guestSide) {
            this.socket = socket;
            this.kind = kind;
            this.guestSide = guestSide;
        }

        void follow(TimedConnections connections, SightingRing ring) {
            if (notes == null && connections.isEmpty()) {
                return;
            }
            socket.filter(StampFilter.of(connections));
            notes = notes == null ? new Notes(new TellingSegments(), new RequestEnds(ring)) : notes;
        }
    }

    /** @param ring where records go; this is its writer */
    StampReader(SightingRing ring) {
        this.ring = ring;
        poller.watch(WAKE_UP, wakeUp.fd());
        thread = Thread.ofPlatform().name("stamp-reader").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Changes what is timed, here and in the kernel's filters. */
    void timed(TimedConnections connections) {
        timed = connections;
        execute(() -> sockets.forEach((name, watched) -> follow(name, watched))).join();
    }

    /**
     * Reads stamps of a port's netdev from now on.
     *
     * @throws LinuxException when the netdev cannot be opened
     */
    void watch(String name, Port.Kind kind, SwitchPorts.StampPoint point) {
        Watched watched = new Watched(StampSocket.open(point.namespace(), point.netdev()), kind, point.guestSide());
        execute(() -> {
                    sockets.put(name, watched);
                    arrange();
                    follow(name, watched);
                })
                .join();
    }

    /** A device that cannot be timed is one less in the report; the others are timed. */
    private void follow(String name, Watched watched) {
        try {
            watched.follow(timed, ring);
        } catch (LinuxException e) {
            LOG.warn("no stamps of port {}: {}", name, e.getMessage());
        }
    }

    /** Forgets a port, if it was watched. */
    void unwatch(String name) {
        execute(() -> {
                    Watched gone = sockets.remove(name);
                    if (gone != null) {
                        arrange();
                        gone.socket.close();
                    }
                })
                .join();
    }

    private void arrange() {
        if (sockets.size() > MAX_SOCKETS) {
            throw new IllegalStateException("stamps are taken at no more than " + MAX_SOCKETS + " netdevs");
        }
        order = new ArrayList<>(sockets.values());
        for (int i = 0; i < order.size(); i++) {
            poller.watch(FIRST_SOCKET + i, order.get(i).socket.fd());
        }
        poller.clear(FIRST_SOCKET + order.size());
    }

    private CompletableFuture<Void> execute(Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        commands.add(() -> {
            try {
                task.run();
                done.complete(null);
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        wakeUp.signal();
        if (!running) {
            done.complete(null);
        }
        return done;
    }

    private void run() {
        while (running) {
            poller.poll(holding ? RequestEnds.HOLD_MS : 1000);
            if (poller.readable(WAKE_UP)) {
                wakeUp.drain();
            }
            int most = 0;
            holding = false;
            for (int i = 0; i < order.size(); i++) {
                if (poller.failed(FIRST_SOCKET + i)) {
                    order.get(i).socket.takeError();
                }
                Watched watched = order.get(i);
                if (poller.readable(FIRST_SOCKET + i)) {
                    most = Math.max(most, read(watched));
                }
                if (watched.notes != null) {
                    watched.notes.ends.release(System.nanoTime());
                    holding |= watched.notes.ends.holds();
                }
            }
            if (most > 0) {
                LockSupport.parkNanos(pause.after(most));
            }
            for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
                command.run();
            }
        }
        sockets.values().forEach(watched -> watched.socket.close());
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
    }

    /** Returns how many frames there were. */
    private int read(Watched watched) {
        StampSocket socket = watched.socket;
        Notes notes = watched.notes;
        long lostBefore = socket.lost();
        int frames = 0;
        long nowNs = System.nanoTime();
        while (notes != null && socket.next()) {
            note(watched, notes, nowNs);
            frames++;
        }
        seen = seen + frames;
        if (socket.lost() != lostBefore) {
            lost = lost + socket.lost() - lostBefore;
            LOG.debug("{} stamps lost: the stamp reader does not keep up", socket.lost() - lostBefore);
        }
        return frames;
    }

    /** Stamps that the kernel took and that were read, worth noting or not; any thread. */
    long seen() {
        return seen;
    }

    /** Stamps that the kernel took and had no room for; any thread. */
    long lost() {
        return lost;
    }

    /** Writes the record of one frame, of which only the first bytes are there; the filter has let through nothing else. */
    private void note(Watched watched, Notes notes, long nowNs) {
        StampSocket socket = watched.socket;
        MemorySegment memory = socket.memory();
        long ip = socket.offset() + Ethernet.BYTES;
        int length = socket.length() - Ethernet.BYTES;
        int next = Ip.next(memory, ip, length);
        if (next < 0) {
            return;
        }
        int ipHeaderBytes = Ip.headerBytes(next);
        Protocol protocol = Protocol.of(Ip.protocol(next));
        boolean tcp = protocol == Protocol.TCP;
        if (protocol == null || length < ipHeaderBytes + (tcp ? Tcp.MIN_BYTES : Udp.BYTES)) {
            return;
        }
        long l4 = ip + ipHeaderBytes;
        Direction direction = direction(protocol, memory, ip, l4);
        if (direction == null) {
            return;
        }
        int l4Bytes = tcp ? Tcp.headerBytes(memory, l4) : Udp.BYTES;
        int payload = Ip.totalBytes(memory, ip) - ipHeaderBytes - l4Bytes;
        if (tcp && watched.kind == Port.Kind.VNIC) {
            notice(socket, direction, memory, payload, l4);
        }
        if (tcp && !tells(notes, direction, memory, payload, l4)) {
            return;
        }
        boolean leaving = watched.guestSide != socket.outgoing();
        long mac = watched.kind != Port.Kind.VNIC
                ? 0
                : leaving ? Ethernet.destination(memory, socket.offset()) : Ethernet.source(memory, socket.offset());
        SightingWriter.edge(record, 0, direction, watched.kind, leaving, mac, socket.kernelNs());
        ends.write(record, 0);
        switch (protocol) {
            case TCP ->
                SightingWriter.segment(
                        record,
                        0,
                        Tcp.flags(memory, l4),
                        Tcp.sequence(memory, l4),
                        Tcp.acknowledgment(memory, l4),
                        payload);
            case UDP -> {
                int available = Math.min(payload, length - ipHeaderBytes - Udp.BYTES);
                if (available < Math.min(payload, DatagramKey.DIGESTED_BYTES)) {
                    // Behind long extension headers: its key would be another one here than where all of it is there.
                    return;
                }
                long key = DatagramKey.ofUdp(direction, memory, l4, available, Ip.identification(memory, ip));
                SightingWriter.datagram(record, 0, protocol, key, payload);
            }
            case ICMP -> SightingWriter.datagram(record, 0, protocol, DatagramKey.ofEcho(memory, l4), payload);
        }
        notes.ends.offer(record, 0, nowNs);
    }

    /** What the joiner has to know of a connection beside its requests' ends. */
    private void notice(StampSocket socket, Direction direction, MemorySegment memory, int payload, long tcp) {
        int flags = Tcp.flags(memory, tcp);
        if (Tcp.window(memory, tcp) == 0 && (flags & (Sighting.SYN | Sighting.RST)) == 0) {
            notice(socket.kernelNs(), direction, Sighting.Notice.What.ZERO_WINDOW, memory, tcp);
        }
        long data = tcp + Tcp.headerBytes(memory, tcp);
        boolean there = payload > 1 && socket.length() > data - socket.offset() + 1;
        if (direction == Direction.REQUEST && there) {
            int type = memory.get(ValueLayout.JAVA_BYTE, data);
            boolean handshake = type == TLS_HANDSHAKE || type == TLS_CHANGE_CIPHER;
            if (handshake && memory.get(ValueLayout.JAVA_BYTE, data + 1) == TLS_MAJOR) {
                notice(socket.kernelNs(), direction, Sighting.Notice.What.TLS_HANDSHAKE, memory, tcp);
            }
        }
    }

    private void notice(long ns, Direction direction, Sighting.Notice.What what, MemorySegment memory, long tcp) {
        SightingWriter.notice(record, 0, direction, what, Tcp.sequence(memory, tcp), ns);
        ends.write(record, 0);
        ring.offer(record, 0);
    }

    /** Which way a packet goes, null when it is not timed; fills {@link #ends}. */
    private @Nullable Direction direction(Protocol protocol, MemorySegment memory, long ip, long l4) {
        ends.take(protocol, memory, ip, l4);
        if (protocol == Protocol.ICMP) {
            Direction direction = timed.echo(Icmp.type(memory, l4), ends);
            if (direction == null) {
                return null;
            }
            ends.directEcho(direction, memory, l4);
            return timed.isTimedClient(ends.clientHigh(), ends.clientLow(), ends.clientPort()) ? direction : null;
        }
        Direction direction = timed.direction(protocol, ends);
        if (direction != null) {
            ends.direct(direction);
        }
        return direction;
    }

    private boolean tells(Notes notes, Direction direction, MemorySegment memory, int payload, long tcp) {
        return notes.telling.tells(
                direction,
                ends.clientHigh(),
                ends.clientLow(),
                ends.clientPort(),
                Tcp.flags(memory, tcp),
                Tcp.sequence(memory, tcp),
                Tcp.acknowledgment(memory, tcp),
                payload);
    }

    @Override
    public void close() {
        running = false;
        wakeUp.signal();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        poller.close();
        wakeUp.close();
    }
}
