package io.hopline.node;

import io.hopline.linux.EventFd;
import io.hopline.linux.Poller;
import io.hopline.linux.StampBatch;
import io.hopline.linux.StampSocket;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Port;
import io.hopline.packet.Tcp;
import io.hopline.sla.Direction;
import io.hopline.sla.Sighting;
import io.hopline.sla.SightingRing;
import io.hopline.sla.SightingWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
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
    /** After stamps were read the reader lets more of them come: one that sleeps on its sockets is woken for every frame. */
    private static final long GATHER_NS = 500_000;

    private static final int WAKE_UP = 0;
    private static final int FIRST_SOCKET = 1;

    private final SightingRing ring;
    private final Thread thread;
    private final EventFd wakeUp = EventFd.open();
    private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final Map<String, Watched> sockets = new LinkedHashMap<>();
    private final Poller poller = new Poller(FIRST_SOCKET + MAX_SOCKETS + 1);
    private final StampBatch batch = new StampBatch();
    private final MemorySegment record = Arena.ofAuto().allocate(Sighting.BYTES, 64);
    private List<Watched> order = List.of();
    private volatile TimedConnections timed = TimedConnections.NONE;
    private volatile boolean running = true;

    private record Watched(StampSocket socket, Port.Kind kind, boolean guestSide) {}

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
        execute(() -> order.forEach(watched -> watched.socket.filter(StampFilter.of(connections))))
                .join();
    }

    /**
     * Reads stamps of a port's netdev from now on.
     *
     * @throws io.hopline.linux.LinuxException when the netdev cannot be opened
     */
    void watch(String name, Port.Kind kind, SwitchPorts.StampPoint point) {
        StampSocket socket = StampSocket.open(point.namespace(), point.netdev(), StampFilter.of(timed));
        execute(() -> {
                    sockets.put(name, new Watched(socket, kind, point.guestSide()));
                    arrange();
                })
                .join();
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
            poller.poll(1000);
            if (poller.readable(WAKE_UP)) {
                wakeUp.drain();
            }
            int most = 0;
            for (int i = 0; i < order.size(); i++) {
                if (poller.readable(FIRST_SOCKET + i)) {
                    most = Math.max(most, read(order.get(i)));
                }
            }
            if (most > 0 && most < StampBatch.CAPACITY) {
                LockSupport.parkNanos(GATHER_NS);
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

    private int read(Watched watched) {
        StampSocket socket = watched.socket;
        int frames = socket.read(batch);
        for (int i = 0; i < frames; i++) {
            boolean leaving = watched.guestSide != batch.outgoing(i);
            note(watched.kind, leaving, batch.memory(), batch.offset(i), batch.length(i), batch.kernelNs(i));
        }
        long lost = frames == StampBatch.CAPACITY ? socket.lost() : 0;
        if (lost > 0) {
            LOG.warn("{} stamps lost: the stamp reader does not keep up", lost);
        }
        return frames;
    }

    /** Writes the record of one frame, of which only the first bytes are there; the filter has let through TCP only. */
    private void note(Port.Kind kind, boolean leaving, MemorySegment memory, long frame, int length, long kernelNs) {
        long ip = frame + Ethernet.BYTES;
        if (length < Ethernet.BYTES + Ipv4.MIN_BYTES + Tcp.MIN_BYTES) {
            return;
        }
        int ipHeaderBytes = Ipv4.headerBytes(memory, ip);
        if (length < Ethernet.BYTES + ipHeaderBytes + Tcp.MIN_BYTES) {
            return;
        }
        long tcp = ip + ipHeaderBytes;
        int source = Ipv4.source(memory, ip);
        int destination = Ipv4.destination(memory, ip);
        int sourcePort = Tcp.sourcePort(memory, tcp);
        int destinationPort = Tcp.destinationPort(memory, tcp);
        Direction direction = timed.direction(source, sourcePort, destination, destinationPort);
        if (direction == null) {
            return;
        }
        SightingWriter.edge(record, 0, direction, kind, leaving, kernelNs);
        if (direction == Direction.REQUEST) {
            SightingWriter.connection(record, 0, source, sourcePort, destination, destinationPort);
        } else {
            SightingWriter.connection(record, 0, destination, destinationPort, source, sourcePort);
        }
        SightingWriter.segment(
                record,
                0,
                Tcp.flags(memory, tcp),
                Tcp.sequence(memory, tcp),
                Tcp.acknowledgment(memory, tcp),
                Ipv4.totalBytes(memory, ip) - ipHeaderBytes - Tcp.headerBytes(memory, tcp));
        ring.offer(record, 0);
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
        batch.close();
        poller.close();
        wakeUp.close();
    }
}
