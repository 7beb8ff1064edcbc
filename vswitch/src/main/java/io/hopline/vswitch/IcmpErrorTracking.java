package io.hopline.vswitch;

import io.hopline.openflow.OpenFlow;
import io.hopline.packet.Checksum;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.VnetHeader;
import io.hopline.packet.Wire;
import io.hopline.vswitch.Connection.Tuple;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * ICMP errors about tracked connections: finds the connection by the packet that the error quotes, and translates both the
 * error and the quoted packet, so that the receiver recognises what it sent (RFC 5508, section 4).
 *
 * <p>The quoted packet went the other way than the error does, and is quoted as it was after translation.
 */
final class IcmpErrorTracking {
    private static final int ICMP_HEADER_BYTES = 8;

    private final ConnectionTable connections;
    private final Nat nat;
    private final Tuple answers = new Tuple(null, false);

    /** Offset of the quoted IP and transport headers from the Ethernet header, and the bytes of the latter. */
    private int quotedIp;

    private int quotedTransport;
    private int quotedBytes;

    IcmpErrorTracking(ConnectionTable connections, Nat nat) {
        this.connections = connections;
        this.nat = nat;
    }

    /** The direction that the error travels in, of the connection it is about; null when there is none. */
    @Nullable
    Tuple find(FlowKey key, Frame frame, int zone) {
        FrameHeaders headers = key.headers;
        int end = headers.l3Offset() + headers.ipBytes();
        quotedIp = headers.l4Offset() + ICMP_HEADER_BYTES;
        long ip = frame.offset() + quotedIp;
        boolean ipv6 = headers.ipVersion() == 6;
        if (quotedIp + (ipv6 ? Ipv6.BYTES : Ipv4.MIN_BYTES) > end || !readAddresses(frame.memory(), ip, ipv6)) {
            return null;
        }
        quotedBytes = end - quotedTransport;
        if (quotedBytes < 8 || !readPorts(frame.memory(), frame.offset() + quotedTransport)) {
            return null;
        }
        answers.zone = zone;
        return connections.find(answers);
    }

    private boolean readAddresses(MemorySegment memory, long ip, boolean ipv6) {
        answers.ipv6 = ipv6;
        if (ipv6) {
            if (Ipv6.version(memory, ip) != 6) {
                return false;
            }
            answers.sourceHigh = Ipv6.destinationHigh(memory, ip);
            answers.sourceLow = Ipv6.destinationLow(memory, ip);
            answers.destinationHigh = Ipv6.sourceHigh(memory, ip);
            answers.destinationLow = Ipv6.sourceLow(memory, ip);
            answers.protocol = Ipv6.nextHeader(memory, ip);
            quotedTransport = quotedIp + Ipv6.BYTES;
            return true;
        }
        int headerBytes = Ipv4.headerBytes(memory, ip);
        boolean later = (Ipv4.fragment(memory, ip) & Ipv4.FRAGMENT_OFFSET_MASK) != 0;
        if (Ipv4.version(memory, ip) != 4 || headerBytes < Ipv4.MIN_BYTES || later) {
            return false;
        }
        answers.sourceHigh = 0;
        answers.sourceLow = Ipv4.destination(memory, ip) & 0xffff_ffffL;
        answers.destinationHigh = 0;
        answers.destinationLow = Ipv4.source(memory, ip) & 0xffff_ffffL;
        answers.protocol = Ipv4.protocol(memory, ip);
        quotedTransport = quotedIp + headerBytes;
        return true;
    }

