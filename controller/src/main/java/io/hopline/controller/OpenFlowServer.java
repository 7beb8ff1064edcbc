package io.hopline.controller;

import io.hopline.openflow.OpenFlowAddress;
import io.hopline.openflow.OpenFlowConnection;
import io.hopline.openflow.OpenFlowMessage;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for switches, and runs a {@link SwitchSession} for each on a virtual thread. At most 1,024 at a time. */
final class OpenFlowServer implements SwitchStatuses, SwitchQueries, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFlowServer.class);
    private static final int MAX_SESSIONS = 1_024;

    private final LiveState live;
    private final EventLog events;
    private final Recompiler recompiler;
    private final List<ServerSocketChannel> listeners = new ArrayList<>();
    private final Set<SwitchSession> sessions = ConcurrentHashMap.newKeySet();
    private final Map<Long, SwitchSession> byDpid = new ConcurrentHashMap<>();
    /** What is still worth telling of switches that went away; by datapath id. */
    private final Map<Long, NodeStatus> lastSeen = new ConcurrentHashMap<>();

    private volatile boolean closed;

    private OpenFlowServer(LiveState live, EventLog events) {
        this.live = live;
        this.events = events;
        this.recompiler = new Recompiler(live, this::wakeAll);
    }

    /**
     * Listens on every address.
     *
     * @throws ControllerException when one of them is taken or cannot be used; then none is listened on
     */
    static OpenFlowServer start(LiveState live, EventLog events, Collection<OpenFlowAddress> addresses) {
        OpenFlowServer server = new OpenFlowServer(live, events);
        try {
            for (OpenFlowAddress address : addresses) {
                server.listen(address);
            }
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        server.recompiler.start();
        for (ServerSocketChannel listener : server.listeners) {
            Thread.ofVirtual().name("openflow-accept").start(() -> server.accept(listener));
        }
        return server;
    }

    private void listen(OpenFlowAddress address) {
        if (!address.passive()) {
            throw new ControllerException("cannot listen on '" + address + "': use ptcp:PORT[:IP] or punix:PATH");
        }
        try {
            ServerSocketChannel listener = ServerSocketChannel.open(address.family());
            listeners.add(listener);
            if (address.socketAddress() instanceof UnixDomainSocketAddress unix) {
                removeStale(address, unix);
            }
            listener.bind(address.socketAddress());
        } catch (BindException e) {
            boolean taken = String.valueOf(e.getMessage()).contains("already in use");
            throw new ControllerException(
                    taken ? "address " + address + " is in use" : "cannot listen on " + address + ": " + e.getMessage(),
                    e);
        } catch (IOException e) {
            throw new ControllerException("cannot listen on " + address + ": " + e.getMessage(), e);
        }
    }

    /** A controller that was killed leaves its socket file; nobody answers there any more. */
    private static void removeStale(OpenFlowAddress address, UnixDomainSocketAddress unix) throws IOException {
        if (!Files.exists(unix.getPath())) {
            return;
        }
        try (SocketChannel _ = SocketChannel.open(unix)) {
            throw new ControllerException("address " + address + " is in use");
        } catch (IOException e) {
            LOG.debug("{} is stale: {}", address, e.getMessage());
            Files.deleteIfExists(unix.getPath());
        }
    }

    private void accept(ServerSocketChannel listener) {
        while (!closed) {
            try {
                SocketChannel channel = listener.accept();
                if (sessions.size() >= MAX_SESSIONS) {
                    LOG.warn("{} switches are connected already, the most there can be", MAX_SESSIONS);
                    channel.close();
                } else {
                    Thread.ofVirtual().name("openflow-session").start(() -> serve(channel));
                }
            } catch (IOException e) {
                if (!closed) {
                    LOG.error("accepting switches failed: {}", e.getMessage());
                }
                return;
            }
        }
    }

    private void serve(SocketChannel channel) {
        String peer = "?";
        try {
            peer = String.valueOf(channel.getRemoteAddress());
            OpenFlowConnection connection = OpenFlowConnection.open(channel, peer);
            SwitchSession session = new SwitchSession(connection, new SessionView());
            sessions.add(session);
            try {
                session.run();
            } finally {
                leave(session);
            }
        } catch (IOException e) {
            LOG.info("switch at {} did not shake hands: {}", peer, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("session with switch at {} failed", peer, e);
        }
    }

    private void leave(SwitchSession session) {
        sessions.remove(session);
        if (byDpid.remove(session.dpid(), session)) {
            String name = name(session);
            events.add(Event.Level.BAD, "node-disconnected", name, "host " + name + "'s switch is gone");
            long version = live.current().version();
            lastSeen.put(session.dpid(), session.status(version).gone(version));
        }
    }

    /** The node's, or the datapath id of a switch that no node said to be its own. */
    private String name(SwitchSession session) {
        return live.current().nodeByDpid(session.dpid()).map(NodeInfo::name).orElse(session.dpidText());
    }

    private void wakeAll() {
        sessions.forEach(SwitchSession::wake);
    }

    /** What the sessions see of us. */
    private final class SessionView implements SwitchSession.Surroundings {
        @Override
        public NetworkState state() {
            return live.current();
        }

        @Override
        public Recompiler.Compiled compiled() {
            return recompiler.current();
        }

        @Override
        public long observePorts(String node, TreeMap<String, Integer> ports) {
            TreeMap<String, Integer> copy = new TreeMap<>(ports);
            return live.update(state -> Changes.observePorts(state, node, copy)).version();
        }

        @Override
        public void identified(SwitchSession session) {
            SwitchSession before = byDpid.put(session.dpid(), session);
            if (before != null && before != session) {
                LOG.warn("switch {} connected again; the older connection is closed", session.dpidText());
                before.close();
            }
            String name = name(session);
            events.add(Event.Level.INFO, "node-connected", name, "host " + name + "'s switch is connected");
        }

        @Override
        public void applied(SwitchSession session, long version) {
            String name = name(session);
            events.add(Event.Level.INFO, "node-applied", name, "host " + name + " runs state v" + version);
        }

        @Override
        public void refused(SwitchSession session, String error) {
            events.add(Event.Level.BAD, "node-refused", name(session), "host " + name(session) + ": " + error);
        }
    }

    @Override
    public Map<String, NodeStatus> statuses() {
        NetworkState state = live.current();
        Map<String, NodeStatus> statuses = new TreeMap<>();
        for (NodeInfo node : state.nodes().values()) {
            SwitchSession session = byDpid.get(node.dpid());
            if (session != null) {
                statuses.put(node.name(), session.status(state.version()));
            } else {
                NodeStatus last = lastSeen.getOrDefault(node.dpid(), NodeStatus.NEVER_CONNECTED);
                statuses.put(node.name(), last.gone(state.version()));
            }
        }
        return statuses;
    }

    @Override
    public List<String> unknownDpids() {
        NetworkState state = live.current();
        return byDpid.values().stream()
                .filter(s -> state.nodeByDpid(s.dpid()).isEmpty())
                .map(SwitchSession::dpidText)
                .sorted()
                .toList();
    }

    @Override
    public void ask(NodeInfo node, OpenFlowMessage question, Answer answer) {
        SwitchSession session = byDpid.get(node.dpid());
        if (session == null) {
            throw StateException.unavailable("node", "the switch of host '" + node.name() + "' is not connected");
        }
        session.ask(question, answer);
    }

    @Override
    public void forget(NodeInfo node, Answer answer) {
        SwitchSession session = byDpid.get(node.dpid());
        if (session != null) {
            session.forget(answer);
        }
    }

    /** Flow and group changes sent on the current connection of a switch; empty when it is not connected. */
    Optional<Long> modsSent(long dpid) {
        return Optional.ofNullable(byDpid.get(dpid)).map(SwitchSession::modsSent);
    }

    /** Where we listen, in the order asked for; a port 0 is the one that the kernel chose. */
    List<SocketAddress> addresses() {
        List<SocketAddress> addresses = new ArrayList<>();
        for (ServerSocketChannel listener : listeners) {
            try {
                addresses.add(listener.getLocalAddress());
            } catch (IOException e) {
                throw new ControllerException("listener is closed", e);
            }
        }
        return addresses;
    }

    @Override
    public void close() {
        closed = true;
        recompiler.close();
        for (ServerSocketChannel listener : listeners) {
            try {
                SocketAddress address = listener.isOpen() ? listener.getLocalAddress() : null;
                listener.close();
                if (address instanceof UnixDomainSocketAddress unix) {
                    Files.deleteIfExists(unix.getPath());
                }
            } catch (IOException e) {
                LOG.warn("closing a listener failed: {}", e.getMessage());
            }
        }
        sessions.forEach(SwitchSession::close);
    }
}
