package io.hopline.vswitch;

import io.hopline.openflow.OpenFlow;
import io.hopline.packet.Frame;
import io.hopline.packet.IpProtocol;
import io.hopline.vswitch.Connection.Tuple;

/**
 * Network address translation of tracked connections: chooses the translation of a new one, and writes it into packets.
 *
 * <p>The translation is nothing but the two tuples of the connection: what the originator sends to, and what the responder
 * answers from. It never changes while the connection lives.
 *
 * <p>A destination that turns out to be the originator itself gets its source translated as well, to what the originator
 * had called: no host accepts a packet from its own address, and it would answer itself without the switch.
 */
final class Nat {
    /** Ports tried when the first choice is taken. */
    private static final int MAX_TRIES = 128;

    private static final int FIRST_EPHEMERAL = 1024;
    private static final int BOTH = OpenFlow.CT_SRC_NAT | OpenFlow.CT_DST_NAT;

    private final ConnectionTable connections;
    private final HeaderWriter writer;
    private final Tuple translated = new Tuple(null, false);

    Nat(ConnectionTable connections, HeaderWriter writer) {
        this.connections = connections;
        this.writer = writer;
    }

    /**
     * Chooses how a new connection, its original tuple filled, is translated and fills its reply tuple.
     *
     * @return false when every translation that the range allows is in use
     */
    boolean choose(Connection connection, TrackPlan.NatRange range) {
        if (range.hasAddress() && range.ipv6() != connection.original.ipv6) {
            connection.reply.reverseOf(connection.original);
            return connections.isFree(connection.reply);
        }
        connection.nat = range.source() ? OpenFlow.CT_SRC_NAT : OpenFlow.CT_DST_NAT;
        int hash = connection.original.hash();
        boolean hasPorts = switch (connection.original.protocol) {
            case IpProtocol.TCP, IpProtocol.UDP, IpProtocol.SCTP -> true;
            default -> false;
        };
        for (int attempt = 0; attempt < MAX_TRIES; attempt++) {
            translated.copyFrom(connection.original);
            setAddress(range, hash, attempt);
            if (hasPorts) {
                setPort(range, hash, attempt);
            }
            if (!range.source() && isToItself(translated)) {
                comeFromWhatWasCalled(connection, hasPorts, hash, attempt);
            }
            connection.reply.reverseOf(translated);
            if (connections.isFree(connection.reply)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isToItself(Tuple tuple) {
        return tuple.sourceLow == tuple.destinationLow && tuple.sourceHigh == tuple.destinationHigh;
    }

    private void comeFromWhatWasCalled(Connection connection, boolean hasPorts, int hash, int attempt) {
        connection.nat = BOTH;
        translated.sourceHigh = connection.original.destinationHigh;
        translated.sourceLow = connection.original.destinationLow;
        if (hasPorts && attempt > 0) {
            translated.sourcePort = ephemeral(hash, attempt);
        }
    }

    private static int ephemeral(int hash, int attempt) {
        return FIRST_EPHEMERAL + ((hash >>> 1) + attempt) % (65_536 - FIRST_EPHEMERAL);
    }

    private void setAddress(TrackPlan.NatRange range, int hash, int attempt) {
        if (!range.hasAddress()) {
            return;
        }
        // Ranges wider than 2^31 addresses are used only in their first 2^31.
        long width = range.minHigh() == range.maxHigh() ? range.maxLow() - range.minLow() + 1 : Integer.MAX_VALUE;
        long bounded = width <= 0 || width > Integer.MAX_VALUE ? Integer.MAX_VALUE : width;
        long low = range.minLow() + ((hash & 0x7fff_ffffL) + attempt) % bounded;
        if (range.source()) {
            translated.sourceHigh = range.minHigh();
            translated.sourceLow = low;
        } else {
            translated.destinationHigh = range.minHigh();
            translated.destinationLow = low;
        }
    }

    private void setPort(TrackPlan.NatRange range, int hash, int attempt) {
        int port = range.source() ? translated.sourcePort : translated.destinationPort;
        if (range.minPort() != 0) {
            int width = range.maxPort() - range.minPort() + 1;
            boolean keep = attempt == 0 && port >= range.minPort() && port <= range.maxPort();
            port = keep ? port : range.minPort() + ((hash >>> 1) + attempt) % width;
        } else if (attempt > 0 && range.source()) {
            port = ephemeral(hash, attempt);
        }
        if (range.source()) {
            translated.sourcePort = port;
        } else {
            translated.destinationPort = port;
        }
    }

    /** The ct_state bits of what {@link #translate} does to packets of one direction. */
    static int bits(Connection connection, boolean isReply) {
        boolean oneWay = connection.nat == OpenFlow.CT_SRC_NAT || connection.nat == OpenFlow.CT_DST_NAT;
        return isReply && oneWay ? connection.nat ^ BOTH : connection.nat;
    }

    /** Rewrites a packet of one direction: it becomes what the other direction answers to. */
    void translate(Connection connection, boolean isReply, FlowKey key, Frame frame) {
        Tuple answers = connection.direction(!isReply);
        boolean hasPorts = !key.headers.isIcmp() && key.headers.l4Offset() >= 0;
        int bits = bits(connection, isReply);
        if ((bits & OpenFlow.CT_SRC_NAT) != 0) {
            writeSource(key, frame, answers.destinationHigh, answers.destinationLow);
            if (hasPorts) {
                writePort(key, frame, true, answers.destinationPort);
            }
        }
        if ((bits & OpenFlow.CT_DST_NAT) != 0) {
            writeDestination(key, frame, answers.sourceHigh, answers.sourceLow);
            if (hasPorts) {
                writePort(key, frame, false, answers.sourcePort);
            }
        }
    }

    private void writePort(FlowKey key, Frame frame, boolean source, int port) {
        int shift = source ? 48 : 32;
        key.words[FlowKey.PORTS] = key.words[FlowKey.PORTS] & ~(0xffffL << shift) | (long) port << shift;
        writer.port(key, frame, source ? 0 : 2, port);
    }

    void writeSource(FlowKey key, Frame frame, long high, long low) {
        if (key.headers.ipVersion() == 4) {
            key.words[FlowKey.IPV4] = key.words[FlowKey.IPV4] & 0xffff_ffffL | low << 32;
            writer.ipv4Source(key, frame, (int) low);
        } else {
            key.words[FlowKey.IPV6_SRC] = high;
            key.words[FlowKey.IPV6_SRC + 1] = low;
            writer.store(KeyField.STORE_IPV6_SRC, key, frame);
        }
    }

    void writeDestination(FlowKey key, Frame frame, long high, long low) {
        if (key.headers.ipVersion() == 4) {
            key.words[FlowKey.IPV4] = key.words[FlowKey.IPV4] & ~0xffff_ffffL | low;
            writer.ipv4Destination(key, frame, (int) low);
        } else {
            key.words[FlowKey.IPV6_DST] = high;
            key.words[FlowKey.IPV6_DST + 1] = low;
            writer.store(KeyField.STORE_IPV6_DST, key, frame);
        }
    }
}
