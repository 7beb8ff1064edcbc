package io.hopline.vswitch;

import io.hopline.openflow.OpenFlow;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.Icmp;
import io.hopline.packet.Icmpv6;
import io.hopline.packet.IpProtocol;
import io.hopline.vswitch.Connection.Phase;
import io.hopline.vswitch.Connection.Tuple;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connection tracking: what ct() does to one packet. Worker thread only; workers share the table, because the two directions
 * of a connection may meet different ones.
 *
 * <p>ct_state has the bits of ovs-fields(7): a connection is {@code new} until its responder was heard, then {@code est};
 * ICMP errors about a tracked connection are {@code rel}. Tracked are TCP, UDP, ICMP echo and, by addresses alone, other IP
 * protocols; later fragments belong to the connection of their first one. Not tracked, and {@code inv}, are later fragments
 * whose first was not seen, packets that are not IP or broken, and TCP packets whose flags make no sense.
 */
final class Conntrack {
    private static final int INVALID = OpenFlow.CT_TRACKED | OpenFlow.CT_INVALID;
    /** A time at which no first fragment is remembered any more. */
    private static final long NO_FRAGMENTS = Long.MAX_VALUE;
    /** Connections looked at for expiry in one cycle of the worker. */
    private static final int EXPIRE_PER_CYCLE = 64;

    private final ConnectionTable connections;
    private final Nat nat;
    private final IcmpErrorTracking errors;
    private final FragmentTracking fragments = new FragmentTracking();
    private final ClientAffinity.Choice choice = new ClientAffinity.Choice();
    private final Tuple packet = new Tuple(null, false);

    Conntrack(ConnectionTable connections, HeaderWriter writer) {
        this.connections = connections;
        nat = new Nat(connections, writer);
        errors = new IcmpErrorTracking(connections, nat);
    }

    int size() {
        return connections.size();
    }

    /** Any thread: connections whose destination was translated, by where they go. */
    List<ConnectionCount> counts() {
        return connections.counts();
    }

    /** Ends the connections to each of these servers as if they had never been; what comes of one begins it anew. */
    void end(List<ConnectionCount> servers) {
        connections.lock();
        try {
            servers.forEach(connections::end);
        } finally {
            connections.unlock();
        }
    }

    /** Ends a few connections whose time is up, unless another worker is at the table: then it does or the next will. */
    void expire(long nowNs) {
        if (connections.tryLock()) {
            try {
                connections.expire(nowNs, EXPIRE_PER_CYCLE);
            } finally {
                connections.unlock();
            }
        }
    }

    /**
     * Tracks a packet and, where the plan says so, commits and translates it; leaves the outcome in the key.
     *
     * @return false when the packet must be dropped because the table or the NAT range is used up
     */
    boolean track(TrackPlan plan, FlowKey key, Frame frame, long nowNs) {
        connections.lock();
        try {
            return trackLocked(plan, key, frame, nowNs);
        } finally {
            connections.unlock();
        }
    }

    /**
     * The bucket of a group that remembers its clients, for a packet that may begin a connection: one that does is the
     * client's. To be followed by {@link #forgetChoice} when the bucket was done.
     *
     * @return -1 when there is none to choose
     */
    int chooseBucket(GroupEntry group, FlowKey key, long nowNs) {
        connections.lock();
        try {
            return connections.clients.choose(group, key, nowNs, choice);
        } finally {
            connections.unlock();
        }
    }

    void forgetChoice() {
        choice.clear();
    }

    /** What {@link #chooseBucket} would choose. */
    int peekBucket(GroupEntry group, FlowKey key, long nowNs) {
        connections.lock();
        try {
            return connections.clients.peek(group, key, nowNs);
        } finally {
            connections.unlock();
        }
    }

