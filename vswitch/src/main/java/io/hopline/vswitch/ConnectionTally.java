package io.hopline.vswitch;

import io.hopline.openflow.OpenFlow;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.vswitch.Connection.Phase;
import io.hopline.vswitch.Connection.Tuple;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Counts the connections whose destination was translated, and those that have a mark instead, by service and server or mark. Written under the connection table's
 * lock; any thread may read. Allocates for a server's first connection only; after {@value #MAX} servers, those without a
 * connection are forgotten, and when there are none the new one is not counted, nor is one beyond {@value #MAX_MARKS} marks.
 */
final class ConnectionTally {
    static final int MAX = 4_096;
    /** So many marks are told apart; a controller may mark for other ends than a service's, each connection with its own. */
    static final int MAX_MARKS = 256;

    private static final int SLOTS = 1_024;

    /** One server's counters. */
    static final class Entry {
        private final int zone;
        private final int protocol;
        private final IpAddress address;
        private final long addressHigh;
        private final long addressLow;
        private final int port;
        private final IpAddress server;
        private final long serverHigh;
        private final long serverLow;
        private final int serverPort;
        private final int mark;
        private final AtomicLong open = new AtomicLong();
        private final AtomicLong begun = new AtomicLong();
        private boolean ended;

        private Entry(Tuple original, Tuple reply, int mark) {
            zone = original.zone;
            protocol = original.protocol;
            addressHigh = original.destinationHigh;
            addressLow = original.destinationLow;
            address = address(original.ipv6, addressHigh, addressLow);
            port = original.destinationPort;
            serverHigh = reply.sourceHigh;
            serverLow = reply.sourceLow;
            server = address(reply.ipv6, serverHigh, serverLow);
            serverPort = reply.sourcePort;
            this.mark = mark;
        }

        private static IpAddress address(boolean ipv6, long high, long low) {
            return ipv6 ? new Ipv6Address(high, low) : new Ipv4Address((int) low);
        }

        private boolean isOf(Tuple original, Tuple reply, int itsMark) {
            return serverLow == reply.sourceLow
                    && mark == itsMark
                    && serverHigh == reply.sourceHigh
                    && serverPort == reply.sourcePort
                    && addressLow == original.destinationLow
                    && addressHigh == original.destinationHigh
                    && port == original.destinationPort
                    && protocol == original.protocol
                    && zone == original.zone;
        }

        private boolean isOf(ConnectionCount count) {
            return server.equals(count.server())
                    && mark == count.mark()
                    && serverPort == count.serverPort()
                    && address.equals(count.address())
                    && port == count.port()
                    && protocol == count.protocol()
                    && zone == count.zone();
        }

        private ConnectionCount count() {
            return new ConnectionCount(
                    zone, protocol, address, port, server, serverPort, mark, open.get(), begun.get());
        }
    }

    private final Entry[][] slots = new Entry[SLOTS][];
    private int size;
    private int marks;
    private volatile Entry[] published = new Entry[0];

    ConnectionTally() {
        Arrays.fill(slots, new Entry[0]);
    }

    /** Whether a connection was ended by {@link #end}. */
    static boolean hasEnded(Connection connection) {
        Entry entry = connection.tally;
        return entry != null && entry.ended;
    }

    /** Ends a server's connections of now: their entry counts no more, and those who meet one take it away. */
    void end(ConnectionCount count) {
        for (int i = 0; i < SLOTS; i++) {
            for (Entry entry : slots[i]) {
                if (entry.isOf(count)) {
                    entry.ended = true;
                    slots[i] = Stream.of(slots[i]).filter(e -> e != entry).toArray(Entry[]::new);
                    publish();
                    return;
                }
            }
        }
    }

    private static boolean isOpen(Phase phase) {
        return phase != Phase.CLOSED && phase != Phase.TCP_FINISHING;
    }

    /** A connection, its tuples filled, begins in a phase. */
    void begins(Connection connection, Phase phase) {
        connection.tally = null;
        boolean translated = (connection.nat & OpenFlow.CT_DST_NAT) != 0;
        if (!translated && connection.mark == 0) {
            return;
        }
        Entry entry = entry(connection.original, connection.reply, translated ? 0 : connection.mark);
        connection.tally = entry;
        if (entry != null) {
            add(entry.begun, 1);
            add(entry.open, isOpen(phase) ? 1 : 0);
        }
    }

    /** A connection has another mark than before. */
    void marked(Connection connection) {
        if ((connection.nat & OpenFlow.CT_DST_NAT) == 0) {
            ends(connection);
            begins(connection, connection.phase);
        }
    }

    void moves(Connection connection, Phase from, Phase to) {
        Entry entry = connection.tally;
        if (entry != null && isOpen(from) != isOpen(to)) {
            add(entry.open, isOpen(to) ? 1 : -1);
        }
    }

    void ends(Connection connection) {
        Entry entry = connection.tally;
        if (entry != null && isOpen(connection.phase)) {
            add(entry.open, -1);
        }
        connection.tally = null;
    }

    /** One writer at a time, so no locked instruction is needed. */
    private static void add(AtomicLong counter, int what) {
        counter.setRelease(counter.getPlain() + what);
    }

    private @Nullable Entry entry(Tuple original, Tuple reply, int mark) {
        int slot =
                (int) ((reply.sourceLow * 31 + reply.sourcePort + original.destinationLow + mark) * 0x9e3779b97f4a7c15L
                        >>> 54);
        for (Entry entry : slots[slot]) {
            if (entry.isOf(original, reply, mark)) {
                return entry;
            }
        }
        if (mark != 0 && marks == MAX_MARKS) {
            return null;
        }
        if (size == MAX) {
            forgetIdle();
        }
        if (size == MAX) {
            return null;
        }
        Entry entry = new Entry(original, reply, mark);
        slots[slot] = Arrays.copyOf(slots[slot], slots[slot].length + 1);
        slots[slot][slots[slot].length - 1] = entry;
        publish();
        return entry;
    }

    private void forgetIdle() {
        for (int i = 0; i < SLOTS; i++) {
            slots[i] = Stream.of(slots[i]).filter(e -> e.open.get() != 0).toArray(Entry[]::new);
        }
        publish();
    }

    private void publish() {
        published = Stream.of(slots).flatMap(Stream::of).toArray(Entry[]::new);
        size = published.length;
        marks = (int) Stream.of(published).filter(e -> e.mark != 0).count();
    }

    /** Any thread: the counters as they are. */
    List<ConnectionCount> counts() {
        return Stream.of(published).map(Entry::count).toList();
    }
}
