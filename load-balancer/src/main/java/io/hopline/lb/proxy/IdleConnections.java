package io.hopline.lb.proxy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connections to one backend that have room for a request, the most recently used first. Those whose packets are timed are apart: what
 * runs over them is seen by every hop, and that would be dear for requests that nobody asked to time. Event loop only.
 */
final class IdleConnections {
    private final ArrayDeque<PooledConnection> timed = new ArrayDeque<>();
    private final ArrayDeque<PooledConnection> others = new ArrayDeque<>();

    void push(PooledConnection connection) {
        ArrayDeque<PooledConnection> to = connection.isTimed() ? timed : others;
        if (!connection.carriesMany() || !to.contains(connection)) {
            to.push(connection);
        }
    }

    /** Takes room on one that is still open and is timed as wanted, or null. */
    @Nullable
    Upstream take(boolean wantTimed) {
        ArrayDeque<PooledConnection> from = wantTimed ? timed : others;
        while (!from.isEmpty()) {
            PooledConnection connection = from.poll();
            if (wantTimed && !connection.isTimed()) {
                // Fewer are timed than when it came.
                others.push(connection);
            } else if (!connection.isOpen()) {
                connection.retire();
            } else if (connection.hasRoom()) {
                Upstream upstream = connection.upstream();
                if (connection.carriesMany() && connection.hasRoom()) {
                    from.push(connection);
                }
                return upstream;
            }
        }
        return null;
    }

    void remove(PooledConnection connection) {
        if (!others.remove(connection)) {
            timed.remove(connection);
        }
    }

    /** Closes what has been idle for too long. */
    void closeIdle(long nowNs, long idleLimitNs) {
        closeIdle(timed, nowNs, idleLimitNs);
        closeIdle(others, nowNs, idleLimitNs);
    }

    private static void closeIdle(ArrayDeque<PooledConnection> from, long nowNs, long idleLimitNs) {
        List<PooledConnection> over = null;
        for (PooledConnection connection : from) {
            if (nowNs - connection.idleSinceNs() > idleLimitNs) {
                over = over == null ? new ArrayList<>() : over;
                over.add(connection);
            }
        }
        if (over != null) {
            from.removeAll(over);
            over.forEach(PooledConnection::retire);
        }
    }

    void closeAll() {
        closeAll(timed);
        closeAll(others);
    }

    private static void closeAll(ArrayDeque<PooledConnection> from) {
        while (!from.isEmpty()) {
            from.poll().retire();
        }
    }
}