    private boolean trackLocked(TrackPlan plan, FlowKey key, Frame frame, long nowNs) {
        int zone = plan.zone(key);
        FrameHeaders headers = key.headers;
        if (headers.isIcmp() && isIcmpError(headers)) {
            Tuple related = errors.find(key, frame, zone);
            if (related == null) {
                return invalid(key, zone);
            }
            int bits = OpenFlow.CT_TRACKED | OpenFlow.CT_RELATED | (related.isReply ? OpenFlow.CT_REPLY : 0);
            Connection connection = connectionOf(related);
            if (plan.nat() && connection.nat != 0) {
                errors.translate(connection, related.isReply, key, frame);
                bits |= Nat.bits(connection, related.isReply);
            }
            return tell(key, bits, zone, connection);
        }
        if (!fill(packet, key, frame, zone, nowNs)) {
            return invalid(key, zone);
        }
        if (headers.fragment() == FrameHeaders.FRAGMENT_FIRST) {
            fragments.remember(packet, headers, frame, nowNs);
        }
        return trackPacket(plan, key, frame, nowNs);
    }

    private boolean trackPacket(TrackPlan plan, FlowKey key, Frame frame, long nowNs) {
        int zone = packet.zone;
        Tuple found = find(plan, key.headers);
        int bits = OpenFlow.CT_TRACKED;
        Connection connection;
        boolean isReply = false;
        if (found != null) {
            connection = connectionOf(found);
            isReply = found.isReply;
            if (!advance(connection, isReply, key.headers, nowNs)) {
                return invalid(key, zone);
            }
            bits |= connection.answered ? OpenFlow.CT_ESTABLISHED : OpenFlow.CT_NEW;
            bits |= isReply ? OpenFlow.CT_REPLY : 0;
        } else {
            if (!mayBegin(key)) {
                return invalid(key, zone);
            }
            bits |= OpenFlow.CT_NEW;
            if (!plan.commit()) {
                return tell(key, bits, zone, null);
            }
            connection = begin(plan, key.headers, nowNs);
            if (connection == null) {
                return false;
            }
        }
        if (plan.nat() && connection.nat != 0) {
            nat.translate(connection, isReply, key, frame);
            bits |= Nat.bits(connection, isReply);
        }
        if (plan.commit() && plan.exec().length != 0) {
            tell(key, bits, zone, connection);
            for (Step step : plan.exec()) {
                step.applyTo(key.words);
            }
            connections.mark(connection, (int) key.words[FlowKey.CT_MARK]);
            connection.labelHigh = key.words[FlowKey.CT_LABEL];
            connection.labelLow = key.words[FlowKey.CT_LABEL + 1];
        }
        return tell(key, bits, zone, connection);
    }

    /**
     * Does to the key and the frame what {@link #track} would, but notes nothing: no connection begins, goes on or lives
     * longer for it. Only one that has ended already may go, where a new one would want its addresses. ICMP errors and later fragments
     * count as invalid.
     *
     * @return whether a connection was known
     */
    boolean peek(TrackPlan plan, FlowKey key, Frame frame) {
        connections.lock();
        try {
            int zone = plan.zone(key);
            FrameHeaders headers = key.headers;
            if (headers.isIcmp() && isIcmpError(headers)
                    || !fill(packet, key, frame, zone, NO_FRAGMENTS)
                    || !isSane(headers)) {
                invalid(key, zone);
                return false;
            }
            Tuple found = connections.find(packet);
            if (found != null
                    && !ConnectionTally.hasEnded(connectionOf(found))
                    && !(hasTcpFlags(headers) && TcpStates.restarts(connectionOf(found), headers.tcpFlags()))
                    && !(plan.force() && found.isReply)) {
                Connection connection = connectionOf(found);
                boolean answered = connection.answered || found.isReply;
                int bits = OpenFlow.CT_TRACKED | (answered ? OpenFlow.CT_ESTABLISHED : OpenFlow.CT_NEW);
                peekedAt(plan, key, frame, connection, found.isReply, bits);
                return true;
            }
            if (!mayBegin(key)) {
                invalid(key, zone);
            } else {
                Connection begun = new Connection();
                begun.original.copyFrom(packet);
                TrackPlan.NatRange range = plan.commit() ? plan.range() : null;
                if (range == null || !nat.choose(begun, range)) {
                    begun.nat = 0;
                }
                peekedAt(plan, key, frame, begun, false, OpenFlow.CT_TRACKED | OpenFlow.CT_NEW);
            }
            return false;
        } finally {
            connections.unlock();
        }
    }

