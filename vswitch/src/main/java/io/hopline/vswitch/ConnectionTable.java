package io.hopline.vswitch;

import io.hopline.vswitch.Connection.Phase;
import io.hopline.vswitch.Connection.Tuple;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The tracked connections: a chained hash table of both directions' tuples, and one list per phase in order of deadline.
 *
 * <p>Bounded. When it is full, the oldest connection of the least valuable phase goes: closed ones, then finishing ones,
 * then those that only one side has spoken on. Established connections are never evicted; if there are no others, a new
 * one is refused. A packet only moves its connection's deadline; the lists catch up when the old deadline comes, a few
 * entries at a time, so that nothing ever walks the whole table.
 */
final class ConnectionTable {
    static final int DEFAULT_CAPACITY = 1 << 17;

    /** How often a worker looks whether another is done before it sleeps until it is. */
    private static final int SPINS = 200;

    private final int capacity;
    /** Null when one worker has the table for itself. */
    private final @Nullable ReentrantLock lock;

    private final @Nullable Tuple[] slots;
    private final @Nullable Connection[] oldest = new Connection[Phase.ALL.length];
    private final @Nullable Connection[] newest = new Connection[Phase.ALL.length];
    private final ConnectionTally tally = new ConnectionTally();
    /** Guarded by the same lock. */
    final ClientAffinity clients = new ClientAffinity(ClientAffinity.DEFAULT_CAPACITY);
    /** Connections that were used before, chained by {@code newer}. */
    private @Nullable Connection free;

    private int size;

    /** @param shared several workers use it, each between {@link #lock} and {@link #unlock} */
    ConnectionTable(int capacity, boolean shared) {
        this.capacity = capacity;
        lock = shared ? new ReentrantLock() : null;
        slots = new Tuple[Integer.highestOneBit(capacity) << 2];
    }

    int size() {
        return size;
    }

    /** Keeps other workers out, if there are any; a connection and its tuples are the caller's until {@link #unlock}. */
    void lock() {
        if (lock != null) {
            for (int i = 0; i < SPINS; i++) {
                if (lock.tryLock()) {
                    return;
                }
                Thread.onSpinWait();
            }
            lock.lock();
        }
    }

    /** As {@link #lock}, unless another worker has it. */
    boolean tryLock() {
        return lock == null || lock.tryLock();
    }

    void unlock() {
        if (lock != null) {
            lock.unlock();
        }
    }

    /** The stored tuple that equals {@code wanted}, or null. */
    @Nullable
    Tuple find(Tuple wanted) {
        for (Tuple tuple = slots[slot(wanted)]; tuple != null; tuple = tuple.next) {
            if (tuple.sameAs(wanted)) {
                return tuple;
            }
        }
        return null;
    }

    /** True when no connection has this tuple; one that has ended gives way. */
    boolean isFree(Tuple wanted) {
        Tuple holder = find(wanted);
        Connection connection = holder == null ? null : holder.connection;
        if (connection != null && connection.phase == Phase.CLOSED) {
            remove(connection);
            return true;
        }
        return connection == null;
    }

    private int slot(Tuple tuple) {
        return tuple.hash() & slots.length - 1;
    }

    /** A blank connection to fill and {@link #insert}; null when the table is full of established ones. */
    @Nullable
    Connection allocate() {
        if (size == capacity && !evict()) {
            return null;
        }
        Connection connection = free;
        if (connection == null) {
            return new Connection();
        }
        free = connection.newer;
        connection.newer = null;
        connection.clear();
        return connection;
    }

    private boolean evict() {
        for (int i = 0; i <= Phase.LAST_EVICTABLE.ordinal(); i++) {
            Connection victim = oldest[i];
            if (victim != null) {
                remove(victim);
                return true;
            }
        }
        return false;
    }

    /** Puts an allocated connection, tuples filled, under both its tuples. */
    void insert(Connection connection, Phase phase, long nowNs) {
        link(connection.original);
        link(connection.reply);
        size++;
        tally.begins(connection, phase);
        connection.phase = phase;
        connection.expiresNs = nowNs + phase.timeoutNs;
        append(connection);
    }

    private void link(Tuple tuple) {
        int slot = slot(tuple);
        tuple.next = slots[slot];
        slots[slot] = tuple;
    }

    void remove(Connection connection) {
        unlink(connection.original);
        unlink(connection.reply);
        detach(connection);
        tally.ends(connection);
        size--;
        connection.newer = free;
        free = connection;
    }

    private void unlink(Tuple tuple) {
        int slot = slot(tuple);
        Tuple before = null;
        for (Tuple at = slots[slot]; at != null; at = at.next) {
            if (at == tuple) {
                if (before == null) {
                    slots[slot] = at.next;
                } else {
                    before.next = at.next;
                }
                at.next = null;
                return;
            }
            before = at;
        }
    }

    /** A packet was seen: the connection lives on, perhaps in another phase. */
    void touch(Connection connection, Phase phase, long nowNs) {
        connection.expiresNs = nowNs + phase.timeoutNs;
        if (phase != connection.phase) {
            tally.moves(connection, connection.phase, phase);
            detach(connection);
            connection.phase = phase;
            append(connection);
        }
    }

    /** The connection's mark becomes another. */
    void mark(Connection connection, int mark) {
        if (mark != connection.mark) {
            connection.mark = mark;
            tally.marked(connection);
        }
    }

    /** Any thread: connections whose destination was translated, or that are marked, by where they go. */
    List<ConnectionCount> counts() {
        return tally.counts();
    }

    /** Ends a server's connections: each is gone when a packet of it comes. */
    void end(ConnectionCount count) {
        tally.end(count);
    }

    private void append(Connection connection) {
        int list = connection.phase.ordinal();
        Connection last = newest[list];
        connection.listedNs = connection.expiresNs;
        connection.older = last;
        connection.newer = null;
        if (last == null) {
            oldest[list] = connection;
        } else {
            last.newer = connection;
        }
        newest[list] = connection;
    }

    private void detach(Connection connection) {
        int list = connection.phase.ordinal();
        Connection before = connection.older;
        Connection after = connection.newer;
        if (before == null) {
            oldest[list] = after;
        } else {
            before.newer = after;
        }
        if (after == null) {
            newest[list] = before;
        } else {
            after.older = before;
        }
        connection.older = null;
        connection.newer = null;
    }

    /**
     * Ends connections whose silence was too long; looks at no more than {@code budget} of them.
     *
     * @return how many ended
     */
    int expire(long nowNs, int budget) {
        int ended = 0;
        int left = budget;
        for (int list = 0; list < oldest.length && left > 0; list++) {
            Connection connection = oldest[list];
            while (connection != null && connection.listedNs <= nowNs && left-- > 0) {
                if (connection.expiresNs <= nowNs) {
                    remove(connection);
                    ended++;
                } else {
                    detach(connection);
                    append(connection);
                }
                connection = oldest[list];
            }
        }
        return ended;
    }

    /** Ends all connections. */
    void clear() {
        for (int list = 0; list < oldest.length; list++) {
            Connection connection = oldest[list];
            while (connection != null) {
                remove(connection);
                connection = oldest[list];
            }
        }
    }
}
