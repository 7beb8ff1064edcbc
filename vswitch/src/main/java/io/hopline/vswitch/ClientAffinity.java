package io.hopline.vswitch;

import io.hopline.vswitch.Connection.Phase;
import org.jspecify.annotations.Nullable;

/**
 * Which bucket a client's address has, for groups whose buckets say {@link io.hopline.openflow.Action.Affinity}. Guarded by
 * the lock of the connection table, to which it belongs.
 *
 * <p>A client is remembered until nothing was heard of it for its group's timeout. It gets another bucket when its own is
 * gone. Bounded: clients that never had a connection which both sides use take up a quarter of the table at most, and beyond that
 * the oldest of them gives way, so that a flood of SYNs forgets none but its own. Else the one gives way that was silent longest.
 */
final class ClientAffinity {
    static final int DEFAULT_CAPACITY = 1 << 16;

    private static final int STRANGERS_SHARE = 4;
    /** Clients that were heard since they were listed, looked at until the next one is taken for the oldest. */
    private static final int MAX_LOOKS = 8;

    /** One address that speaks to one group. Used again for another when {@code serial} grows. */
    static final class Client {
        private int groupId;
        private long high;
        private long low;
        private boolean ipv6;
        private long bucketId;
        private long heardNs;
        private long listedNs;
        private boolean established;
        private int serial;
        /** Next client with the same hash slot. */
        private @Nullable Client next;

        private @Nullable Client older;
        private @Nullable Client newer;
    }

    /** For whom a worker chose last: the connection that begins next is that client's. The worker's own. */
    static final class Choice {
        private @Nullable Client client;
        private int serial;

        private void set(@Nullable Client whose) {
            client = whose;
            serial = whose == null ? 0 : whose.serial;
        }

        /** The packet for which was chosen is gone. */
        void clear() {
            client = null;
        }

        void claim(Connection connection) {
            connection.client = client;
            connection.clientSerial = serial;
        }
    }

    /** Clients in the order in which they were listed. */
    private static final class Line {
        private @Nullable Client oldest;
        private @Nullable Client newest;
        private int size;

        private void append(Client client) {
            Client last = newest;
            client.listedNs = client.heardNs;
            client.older = last;
            client.newer = null;
            if (last == null) {
                oldest = client;
            } else {
                last.newer = client;
            }
            newest = client;
            size++;
        }

        private void detach(Client client) {
            Client before = client.older;
            Client after = client.newer;
            if (before == null) {
                oldest = after;
            } else {
                before.newer = after;
            }
            if (after == null) {
                newest = before;
            } else {
                after.older = before;
            }
            size--;
        }
    }

    private final int capacity;
    private final Line strangers = new Line();
    private final Line established = new Line();
    private @Nullable Client[] slots = {};

    ClientAffinity(int capacity) {
        this.capacity = capacity;
    }

    int size() {
        return strangers.size + established.size;
    }

    /**
     * The bucket for a packet's source, which is remembered.
     *
     * @return its index in the group, -1 when the group has none to choose
     */
    int choose(GroupEntry group, FlowKey key, long nowNs, Choice choice) {
        if (slots.length == 0) {
            slots = new Client[capacity];
        }
        Client client = find(group.id, key);
        int bucket = bucketOf(client, group, nowNs);
        if (bucket < 0) {
            bucket = group.selector.select(key.sourceHash());
            if (bucket < 0) {
                return bucket;
            }
            client = client == null ? begin(group.id, key, nowNs) : client;
            client.bucketId = group.bucketId(bucket);
        }
        if (client != null) {
            client.heardNs = nowNs;
        }
        choice.set(client);
        return bucket;
    }

    /** What {@link #choose} would say, without remembering anything. */
    int peek(GroupEntry group, FlowKey key, long nowNs) {
        int bucket = slots.length == 0 ? -1 : bucketOf(find(group.id, key), group, nowNs);
        return bucket < 0 ? group.selector.select(key.sourceHash()) : bucket;
    }

    private static int bucketOf(@Nullable Client client, GroupEntry group, long nowNs) {
        return client == null || nowNs - client.heardNs >= group.affinityNs ? -1 : group.bucketOf(client.bucketId);
    }

    /** A packet of a client's connection came, or of the answers to it; {@code phase} is what came of it. */
    void heard(Connection connection, Phase phase, boolean isReply, long nowNs) {
        Client client = connection.client;
        if (client == null) {
            return;
        }
        if (client.serial != connection.clientSerial) {
            connection.client = null;
            return;
        }
        if (!isReply) {
            client.heardNs = nowNs;
        }
        if (!client.established && phase.compareTo(Phase.LAST_EVICTABLE) > 0) {
            strangers.detach(client);
            client.established = true;
            established.append(client);
        }
    }

    private static boolean isIpv6(FlowKey key) {
        return key.headers.ipVersion() == 6;
    }

    private static long low(FlowKey key) {
        return isIpv6(key) ? key.words[FlowKey.IPV6_SRC + 1] : key.words[FlowKey.IPV4] >>> 32;
    }

    private static int slot(int groupId, long high, long low, int slots) {
        long h = (low ^ Long.rotateLeft(high, 41)) * 0x9e3779b97f4a7c15L;
        h = (h ^ h >>> 30 ^ groupId) * 0xbf58476d1ce4e5b9L;
        return (int) (h >>> 32) & slots - 1;
    }

    private @Nullable Client find(int groupId, FlowKey key) {
        long high = key.words[FlowKey.IPV6_SRC];
        long low = low(key);
        boolean ipv6 = isIpv6(key);
        Client client = slots[slot(groupId, high, low, slots.length)];
        while (client != null
                && !(client.low == low && client.high == high && client.groupId == groupId && client.ipv6 == ipv6)) {
            client = client.next;
        }
        return client;
    }

    private Client begin(int groupId, FlowKey key, long nowNs) {
        Client client = size() < capacity && strangers.size < capacity / STRANGERS_SHARE ? new Client() : evict();
        client.groupId = groupId;
        client.high = key.words[FlowKey.IPV6_SRC];
        client.low = low(key);
        client.ipv6 = isIpv6(key);
        client.established = false;
        client.heardNs = nowNs;
        int slot = slot(groupId, client.high, client.low, slots.length);
        client.next = slots[slot];
        slots[slot] = client;
        strangers.append(client);
        return client;
    }

    private Client evict() {
        Line line = strangers.size >= capacity / STRANGERS_SHARE ? strangers : established;
        Client victim = line.oldest;
        for (int i = 0; i < MAX_LOOKS && victim != null && victim.heardNs > victim.listedNs; i++) {
            line.detach(victim);
            line.append(victim);
            victim = line.oldest;
        }
        if (victim == null) {
            throw new IllegalStateException("a full table has clients");
        }
        line.detach(victim);
        unlink(victim);
        victim.serial++;
        return victim;
    }

    private void unlink(Client gone) {
        int slot = slot(gone.groupId, gone.high, gone.low, slots.length);
        Client at = slots[slot];
        if (at == gone) {
            slots[slot] = gone.next;
            return;
        }
        while (at != null && at.next != gone) {
            at = at.next;
        }
        if (at != null) {
            at.next = gone.next;
        }
    }
}
