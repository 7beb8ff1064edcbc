package io.hopline.controller;

import io.hopline.openflow.ErrorMessage;
import io.hopline.openflow.Match;
import io.hopline.openflow.MultipartReply;
import io.hopline.openflow.MultipartRequest;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowConnection;
import io.hopline.openflow.OpenFlowMessage;
import io.hopline.openflow.PortDescription;
import io.hopline.openflow.PortStatus;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One switch's connection. Reads what the switch is and has, then keeps it at the compiled program by differences; a
 * version counts as applied once the switch answered a barrier sent behind it.
 *
 * <p>One virtual thread receives, one runs {@link #run()} and owns all fields but the volatile ones.
 */
final class SwitchSession {
    private static final Logger LOG = LoggerFactory.getLogger(SwitchSession.class);
    private static final int MAX_QUEUED = 1_024;
    private static final int MAX_ASKED = 32;
    /** After the switch refused something: how long until its tables are read and compared again. */
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(5);

    /** Wakes {@link #run()} without a message. */
    private sealed interface Event {
        record Message(OpenFlowConnection.Received received) implements Event {}

        record Wake() implements Event {}

        record Closed(String why) implements Event {}
    }

    /** What a session needs of its surroundings. */
    interface Surroundings {
        NetworkState state();

        Recompiler.Compiled compiled();

        /** Notes the ports of the switch; returns the version of the state that has them. */
        long observePorts(String node, TreeMap<String, Integer> ports);

        /** Called once the datapath id is known. */
        void identified(SwitchSession session);

        /** Called when the switch confirmed changes that brought it to {@code version}. */
        void applied(SwitchSession session, long version);

        /** Called when the switch refused a change. */
        void refused(SwitchSession session, String error);
    }

    private final OpenFlowConnection connection;
    private final Surroundings surroundings;
    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(MAX_QUEUED);
    private final AtomicBoolean woken = new AtomicBoolean();
    private final SwitchTables tables = new SwitchTables();
    private final TreeMap<String, Integer> ports = new TreeMap<>();
    private final Set<String> downPorts = new TreeSet<>();
    /** Transaction ids of what was asked and not wholly answered. */
    private final Set<Integer> reading = new HashSet<>();
    /** What others asked, by transaction id. */
    private final Map<Integer, SwitchQueries.Answer> asked = new ConcurrentHashMap<>();

    private int barrierXid;
    private long barrierVersion = -1;
    private int modsSinceBarrier;
    private boolean refusedSinceBarrier;
    private boolean portsChanged;
    private long minVersion = -1;
    private long retryAtNs;
    private volatile long dpid;
    private volatile boolean identified;
    private volatile long applied = -1;
    private volatile int flowCount;
    private volatile int groupCount;
    private volatile long modsSent;
    private volatile String error = "";
    private volatile boolean ended;
    private volatile Set<String> down = Set.of();

    SwitchSession(OpenFlowConnection connection, Surroundings surroundings) {
        this.connection = connection;
        this.surroundings = surroundings;
    }

    /** Returns when the connection ends. */
    void run() throws InterruptedException {
        Thread reader = Thread.ofVirtual().name("openflow-receive").start(this::receive);
        try {
            send(new OpenFlowMessage.FeaturesRequest());
            readTables();
            String why = null;
            while (why == null) {
                Event event = next();
                why = event instanceof Event.Closed closed ? closed.why() : handle(event);
            }
            LOG.info("switch {} is gone: {}", identified ? dpidText() : connection.peer(), why);
        } catch (IOException e) {
            LOG.info("switch {} is gone: {}", identified ? dpidText() : connection.peer(), e.getMessage());
        } finally {
            connection.close();
            reader.interrupt();
            ended = true;
            asked.values().forEach(answer -> answer.fail("the switch is gone"));
        }
    }

    private void receive() {
        try {
            String why;
            try {
                while (true) {
                    events.put(new Event.Message(connection.receive()));
                }
            } catch (IOException e) {
                why = String.valueOf(e.getMessage());
            }
            events.put(new Event.Closed(why));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next event; a wake when it is time to try again. */
    private Event next() throws InterruptedException {
        if (woken.getAndSet(false)) {
            return new Event.Wake();
        }
        if (retryAtNs == 0) {
            return events.take();
        }
        Event event = events.poll(Math.max(0, retryAtNs - System.nanoTime()), TimeUnit.NANOSECONDS);
        return event == null ? new Event.Wake() : event;
    }

    /** Returns null; the type is that of a reason to end. */
    private @Nullable String handle(Event event) throws IOException {
        if (event instanceof Event.Message(OpenFlowConnection.Received received)) {
            take(received);
        }
        if (retryAtNs != 0 && System.nanoTime() - retryAtNs >= 0 && reading.isEmpty()) {
            retryAtNs = 0;
            readTables();
        }
        if (identified && reading.isEmpty()) {
            synchronize();
        }
        return null;
    }

    /**
     * Asks for somebody else; from any thread.
     *
     * @throws StateException when too many answers are waited for
     */
    void ask(OpenFlowMessage question, SwitchQueries.Answer answer) {
        if (asked.size() >= MAX_ASKED) {
            throw StateException.unavailable("node", "too many questions wait for switch " + dpidText() + " to answer");
        }
        int xid = connection.nextXid();
        asked.put(xid, answer);
        try {
            connection.send(xid, question);
        } catch (IOException e) {
            asked.remove(xid);
            answer.fail(String.valueOf(e.getMessage()));
        }
        if (ended) {
            answer.fail("the switch is gone");
        }
    }

    /** Lets go of a question whose answer nobody waits for any more. */
    void forget(SwitchQueries.Answer answer) {
        asked.values().remove(answer);
    }

    private void take(OpenFlowConnection.Received received) {
        SwitchQueries.Answer waiting = asked.get(received.xid());
        if (waiting != null) {
            if (waiting.take(received.message())) {
                asked.remove(received.xid());
            }
            return;
        }
        switch (received.message()) {
            case OpenFlowMessage.FeaturesReply features -> identify(features.datapathId());
            case MultipartReply reply -> take(received.xid(), reply);
            case PortStatus status -> take(status);
            case OpenFlowMessage.BarrierReply() -> barrierReached(received.xid());
            case ErrorMessage refused -> refused(received.xid(), refused);
            default -> LOG.debug("switch {} sent {}", connection.peer(), received.message());
        }
    }

    private void identify(long datapathId) {
        dpid = datapathId;
        identified = true;
        surroundings.identified(this);
        LOG.info("switch {} connected from {}", dpidText(), connection.peer());
    }

    private void readTables() throws IOException {
        tables.clear();
        ports.clear();
        downPorts.clear();
        portsChanged = true;
        ask(new MultipartRequest.PortDescriptions());
        ask(new MultipartRequest.GroupDescriptions());
        ask(new MultipartRequest.Flows(new MultipartRequest.FlowFilter(
                OpenFlow.TABLE_ALL,
                OpenFlow.PORT_ANY,
                OpenFlow.GROUP_ANY,
                Flow.COOKIE_MARK,
                Flow.COOKIE_MARK_MASK,
                Match.ANY)));
    }

    private void ask(MultipartRequest.Query query) throws IOException {
        reading.add(send(new MultipartRequest(query)));
    }

    private void take(int xid, MultipartReply reply) {
        switch (reply.report()) {
            case MultipartReply.Flows(var flows) -> tables.addFlows(flows);
            case MultipartReply.GroupDescriptions(var groups) -> tables.addGroups(groups);
            case MultipartReply.PortDescriptions(var descriptions) -> descriptions.forEach(this::addPort);
            default -> LOG.debug("switch {} reported {}", dpidText(), reply.report());
        }
        if (!reply.more()) {
            reading.remove(xid);
        }
    }

    private void take(PortStatus status) {
        if (status.reason() == PortStatus.Reason.DELETE) {
            ports.remove(status.port().name(), status.port().number());
            downPorts.remove(status.port().name());
            down = Set.copyOf(downPorts);
            portsChanged = true;
        } else {
            addPort(status.port());
        }
    }

    private void addPort(PortDescription port) {
        if (Integer.compareUnsigned(port.number(), OpenFlow.PORT_MAX) <= 0) {
            Integer before = ports.put(port.name(), port.number());
            portsChanged |= before == null || before != port.number();
            if ((port.state() & OpenFlow.PORT_STATE_LINK_DOWN) != 0) {
                downPorts.add(port.name());
            } else {
                downPorts.remove(port.name());
            }
            down = Set.copyOf(downPorts);
        }
    }

    /** Sends what differs from the compiled program, and a barrier behind it. */
    private void synchronize() throws IOException {
        Optional<NodeInfo> node = surroundings.state().nodeByDpid(dpid);
        if (node.isEmpty()) {
            return;
        }
        String name = node.get().name();
        if (portsChanged || minVersion < 0) {
            minVersion = surroundings.observePorts(name, ports);
            portsChanged = false;
        }
        Recompiler.Compiled compiled = surroundings.compiled();
        NodeProgram program = compiled.programs().get(name);
        if (program == null || compiled.version() < minVersion || retryAtNs != 0) {
            return;
        }
        if (compiled.version() == applied || compiled.version() == barrierVersion) {
            return;
        }
        List<OpenFlowMessage> messages = tables.become(program);
        flowCount = tables.flowCount();
        groupCount = tables.groupCount();
        for (OpenFlowMessage message : messages) {
            send(message);
        }
        modsSent += messages.size();
        modsSinceBarrier = messages.size();
        barrierVersion = compiled.version();
        barrierXid = send(new OpenFlowMessage.BarrierRequest());
    }

    private void barrierReached(int xid) {
        if (xid != barrierXid) {
            return;
        }
        if (refusedSinceBarrier) {
            retryAtNs = System.nanoTime() + RETRY_NS;
        } else {
            applied = barrierVersion;
            error = "";
            if (modsSinceBarrier > 0) {
                surroundings.applied(this, applied);
            }
        }
        refusedSinceBarrier = false;
        barrierVersion = -1;
    }

    private void refused(int xid, ErrorMessage refused) {
        reading.remove(xid);
        refusedSinceBarrier = true;
        String why = "the switch refused a change: " + refused.describe();
        if (!why.equals(error)) {
            surroundings.refused(this, why);
        }
        error = why;
        LOG.warn("switch {} answered {} with {}", dpidText(), xid, refused.describe());
    }

    private int send(OpenFlowMessage message) throws IOException {
        int xid = connection.nextXid();
        connection.send(xid, message);
        return xid;
    }

    /** Makes the session look at the state and the compiled programs again; from any thread. */
    void wake() {
        woken.set(true);
        boolean queued = events.offer(new Event.Wake());
        // A full queue wakes the session as well.
        assert queued || !events.isEmpty();
    }

    void close() {
        connection.close();
    }

    /** Valid once {@link Surroundings#identified} was called. */
    long dpid() {
        return dpid;
    }

    String dpidText() {
        return String.format("%016x", dpid);
    }

    NodeStatus status(long desired) {
        return new NodeStatus(true, desired, applied, flowCount, groupCount, error, down);
    }

    /** Flow and group changes sent since the connection was made. */
    long modsSent() {
        return modsSent;
    }
}
