package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowRemoved;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.GroupDescription;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupStats;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import io.hopline.openflow.OpenFlowMessage;
import io.hopline.openflow.PacketIn;
import io.hopline.openflow.PortDescription;
import io.hopline.openflow.PortStats;
import io.hopline.openflow.PortStatus;
import io.hopline.openflow.TableStats;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The switch's control side: owner of ports, flow tables and groups, safe to call from any thread.
 *
 * <p>A change is checked and made under one lock, and refused with an {@link OpenFlowException} that leaves everything as
 * it was. The workers see it in the next {@link Snapshot}: many changes in a row share one, so that ten thousand flows
 * cost a few builds and not ten thousand. {@link #barrier()} says when all workers run what was changed. The slow-path
 * thread, between {@link #start()} and {@link #close()}, publishes snapshots, ends flows whose time is up, watches ports,
 * and brings frames to the controller and to the node's own services.
 */
public final class VirtualSwitch implements AutoCloseable {
    /** Tables 0 to 63. */
    public static final int TABLES = 64;

    private static final Logger LOG = LoggerFactory.getLogger(VirtualSwitch.class);
    private static final long HOUSEKEEPING_NS = 250_000_000L;
    /** Between two builds passes this many times the time that the last one took. */
    private static final int BUILD_PAUSE = 4;
    /** And at least this; a barrier does not wait. */
    private static final long MIN_PAUSE_NS = 5_000_000L;

    private final Object lock = new Object();
    private final LocalHandler local;
    private final LongSupplier realtimeNs;
    private final SlowPath slowPath;
    private final List<WorkerParts> workers;
    private final List<Datapath> datapaths;
    private final List<SwitchListener> listeners = new CopyOnWriteArrayList<>();
    private final GroupTable groups;
    private final FlowTables tables;
    private final PortTable ports;
    private final ArrayDeque<Waiting> barriers = new ArrayDeque<>();
    private Snapshot published = Snapshot.empty();
    private boolean dirty;
    private boolean remark;
    private long buildNotBeforeNs;
    private long nextHousekeepingNs;
    /** Events of a bundle that is not committed yet; null outside of bundles. */
    private @Nullable List<Consumer<SwitchListener>> held;

    private volatile @Nullable Thread thread;
    private volatile boolean closed;

    private record Waiting(long epoch, CompletableFuture<Void> done) {}

    /**
     * What a worker brings along.
     *
     * @param pool its frames
     * @param recorder times what it forwards
     * @param wake makes it call {@link Datapath#poll()} soon; called from any thread
     */
    public record WorkerParts(FramePool pool, HopRecorder recorder, Runnable wake) {}

    /**
     * @param workers one or more; each gets a data path of its own
     * @param local gets frames output to LOCAL, on the slow-path thread
     * @param realtimeNs CLOCK_REALTIME in nanoseconds
     */
    public VirtualSwitch(
            List<WorkerParts> workers, SelectorFactory selectors, LocalHandler local, LongSupplier realtimeNs) {
        this.workers = List.copyOf(workers);
        this.local = local;
        this.realtimeNs = realtimeNs;
        ports = new PortTable(workers.size());
        groups = new GroupTable(selectors);
        tables = new FlowTables(groups, this::tellRemoved);
        slowPath = new SlowPath(this::wakeSlowPath);
        boolean alone = workers.size() == 1;
        ConnectionTable connections = new ConnectionTable(ConnectionTable.DEFAULT_CAPACITY, !alone);
        datapaths = workers.stream()
                .map(worker -> new Datapath(
                        worker.pool(), worker.recorder(), connections, slowPath, realtimeNs, this::wakeSlowPath, alone))
                .toList();
    }

    /** Starts the slow-path thread. */
    public void start() {
        synchronized (lock) {
            if (thread != null || closed) {
                throw new IllegalStateException("a switch is started once");
            }
            Thread started = Thread.ofPlatform().name("hopline-switch").daemon().unstarted(this::runSlowPath);
            thread = started;
            started.start();
        }
    }

    /** Stops the slow-path thread and waits for it; ports stay open, they are the caller's. */
    @Override
    public void close() {
        Thread running;
        synchronized (lock) {
            closed = true;
            running = thread;
        }
        if (running != null && running != Thread.currentThread()) {
            LockSupport.unpark(running);
            try {
                running.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void wakeSlowPath() {
        Thread running = thread;
        if (running != null) {
            LockSupport.unpark(running);
        }
    }

    private void runSlowPath() {
        while (!closed) {
            try {
                LockSupport.parkNanos(step());
            } catch (RuntimeException e) {
                // A listener's or handler's fault must not take the switch's housekeeping down with it.
                LOG.warn("slow path", e);
            }
        }
    }

    /**
     * One turn of the slow-path thread, for that thread and for tests that have none.
     *
     * @return nanoseconds until it has something to do unasked
     */
    long step() {
        slowPath.drain(this::tellPacketIn, local);
        long nowNs = realtimeNs.getAsLong();
        List<CompletableFuture<Void>> done = new ArrayList<>();
        long waitNs;
        synchronized (lock) {
            if (nowNs >= nextHousekeepingNs || nowNs < nextHousekeepingNs - HOUSEKEEPING_NS) {
                nextHousekeepingNs = tables.expire(nowNs) ? nowNs : nowNs + HOUSEKEEPING_NS;
                dirty |= tables.hasChanged();
                ports.watch(slot -> tellPort(PortStatus.Reason.MODIFY, slot));
            }
            if (dirty && (!barriers.isEmpty() || System.nanoTime() - buildNotBeforeNs >= 0)) {
                publish();
            }
            long applied = appliedEpoch();
            while (!barriers.isEmpty() && barriers.peek().epoch() <= applied) {
                done.add(barriers.remove().done());
            }
            waitNs = dirty ? Math.max(1_000_000, buildNotBeforeNs - System.nanoTime()) : HOUSEKEEPING_NS;
            waitNs = Math.min(waitNs, nextHousekeepingNs - nowNs);
        }
        for (CompletableFuture<Void> future : done) {
            future.complete(null);
        }
        return waitNs;
    }

    /**
     * Builds what changed and offers it to the workers, unless one has not yet taken the last: then the slow-path thread
     * tries again when it has.
     */
    private void publish() {
        if (appliedEpoch() != published.epoch()) {
            return;
        }
        long startNs = System.nanoTime();
        Map<Integer, GroupEntry> groupsNow = groups.snapshot();
        List<Map<Integer, PortSlot>> portsNow = ports.snapshot();
        boolean everything =
                groupsNow != published.groups() || portsNow.getFirst() != published.ports() || tables.hasChangedMore();
        Snapshot first = new Snapshot(
                published.epoch() + 1,
                tables.build(),
                groupsNow,
                portsNow.getFirst(),
                new Snapshot.Changes(tables.changedFlows(), everything, remark));
        // Packet-outs may have filled the first worker's queue. The others' have nothing but snapshots, one at a time.
        if (datapaths.getFirst().offer(new Datapath.Command.Apply(first))) {
            for (int i = 1; i < datapaths.size(); i++) {
                datapaths.get(i).offer(new Datapath.Command.Apply(first.withPorts(portsNow.get(i))));
            }
            published = first;
            dirty = false;
            remark = false;
            tables.forgetChanges();
            workers.forEach(worker -> worker.wake().run());
        }
        long endNs = System.nanoTime();
        buildNotBeforeNs = endNs + Math.max(MIN_PAUSE_NS, BUILD_PAUSE * (endNs - startNs));
    }

    /** The epoch of the tables that every worker uses or has left behind. */
    private long appliedEpoch() {
        long oldest = Long.MAX_VALUE;
        for (Datapath datapath : datapaths) {
            oldest = Math.min(oldest, datapath.appliedEpoch());
        }
        return oldest;
    }

    private void changed() {
        if (!dirty) {
            dirty = true;
            wakeSlowPath();
        }
    }

    /** The workers' sides, in their order. */
    public List<Datapath> datapaths() {
        return datapaths;
    }

    public void addListener(SwitchListener listener) {
        listeners.add(listener);
    }

    public void removeListener(SwitchListener listener) {
        listeners.remove(listener);
    }

    private void tellRemoved(FlowRemoved removed) {
        tell(listener -> listener.flowRemoved(removed));
    }

    /** Tells every listener; later and perhaps never while a bundle is being committed. Under the lock. */
    private void tell(Consumer<SwitchListener> event) {
        List<Consumer<SwitchListener>> holding = held;
        if (holding != null) {
            holding.add(event);
        } else {
            listeners.forEach(event);
        }
    }

    private void tellPacketIn(PacketIn packetIn) {
        for (SwitchListener listener : listeners) {
            listener.packetIn(packetIn);
        }
    }

    private void tellPort(PortStatus.Reason reason, SwitchPort port) {
        PortStatus status = new PortStatus(reason, port.description());
        tell(listener -> listener.portStatus(status));
    }

    /**
     * Plugs a port in.
     *
     * @param number 1 to {@link OpenFlow#PORT_MAX}, not in use
     * @param queues one for each worker, which alone uses it, in the order of the workers
     * @throws IllegalArgumentException when the number or the port's name is taken or reserved
     */
    public void addPort(int number, Port... queues) {
        synchronized (lock) {
            SwitchPort port = ports.add(number, List.of(queues), realtimeNs.getAsLong());
            tellPort(PortStatus.Reason.ADD, port);
            changed();
        }
    }

    /** Unplugs a port. Done once no worker uses it any more and it can be closed; at once when there is none. */
    public CompletableFuture<Void> removePort(int number) {
        synchronized (lock) {
            SwitchPort port = ports.remove(number);
            if (port != null) {
                tellPort(PortStatus.Reason.DELETE, port);
                changed();
            }
            return barrier();
        }
    }

    /**
     * PORT_MOD (OpenFlow 1.3.5 section 7.3.4.3): sets those bits of a port's configuration that are in {@code mask}.
     *
     * @throws OpenFlowException for an unknown port, a wrong address or unknown bits
     */
    public void portMod(int number, MacAddress mac, int config, int mask) {
        synchronized (lock) {
            SwitchPort now = ports.configure(number, mac, config, mask);
            tellPort(PortStatus.Reason.MODIFY, now);
            changed();
        }
    }

    /**
     * Changes flows (OpenFlow 1.3.5 section 6.4).
     *
     * @throws OpenFlowException with the specification's error; nothing has changed then
     */
    public void flowMod(FlowMod mod) {
        synchronized (lock) {
            tables.apply(mod, realtimeNs.getAsLong());
            changed();
        }
    }

    /**
     * Changes groups (OpenFlow 1.3.5 section 6.5). A group that goes takes the flows that use it along.
     *
     * @throws OpenFlowException with the specification's error; nothing has changed then
     */
    public void groupMod(GroupMod mod) {
        synchronized (lock) {
            long nowNs = realtimeNs.getAsLong();
            switch (mod.command()) {
                case ADD -> groups.add(mod, nowNs);
                case MODIFY -> groups.modify(mod, nowNs);
                case DELETE -> {
                    Set<Integer> gone = groups.delete(mod.groupId());
                    if (!gone.isEmpty()) {
                        tables.removeUsersOf(gone, nowNs);
                    }
                }
            }
            changed();
        }
    }

    /**
     * Makes several changes as one (ONF extension 230): the worker sees all of them or none.
     *
     * @param changes FLOW_MODs, GROUP_MODs and PORT_MODs, made in order
     * @throws OpenFlowException of the first change that is refused; nothing has changed then, but for counters that a
     *     change before it has reset
     */
    public void bundle(List<OpenFlowMessage> changes) {
        synchronized (lock) {
            tables.begin();
            Runnable undoGroups = groups.checkpoint();
            Runnable undoPorts = ports.checkpoint();
            List<Consumer<SwitchListener>> events = new ArrayList<>();
            held = events;
            boolean refused = false;
            try {
                changes.forEach(this::change);
            } catch (OpenFlowException e) {
                refused = true;
                undoGroups.run();
                undoPorts.run();
                throw e;
            } finally {
                tables.end(refused);
                held = null;
            }
            events.forEach(this::tell);
        }
    }

    private void change(OpenFlowMessage message) {
        switch (message) {
            case FlowMod mod -> flowMod(mod);
            case GroupMod mod -> groupMod(mod);
            case OpenFlowMessage.PortMod mod -> portMod(mod.port(), mod.mac(), mod.config(), mod.mask());
            default ->
                throw new OpenFlowException(
                        OpenFlowError.BUNDLE_MESSAGE_UNSUPPORTED, "not a change of flows, groups or ports");
        }
    }

    /** Done once every worker runs everything that was changed before; completed on the slow-path thread. */
    public CompletableFuture<Void> barrier() {
        synchronized (lock) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            if (dirty) {
                publish();
            }
            // When a worker is behind, the change rides in the next snapshot.
            barriers.add(new Waiting(dirty ? published.epoch() + 1 : published.epoch(), done));
            wakeSlowPath();
            return done;
        }
    }

    /**
     * Runs actions on a frame of the controller's or the local services', with the tables as they were changed before, on the
     * first worker.
     *
     * @param inPort a port's number, or CONTROLLER or LOCAL
     * @throws OpenFlowException when the actions make no sense or the frame is too long
     */
    public void packetOut(byte[] frame, int inPort, List<Action> actions) {
        if (frame.length > Frame.MAX_BYTES) {
            throw new OpenFlowException(OpenFlowError.BAD_REQUEST_PACKET, "frame of " + frame.length + " bytes");
        }
        synchronized (lock) {
            ActionCheck.checkPacketOut(actions, groups::contains);
            ask(new Datapath.Command.Inject(frame.clone(), inPort, List.copyOf(actions)));
        }
    }

    /**
     * Has the first worker do something, with the tables as they were changed before.
     *
     * @throws OpenFlowException when too much waits for it already
     */
    void ask(Datapath.Command command) {
        synchronized (lock) {
            if (dirty) {
                publish();
            }
            if (!datapaths.getFirst().offer(command)) {
                throw new OpenFlowException(OpenFlowError.BAD_REQUEST_EPERM, "too many packet-outs wait");
            }
        }
        workers.getFirst().wake().run();
    }

    /** Asks the {@link HopRecorder} anew which frames are timed. */
    public void remark() {
        synchronized (lock) {
            remark = true;
            changed();
        }
    }

    /**
     * Statistics of the flows that a query selects.
     *
     * @throws OpenFlowException for an unknown table
     */
    public List<FlowStats> flowStats(FlowQuery query) {
        synchronized (lock) {
            return tables.stats(query, realtimeNs.getAsLong());
        }
    }

    public List<TableStats> tableStats() {
        synchronized (lock) {
            return tables.tableStats();
        }
    }

    public List<PortStats> portStats() {
        synchronized (lock) {
            return ports.stats(realtimeNs.getAsLong());
        }
    }

    public List<GroupStats> groupStats() {
        long nowNs = realtimeNs.getAsLong();
        synchronized (lock) {
            return groups.entries().stream()
                    .map(group -> group.stats(tables.referencesTo(group.id) + groups.referencesTo(group.id), nowNs))
                    .toList();
        }
    }

    public List<GroupDescription> groupDescriptions() {
        synchronized (lock) {
            return groups.entries().stream().map(GroupEntry::description).toList();
        }
    }

    public List<PortDescription> portDescriptions() {
        synchronized (lock) {
            return ports.descriptions();
        }
    }

    /** Frames that the switch dropped; see {@link Datapath#drops}. */
    public long drops(DropReason reason) {
        return datapaths.stream().mapToLong(datapath -> datapath.drops(reason)).sum();
    }
}
