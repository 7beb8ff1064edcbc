package io.hopline.lb.proxy;

import io.hopline.lb.config.BackendProtocol;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.counters.BackendTally;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one backend: at most {@code maxConnectionsPerBackend}, the most recently used
 * first, and the exchanges that wait when all are taken, at most {@code maxWaitingPerBackend}. Exchanges that connections
 * of HTTP/2 will have room for when they are open wait for these, too. A timed request gets a timed
 * connection: which are timed goes by our port, so one for it is opened from a port that is. Where there may be no more
 * connections, one of the other kind makes room {@value #ROOMS_PER_SECOND} times a second at most, or under load no request would
 * be timed; beyond that they share, and what was to be timed is not. Event loop only.
 */
final class BackendPool {
    /** The ports that Linux gives to connections unless told otherwise (ip_local_port_range). */
    private static final int FIRST_PORT = 32_768;

    private static final int PORTS = 28_232;

    private static final int ROOMS_PER_SECOND = 100;

    private final ProxyLoop loop;
    private final ProxyBackend backend;
    private final PhaseListener phases;
    private final IdleConnections idle = new IdleConnections();
    private final ArrayDeque<Exchange> waiting = new ArrayDeque<>();
    private final BackendTally tally;
    /** Our address towards the backend, known since the first connection. */
    private @Nullable InetAddress source;

    private int open;
    /** Connections of which it is not known yet how much they carry. */
    private int opening;
    /** Connections that were given up for others since then. */
    private int rooms;

    private long roomsSinceNs = System.nanoTime();
    private boolean retired;

    BackendPool(ProxyLoop loop, ProxyBackend backend) {
        this.loop = loop;
        this.backend = backend;
        this.phases = loop.proxy().phases();
        this.tally = loop.proxy().tally().backend(backend.name());
    }

    ProxyBackend backend() {
        return backend;
    }

    /**
     * Finds a connection for the exchange and tells it so, now or later.
     *
     * @param fresh never one that was used before, because such a one has just failed this exchange
     */
    void acquire(Exchange exchange, boolean fresh) {
        boolean timed = exchange.peer().isTimed();
        boolean full = open >= loop.settings().maxConnectionsPerBackend();
        Upstream upstream = fresh ? null : idle.take(timed);
        boolean mayWait = waiting.size() < loop.settings().maxWaitingPerBackend();
        Upstream room = null;
        if (upstream == null && full && !fresh) {
            upstream = idle.take(!timed);
            if (upstream != null && mayWait && makesRoom()) {
                room = upstream;
                upstream = null;
            }
        }
        if (upstream != null) {
            exchange.connected(upstream);
        } else if (!full && (fresh || !roomIsComing())) {
            connect(exchange);
        } else if (mayWait) {
            waiting.add(exchange);
            tally.waiting(1);
            if (room != null) {
                room.close();
            }
        } else {
            exchange.poolFull();
        }
    }

    /**
     * Whether a connection of the other kind may be given up for this exchange. One that carries many is shared instead; and a
     * connection opened anew costs some 100 us, which is not to be more than a hundredth of the loop's time.
     */
    private boolean makesRoom() {
        if (loop.proxy().dialer().protocol().http2()) {
            return false;
        }
        long nowNs = System.nanoTime();
        if (nowNs - roomsSinceNs >= 1_000_000_000L) {
            roomsSinceNs = nowNs;
            rooms = 0;
        }
        return rooms++ < ROOMS_PER_SECOND;
    }

    /** Whether a connection from this address of ours is timed, whenever asked. */
    BooleanSupplier timing(InetSocketAddress local) {
        return phases.timing(local);
    }

    /** Where a connection for the exchange is to be opened from, or null for where the kernel likes. */
    @Nullable
    InetSocketAddress source(Exchange exchange) {
        if (source == null || !exchange.peer().isTimed()) {
            return null;
        }
        int first = ThreadLocalRandom.current().nextInt(PORTS);
        for (int i = 0; i < PORTS; i++) {
            InetSocketAddress candidate = new InetSocketAddress(source, FIRST_PORT + (first + i) % PORTS);
            if (phases.timing(candidate).getAsBoolean()) {
                return candidate;
            }
        }
        return null;
    }

    /** Whether connections that are being opened will have room for all that wait and one more. */
    private boolean roomIsComing() {
        BackendProtocol protocol = loop.proxy().dialer().protocol();
        return protocol.http2() && waiting.size() < opening * (protocol.maxStreams() - 1);
    }

    private void connect(Exchange exchange) {
        counted(1);
        opening++;
        loop.connect(this, exchange);
    }

    /** A connection that the loop opened for the exchange; {@link #ready} says when it may have more. */
    void opened(PooledConnection connection, Exchange exchange) {
        source = connection.localAddress().getAddress();
        if (!connection.carriesMany()) {
            opening--;
        }
        if (exchange.finished()) {
            release(connection);
        } else {
            exchange.connected(connection.upstream());
        }
    }

    /** A connection that carries many knows how many, or has ended before; told once. */
    void ready(PooledConnection connection) {
        opening--;
        if (connection.isOpen()) {
            offer(connection);
        }
    }

    /** A connection could not be opened; those who wait for one would wait for ever if the next did not try. */
    void failed(Exchange exchange, Throwable cause) {
        counted(-1);
        opening--;
        serveNext();
        if (!exchange.finished()) {
            exchange.connectFailed(cause);
        }
    }

    /** Takes back a connection of which an exchange is complete. */
    void release(PooledConnection connection) {
        connection.exchangeEnded(System.nanoTime());
        if (retired || !connection.isOpen()) {
            idle.remove(connection);
            connection.retire();
        } else {
            offer(connection);
        }
    }

    /** Lets those who wait have what room the connection has. */
    private void offer(PooledConnection connection) {
        while (connection.hasRoom()) {
            Exchange next = nextWaiting();
            if (next == null) {
                idle.push(connection);
                return;
            }
            if (!connection.carriesMany() && connection.isTimed() != next.peer().isTimed() && makesRoom()) {
                // One of its kind is opened in this one's place, when that is closed.
                waiting.addFirst(next);
                tally.waiting(1);
                connection.retire();
                return;
            }
            next.connected(connection.upstream());
        }
    }

    /** A connection is gone, whoever closed it. */
    void closed(PooledConnection connection) {
        idle.remove(connection);
        counted(-1);
        serveNext();
    }

    /** Closes what has been idle for too long. */
    void closeIdle(long nowNs, long idleLimitNs) {
        idle.closeIdle(nowNs, idleLimitNs);
    }

    /** The backend is gone from the configuration: nothing is kept, what is under way may end. */
    void retire() {
        retired = true;
        idle.closeAll();
    }

    boolean isEmpty() {
        return open == 0 && waiting.isEmpty();
    }

    private void counted(int more) {
        open += more;
        tally.connections(more);
    }

    private void serveNext() {
        Exchange next = open < loop.settings().maxConnectionsPerBackend() ? nextWaiting() : null;
        if (next != null) {
            connect(next);
        }
    }

    private @Nullable Exchange nextWaiting() {
        while (!waiting.isEmpty()) {
            Exchange exchange = waiting.poll();
            tally.waiting(-1);
            if (!exchange.finished()) {
                return exchange;
            }
        }
        return null;
    }
}
