package io.hopline.lb;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Connections to one backend that wait for a request, the most recently used first. Those whose packets are timed are apart: what
 * runs over them is seen by every hop, and that would be dear for requests that nobody asked to time. Event loop only.
 */
final class IdleUpstreams {
    private final PhaseListener phases;
    private final ArrayDeque<PooledUpstream> timed = new ArrayDeque<>();
    private final ArrayDeque<PooledUpstream> others = new ArrayDeque<>();

    IdleUpstreams(PhaseListener phases) {
        this.phases = phases;
    }

    void push(PooledUpstream connection) {
        (phases.times(connection.localAddress()) ? timed : others).push(connection);
    }

    /** Takes one that is still open and is timed as wanted, or null. */
    @Nullable
    PooledUpstream take(boolean wantTimed) {
        ArrayDeque<PooledUpstream> from = wantTimed ? timed : others;
        while (!from.isEmpty()) {
            PooledUpstream connection = from.poll();
            if (wantTimed && !phases.times(connection.localAddress())) {
                // Fewer are timed than when it came.
                others.push(connection);
            } else if (connection.isOpen()) {
                return connection;
            }
        }
        return null;
    }

    void remove(PooledUpstream connection) {
        if (!others.remove(connection)) {
            timed.remove(connection);
        }
    }

    /** Closes what has been idle for too long; the oldest are at the tails. */
    void closeIdle(long nowNs, long idleLimitNs) {
        closeIdle(timed, nowNs, idleLimitNs);
        closeIdle(others, nowNs, idleLimitNs);
    }

    private static void closeIdle(ArrayDeque<PooledUpstream> from, long nowNs, long idleLimitNs) {
        while (!from.isEmpty() && nowNs - from.peekLast().idleSinceNs() > idleLimitNs) {
            from.pollLast().close();
        }
    }

    void closeAll() {
        closeAll(timed);
        closeAll(others);
    }

    private static void closeAll(ArrayDeque<PooledUpstream> from) {
        while (!from.isEmpty()) {
            from.poll().close();
        }
    }
}
