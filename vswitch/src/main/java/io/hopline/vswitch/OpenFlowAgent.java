package io.hopline.vswitch;

import io.hopline.openflow.OpenFlowAddress;
import io.hopline.openflow.OpenFlowConnection;
import io.hopline.openflow.OpenFlowListener;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The switch's OpenFlow 1.3 side: accepts connections, makes connections and makes them anew when they end, and serves each
 * on a virtual thread of its own. Controllers and tools such as ovs-ofctl may be connected at once, up to {@link
 * #MAX_CONNECTIONS}.
 */
public final class OpenFlowAgent implements AutoCloseable {
    /** Connections beyond this are closed at once. */
    public static final int MAX_CONNECTIONS = 64;

    private static final Logger LOG = LoggerFactory.getLogger(OpenFlowAgent.class);
    private static final long RECONNECT_PAUSE_MS = 1000;

    private final VirtualSwitch virtualSwitch;
    private final SwitchAnswers answers;
    private final ControllerRoles roles = new ControllerRoles();
    private final Set<OpenFlowConnection> connections = ConcurrentHashMap.newKeySet();
    private final List<OpenFlowListener> listeners = new ArrayList<>();
    private final List<Thread> connectors = new ArrayList<>();
    private volatile boolean closed;

    /**
     * @param datapathId the switch's number among all switches
     * @param description the switch's name, for people
     */
    public OpenFlowAgent(VirtualSwitch virtualSwitch, long datapathId, String description) {
        this.virtualSwitch = virtualSwitch;
        this.answers = new SwitchAnswers(virtualSwitch, datapathId, description);
    }

    /**
     * Accepts connections from now on.
     *
     * @param address {@code ptcp:PORT[:IP]} or {@code punix:PATH}
     * @return where it listens, with the port that was chosen when it was 0
     * @throws IOException naming the address when it cannot be bound
     * @throws IllegalArgumentException when the text is not such an address
     */
    public synchronized SocketAddress listen(String address) throws IOException {
        requireOpen();
        OpenFlowListener listener = OpenFlowListener.listen(OpenFlowAddress.parse(address), this::accept);
        listeners.add(listener);
        LOG.info("OpenFlow listens on {}", address);
        return listener.localAddress();
    }

    /**
     * Connects, now and whenever the connection ends or fails, a second later each time.
     *
     * @param address {@code tcp:HOST:PORT} or {@code unix:PATH}
     * @throws IllegalArgumentException when the text is not such an address
     */
    public synchronized void connect(String address) {
        requireOpen();
        OpenFlowAddress parsed = OpenFlowAddress.parse(address);
        if (parsed.passive()) {
            throw new IllegalArgumentException("cannot connect to '" + address + "': use tcp: or unix:");
        }
        connectors.add(Thread.ofVirtual().name("openflow-connect-" + address).start(() -> stayConnected(address)));
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the OpenFlow agent is closed");
        }
    }

    private void accept(SocketChannel channel) {
        try {
            serve(OpenFlowConnection.open(channel, "a client"));
        } catch (IOException e) {
            LOG.debug("OpenFlow client: {}", e.getMessage());
        }
    }

    private void stayConnected(String address) {
        String lastFailure = "";
        while (!closed) {
            try {
                // Parsed anew each time, so that a name is resolved anew.
                OpenFlowConnection connection = OpenFlowConnection.connect(OpenFlowAddress.parse(address));
                LOG.info("OpenFlow connected to {}", address);
                lastFailure = "";
                serve(connection);
            } catch (IOException e) {
                if (!lastFailure.equals(e.getMessage())) {
                    LOG.warn("OpenFlow: {}; tried again each second", e.getMessage());
                }
                lastFailure = String.valueOf(e.getMessage());
            }
            try {
                Thread.sleep(RECONNECT_PAUSE_MS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void serve(OpenFlowConnection connection) {
        connections.add(connection);
        try {
            if (closed || connections.size() > MAX_CONNECTIONS) {
                LOG.warn("OpenFlow: {} connections are too many, one is closed", connections.size());
                return;
            }
            new AgentSession(virtualSwitch, answers, roles, connection).run();
        } finally {
            connections.remove(connection);
            connection.close();
        }
    }

    /** Closes every connection and stops listening. */
    @Override
    public void close() {
        closed = true;
        synchronized (this) {
            for (OpenFlowListener listener : listeners) {
                try {
                    listener.close();
                } catch (IOException e) {
                    LOG.warn("OpenFlow: {}", e.getMessage());
                }
            }
            connectors.forEach(Thread::interrupt);
        }
        connections.forEach(OpenFlowConnection::close);
    }
}