    private static boolean isSane(FrameHeaders headers) {
        return !hasTcpFlags(headers) || TcpStates.isSane(headers.tcpFlags());
    }

    private static boolean hasTcpFlags(FrameHeaders headers) {
        return headers.isTcp() && headers.fragment() != FrameHeaders.FRAGMENT_LATER;
    }

    private void peekedAt(
            TrackPlan plan, FlowKey key, Frame frame, Connection connection, boolean isReply, int stateBits) {
        int zone = plan.zone(key);
        int bits = stateBits | (isReply ? OpenFlow.CT_REPLY : 0);
        if (plan.nat() && connection.nat != 0) {
            nat.translate(connection, isReply, key, frame);
            bits |= Nat.bits(connection, isReply);
        }
        tell(key, bits, zone, connection);
        if (plan.commit()) {
            for (Step step : plan.exec()) {
                step.applyTo(key.words);
            }
        }
    }

    /** The connection that the packet belongs to, unless the packet begins it anew. */
    private @Nullable Tuple find(TrackPlan plan, FrameHeaders headers) {
        Tuple found = connections.find(packet);
        if (found == null) {
            return null;
        }
        Connection connection = connectionOf(found);
        boolean restarts = hasTcpFlags(headers) && TcpStates.restarts(connection, headers.tcpFlags());
        if (restarts || plan.force() && found.isReply || ConnectionTally.hasEnded(connection)) {
            connections.remove(connection);
            return null;
        }
        return found;
    }

    private static Connection connectionOf(Tuple stored) {
        Connection connection = stored.connection;
        if (connection == null) {
            throw new IllegalStateException("a stored tuple belongs to a connection");
        }
        return connection;
    }

    private static boolean invalid(FlowKey key, int zone) {
        return tell(key, INVALID, zone, null);
    }

    private static boolean tell(FlowKey key, int bits, int zone, @Nullable Connection connection) {
        key.words[FlowKey.CT_STATE] = (long) bits << 32 | zone;
        key.words[FlowKey.CT_MARK] = connection == null ? 0 : connection.mark & 0xffff_ffffL;
        key.words[FlowKey.CT_LABEL] = connection == null ? 0 : connection.labelHigh;
        key.words[FlowKey.CT_LABEL + 1] = connection == null ? 0 : connection.labelLow;
        return true;
    }

    private static boolean isIcmpError(FrameHeaders headers) {
        int type = headers.sourcePort();
        return headers.ipVersion() == 6
                ? type < Icmpv6.FIRST_INFORMATIONAL
                : switch (type) {
                    case Icmp.UNREACHABLE, 4, 5, Icmp.TIME_EXCEEDED, 12 -> true;
                    default -> false;
                };
    }

