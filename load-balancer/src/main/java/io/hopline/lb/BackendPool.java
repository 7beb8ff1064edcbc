package io.hopline.lb;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one backend: at most {@code maxConnectionsPerBackend}, the most recently used
 * first, and the exchanges that wait when all are taken, at most {@code maxWaitingPerBackend}. Event loop only.
 */
final class BackendPool {
    private final ProxyLoop loop;
    private final ProxyBackend backend;
    private final ArrayDeque<PooledUpstream> idle = new ArrayDeque<>();
    private final ArrayDeque<Exchange> waiting = new ArrayDeque<>();
    private final BackendTally tally;
    private int open;
    private boolean retired;

    BackendPool(ProxyLoop loop, ProxyBackend backend) {
        this.loop = loop;
        this.backend = backend;
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
        PooledUpstream connection = fresh ? null : takeIdle();
        if (connection != null) {
            exchange.connected(connection);
        } else if (open < loop.settings().maxConnectionsPerBackend()) {
            counted(1);
            loop.connect(this, exchange);
        } else if (waiting.size() < loop.settings().maxWaitingPerBackend()) {
            waiting.add(exchange);
            tally.waiting(1);
        } else {
            exchange.poolFull();
        }
    }

    /** A connection that the loop opened for the exchange. */
    void opened(PooledUpstream connection, Exchange exchange) {
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

    /** Closes what has been idle for too long; the oldest are at the tail. */
    void closeIdle(long nowNs, long idleLimitNs) {
        while (!idle.isEmpty() && nowNs - idle.peekLast().idleSinceNs() > idleLimitNs) {
            idle.pollLast().close();
        }
    }

    /** The backend is gone from the configuration: nothing is kept, what is under way may end. */
    void retire() {
        retired = true;
        while (!idle.isEmpty()) {
            idle.poll().close();
        }
    }

    boolean isEmpty() {
        return open == 0 && waiting.isEmpty();
    }

    private void counted(int more) {
        open += more;
        tally.connections(more);
    }

    private @Nullable PooledUpstream takeIdle() {
        while (!idle.isEmpty()) {
            PooledUpstream connection = idle.poll();
            if (connection.isOpen()) {
                return connection;
            }
        }
        return null;
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