    private boolean readPorts(MemorySegment memory, long transport) {
        switch (answers.protocol) {
            case IpProtocol.TCP, IpProtocol.UDP, IpProtocol.SCTP -> {
                answers.sourcePort = Wire.u16(memory, transport + 2);
                answers.destinationPort = Wire.u16(memory, transport);
            }
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
                answers.sourcePort = Wire.u16(memory, transport + 4);
                answers.destinationPort = answers.sourcePort;
            }
            default -> {
                answers.sourcePort = 0;
                answers.destinationPort = 0;
            }
        }
        return true;
    }

    /** Translates the error that {@link #find} has just looked at. */
    void translate(Connection connection, boolean isReply, FlowKey key, Frame frame) {
        Tuple other = connection.direction(!isReply);
        int bits = Nat.bits(connection, isReply);
        if ((bits & OpenFlow.CT_SRC_NAT) != 0) {
            nat.writeSource(key, frame, other.destinationHigh, other.destinationLow);
        }
        if ((bits & OpenFlow.CT_DST_NAT) != 0) {
            nat.writeDestination(key, frame, other.sourceHigh, other.sourceLow);
        }
        // What was quoted went the other way: as it was before translation, it is that direction's tuple.
        MemorySegment memory = frame.memory();
        if (other.ipv6) {
            Ipv6.source(memory, frame.offset() + quotedIp, other.sourceHigh, other.sourceLow);
            Ipv6.destination(memory, frame.offset() + quotedIp, other.destinationHigh, other.destinationLow);
            writePorts(memory, frame.offset() + quotedTransport, other);
        } else {
            rewriteIpv4(memory, frame.offset(), other);
        }
        complete(key.headers, frame);
    }

    private void rewriteIpv4(MemorySegment memory, long at, Tuple to) {
        long ip = at + quotedIp;
        int source = Ipv4.source(memory, ip);
        int destination = Ipv4.destination(memory, ip);
        int checksum = Checksum.update32(Ipv4.checksum(memory, ip), source, (int) to.sourceLow);
        Ipv4.checksum(memory, ip, Checksum.update32(checksum, destination, (int) to.destinationLow));
        Ipv4.source(memory, ip, (int) to.sourceLow);
        Ipv4.destination(memory, ip, (int) to.destinationLow);
        long transport = at + quotedTransport;
        int checksumOffset = to.protocol == IpProtocol.TCP ? 16 : to.protocol == IpProtocol.UDP ? 6 : -1;
        if (checksumOffset >= 0 && checksumOffset + 2 <= quotedBytes) {
            int sum = Wire.u16(memory, transport + checksumOffset);
            if (sum != 0) {
                sum = Checksum.update32(sum, source, (int) to.sourceLow);
                sum = Checksum.update32(sum, destination, (int) to.destinationLow);
                sum = Checksum.update16(sum, Wire.u16(memory, transport), to.sourcePort);
                sum = Checksum.update16(sum, Wire.u16(memory, transport + 2), to.destinationPort);
                Wire.u16(memory, transport + checksumOffset, sum);
            }
        }
        writePorts(memory, transport, to);
    }

    private static void writePorts(MemorySegment memory, long transport, Tuple to) {
        switch (to.protocol) {
            case IpProtocol.TCP, IpProtocol.UDP, IpProtocol.SCTP -> {
                Wire.u16(memory, transport, to.sourcePort);
                Wire.u16(memory, transport + 2, to.destinationPort);
            }
            default -> {}
        }
    }

    /** So much of the message changed that its checksum is computed anew. */
    private static void complete(FrameHeaders headers, Frame frame) {
        MemorySegment memory = frame.memory();
        long icmp = frame.offset() + headers.l4Offset();
        int bytes = headers.ipBytes() - headers.ipHeaderBytes();
        Wire.u16(memory, icmp + 2, 0);
        int sum = Checksum.sum(memory, icmp, bytes);
        if (headers.ipVersion() == 6) {
            long ip = frame.offset() + headers.l3Offset();
            sum = Checksum.add(sum, Checksum.pseudoIpv6(memory, ip, IpProtocol.ICMPV6, bytes));
        }
        Wire.u16(memory, icmp + 2, Checksum.finish(sum));
        int flags = VnetHeader.flags(memory, frame.vnet());
        VnetHeader.flags(memory, frame.vnet(), flags & ~VnetHeader.NEEDS_CHECKSUM);
    }
}