    /**
     * Reads the packet's tuple.
     *
     * @return false when the packet cannot be tracked
     */
    private boolean fill(Tuple tuple, FlowKey key, Frame frame, int zone, long nowNs) {
        FrameHeaders headers = key.headers;
        if (headers.ipVersion() == 0) {
            return false;
        }
        tuple.ipv6 = headers.ipVersion() == 6;
        tuple.zone = zone;
        tuple.protocol = headers.ipProtocol();
        tuple.sourceHigh = key.words[FlowKey.IPV6_SRC];
        tuple.destinationHigh = key.words[FlowKey.IPV6_DST];
        tuple.sourceLow = tuple.ipv6 ? key.words[FlowKey.IPV6_SRC + 1] : key.words[FlowKey.IPV4] >>> 32;
        tuple.destinationLow = tuple.ipv6 ? key.words[FlowKey.IPV6_DST + 1] : key.words[FlowKey.IPV4] & 0xffff_ffffL;
        tuple.sourcePort = 0;
        tuple.destinationPort = 0;
        if (headers.fragment() == FrameHeaders.FRAGMENT_LATER) {
            return fragments.complete(tuple, headers, frame, nowNs);
        }
        switch (headers.ipProtocol()) {
            case IpProtocol.TCP, IpProtocol.UDP, IpProtocol.SCTP -> {
                if (headers.l4Offset() < 0) {
                    return false;
                }
                tuple.sourcePort = key.sourcePort();
                tuple.destinationPort = key.destinationPort();
            }
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
                return fillEcho(tuple, headers, frame);
            }
            default -> {}
        }
        return true;
    }

    private static boolean fillEcho(Tuple tuple, FrameHeaders headers, Frame frame) {
        if (!isEcho(headers) || headers.ipHeaderBytes() + Icmp.BYTES > headers.ipBytes()) {
            return false;
        }
        int identifier = Icmp.identifier(frame.memory(), frame.offset() + headers.l4Offset());
        tuple.sourcePort = identifier;
        tuple.destinationPort = identifier;
        return true;
    }

    private static boolean isEcho(FrameHeaders headers) {
        int type = headers.sourcePort();
        return headers.isIcmp()
                && (headers.ipVersion() == 4
                        ? type == Icmp.ECHO_REQUEST || type == Icmp.ECHO_REPLY
                        : type == Icmpv6.ECHO_REQUEST || type == Icmpv6.ECHO_REPLY);
    }

    private static boolean mayBegin(FlowKey key) {
        FrameHeaders headers = key.headers;
        if (headers.fragment() == FrameHeaders.FRAGMENT_LATER) {
            return false;
        }
        if (headers.isTcp()) {
            return TcpStates.mayBegin(headers.tcpFlags());
        }
        return !headers.isIcmp()
                || headers.sourcePort() == (headers.ipVersion() == 4 ? Icmp.ECHO_REQUEST : Icmpv6.ECHO_REQUEST);
    }

    private @Nullable Connection begin(TrackPlan plan, FrameHeaders headers, long nowNs) {
        Connection connection = connections.allocate();
        if (connection == null) {
            return null;
        }
        connection.original.copyFrom(packet);
        TrackPlan.NatRange range = plan.range();
        if (range != null) {
            if (!nat.choose(connection, range)) {
                return null;
            }
        } else {
            connection.reply.reverseOf(packet);
            if (!connections.isFree(connection.reply)) {
                return null;
            }
        }
        Phase phase = switch (packet.protocol) {
            case IpProtocol.TCP -> TcpStates.begin(connection, headers.tcpFlags());
            case IpProtocol.UDP -> Phase.UDP_OPENING;
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> Phase.ICMP;
            default -> Phase.OTHER;
        };
        choice.claim(connection);
        connections.insert(connection, phase, nowNs);
        return connection;
    }

    /** Takes note of a packet of a known connection; false when it is invalid. */
    private boolean advance(Connection connection, boolean isReply, FrameHeaders headers, long nowNs) {
        Phase phase = connection.phase;
        if (hasTcpFlags(headers)) {
            if (!TcpStates.isSane(headers.tcpFlags())) {
                return false;
            }
            phase = TcpStates.update(connection, isReply, headers.tcpFlags());
        } else if (isReply && phase == Phase.UDP_OPENING) {
            phase = Phase.UDP_ANSWERED;
        }
        connection.answered |= isReply;
        connections.clients.heard(connection, phase, isReply, nowNs);
        connections.touch(connection, phase, nowNs);
        return true;
    }
}
