package io.hopline.vswitch;

import org.jspecify.annotations.Nullable;

/** One tracked connection: its two directions, what it was translated to, and how far it has come. Guarded by its table's lock. */
final class Connection {
    /** How long a connection may be silent, by what is known of it; the values are those of Open vSwitch where it has them. */
    enum Phase {
        // In the order in which they give way, see ConnectionTable: nothing that only one side has spoken on outlives a
        // flood.
        /** Both sides said goodbye, or one reset. */
        CLOSED(10),
        TCP_FINISHING(45),
        TCP_OPENING(30),
        ICMP(30),
        OTHER(60),
        /** Only one side was heard. */
        UDP_OPENING(60),
        UDP_ANSWERED(180),
        TCP_CLOSING(900),
        TCP_ESTABLISHED(86_400);

        final long timeoutNs;

        Phase(long timeoutS) {
            timeoutNs = timeoutS * 1_000_000_000L;
        }

        static final Phase[] ALL = values();
        /** Phases up to this one may be evicted for a new connection, oldest first, in this order. */
        static final Phase LAST_EVICTABLE = UDP_OPENING;
    }

    /**
     * The packets of one direction, as they arrive, before translation. IPv4 addresses stand in the low words; ICMP echo
     * has its identifier as both ports.
     */
    static final class Tuple {
        final @Nullable Connection connection;
        final boolean isReply;
        long sourceHigh;
        long sourceLow;
        long destinationHigh;
        long destinationLow;
        int sourcePort;
        int destinationPort;
        int protocol;
        boolean ipv6;
        int zone;
        /** Next tuple with the same hash slot. */
        @Nullable
        Tuple next;

        Tuple(@Nullable Connection connection, boolean isReply) {
            this.connection = connection;
            this.isReply = isReply;
        }

        void copyFrom(Tuple other) {
            sourceHigh = other.sourceHigh;
            sourceLow = other.sourceLow;
            destinationHigh = other.destinationHigh;
            destinationLow = other.destinationLow;
            sourcePort = other.sourcePort;
            destinationPort = other.destinationPort;
            protocol = other.protocol;
            ipv6 = other.ipv6;
            zone = other.zone;
        }

        /** Becomes the tuple of the answers to {@code other}. */
        void reverseOf(Tuple other) {
            sourceHigh = other.destinationHigh;
            sourceLow = other.destinationLow;
            destinationHigh = other.sourceHigh;
            destinationLow = other.sourceLow;
            sourcePort = other.destinationPort;
            destinationPort = other.sourcePort;
            protocol = other.protocol;
            ipv6 = other.ipv6;
            zone = other.zone;
        }

        boolean sameAs(Tuple other) {
            return sourceLow == other.sourceLow
                    && destinationLow == other.destinationLow
                    && sourcePort == other.sourcePort
                    && destinationPort == other.destinationPort
                    && protocol == other.protocol
                    && zone == other.zone
                    && ipv6 == other.ipv6
                    && sourceHigh == other.sourceHigh
                    && destinationHigh == other.destinationHigh;
        }

        /** Every bit of it depends on every field, as SplittableRandom's: often a port is all that differs. */
        int hash() {
            long h = (sourceLow ^ Long.rotateLeft(destinationLow, 23)) * 0x9e3779b97f4a7c15L;
            h ^= (sourceHigh ^ Long.rotateLeft(destinationHigh, 41)) * 0xd1342543de82ef95L;
            h ^= (long) sourcePort << 48 ^ (long) destinationPort << 32 ^ (long) zone << 8 ^ protocol;
            h = (h ^ h >>> 30) * 0xbf58476d1ce4e5b9L;
            h = (h ^ h >>> 27) * 0x94d049bb133111ebL;
            return (int) (h ^ h >>> 31);
        }
    }

    final Tuple original = new Tuple(this, false);
    final Tuple reply = new Tuple(this, true);

    Phase phase = Phase.OTHER;
    boolean answered;
    /** States of the two peers, see {@link TcpStates}; the originator's first. */
    int originatorState;

    int responderState;
    /** How the originator's packets are translated: {@code CT_SRC_NAT}, {@code CT_DST_NAT}, both or 0. */
    int nat;

    /** Whose it is, if its group remembers clients and {@code clientSerial} is still the client's. */
    ClientAffinity.@Nullable Client client;

    int clientSerial;

    /** Who counts it, if anybody. */
    ConnectionTally.@Nullable Entry tally;

    int mark;
    long labelHigh;
    long labelLow;

    /** When silence ends the connection, and the deadline under which it stands in its phase's list. */
    long expiresNs;

    long listedNs;

    @Nullable
    Connection older;

    @Nullable
    Connection newer;

    void clear() {
        phase = Phase.OTHER;
        answered = false;
        originatorState = 0;
        responderState = 0;
        nat = 0;
        client = null;
        tally = null;
        mark = 0;
        labelHigh = 0;
        labelLow = 0;
    }

    Tuple direction(boolean replies) {
        return replies ? reply : original;
    }
}
