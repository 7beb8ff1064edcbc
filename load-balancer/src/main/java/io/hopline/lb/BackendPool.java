package io.hopline.lb;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one backend: at most {@code maxConnectionsPerBackend}, the most recently used
 * first, and the exchanges that wait when all are taken, at most {@code maxWaitingPerBackend}. A timed request gets a timed
 * connection: which are timed goes by our port, so one for it is opened from a port that is. Event loop only.
 */
final class BackendPool {
    /** The ports that Linux gives to connections unless told otherwise (ip_local_port_range). */
    private static final int FIRST_PORT = 32_768;

    private static final int PORTS = 28_232;

    private final ProxyLoop loop;
    private final ProxyBackend backend;
    private final PhaseListener phases;
    private final IdleUpstreams idle;
    private final ArrayDeque<Exchange> waiting = new ArrayDeque<>();
    private final BackendTally tally;
    /** Our address towards the backend, known since the first connection. */
    private @Nullable InetAddress source;

    private int open;
    private boolean retired;

    BackendPool(ProxyLoop loop, ProxyBackend backend) {
        this.loop = loop;
        this.backend = backend;
        this.phases = loop.proxy().phases();
        this.idle = new IdleUpstreams(phases);
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
        boolean timed = phases.times(exchange.clientAddress());
        boolean full = open >= loop.settings().maxConnectionsPerBackend();
        PooledUpstream connection = fresh ? null : idle.take(timed);
        if (connection == null && full && !fresh) {
            connection = idle.take(!timed);
        }
        if (connection != null) {
            exchange.connected(connection);
        } else if (!full) {
            counted(1);
            loop.connect(this, exchange);
        } else if (waiting.size() < loop.settings().maxWaitingPerBackend()) {
            waiting.add(exchange);
            tally.waiting(1);
        } else {
            exchange.poolFull();
        }
    }

    /** Where a connection for the exchange is to be opened from, or null for where the kernel likes. */
    @Nullable
    InetSocketAddress source(Exchange exchange) {
        if (source == null || !phases.times(exchange.clientAddress())) {
            return null;
        }
        int first = ThreadLocalRandom.current().nextInt(PORTS);
        for (int i = 0; i < PORTS; i++) {
            InetSocketAddress candidate = new InetSocketAddress(source, FIRST_PORT + (first + i) % PORTS);
            if (phases.times(candidate)) {
                return candidate;
            }
        }
        return null;
    }

    /** A connection that the loop opened for the exchange. */
    void opened(PooledUpstream connection, Exchange exchange) {
        source = connection.localAddress().getAddress();
        if (exchange.finished()) {
            release(connection);
        } else {
            exchange.connected(connection);
        }
    }

    /** A connection could not be opened; those who wait for one would wait for ever if the next did not try. */
    void failed(Exchange exchange, Throwable cause) {
        counted(-1);
        serveNext();
        if (!exchange.finished()) {
            exchange.connectFailed(cause);
        }
    }

    /** Takes back a connection whose answer is complete. */
    void release(PooledUpstream connection) {
        connection.becomeIdle(System.nanoTime());
        if (retired || !connection.isOpen()) {
            connection.close();
            return;
        }
        Exchange next = nextWaiting();
        if (next != null) {
            next.connected(connection);
        } else {
            idle.push(connection);
        }
    }

    /** A connection is gone, whoever closed it. */
    void closed(PooledUpstream connection) {
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
            counted(1);
            loop.connect(this, next);
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
