package io.hopline.packet;

import io.hopline.packet.DhcpMessage.Type;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Function;

/**
 * A DHCPv4 server without state: every hardware address has its one lease, or none (RFC 2131, section 4.3).
 *
 * <p>In: a guest's frame. Out: the frame to send back where it came from. DISCOVER is answered with OFFER; REQUEST with
 * ACK, or NAK when it asks for another address; INFORM with ACK without address; DECLINE and RELEASE with nothing, as the
 * address stays the client's.
 */
public final class Dhcp {
    private static final int REPLY_OP = 2;
    /** BOOTP clients reject less (RFC 1542, section 2.1: 300 bytes). */
    private static final int MIN_BYTES = 300;

    private static final int HEADERS_BYTES = Ethernet.BYTES + Ipv4.MIN_BYTES + Udp.BYTES;
    private static final int MAX_OPTION_BYTES = 128;

    private Dhcp() {}

    /**
     * Answers a frame.
     *
     * @param frame a frame from its Ethernet header on, of any content
     * @param leases the lease of a hardware address
     * @return the reply frame; empty when there is nothing to say: not DHCP, nobody's lease, another server's client
     */
    public static Optional<byte[]> answer(byte[] frame, Function<MacAddress, Optional<DhcpLease>> leases) {
        return DhcpMessage.parse(frame)
                .flatMap(message -> leases.apply(message.clientMac())
                        .flatMap(lease -> answerType(message, lease).map(type -> reply(message, type, lease))));
    }

    private static Optional<Type> answerType(DhcpMessage message, DhcpLease lease) {
        return switch (message.type()) {
            case DISCOVER -> Optional.of(Type.OFFER);
            case REQUEST -> answerToRequest(message, lease);
            case INFORM -> Optional.of(Type.ACK);
            default -> Optional.empty();
        };
    }

    /** The states of RFC 2131, section 4.3.2: SELECTING names a server, INIT-REBOOT an address, the others use ciaddr. */
    private static Optional<Type> answerToRequest(DhcpMessage message, DhcpLease lease) {
        boolean namesServer = message.serverIp().bits() != 0;
        if (namesServer && !message.serverIp().equals(lease.router())) {
            return Optional.empty();
        }
        Ipv4Address wanted = message.requestedIp().bits() != 0 ? message.requestedIp() : message.clientIp();
        return Optional.of(wanted.equals(lease.ip()) ? Type.ACK : Type.NAK);
    }

    /**
     * Builds a reply frame.
     *
     * @param type OFFER, ACK or NAK
     */
    public static byte[] reply(DhcpMessage message, Type type, DhcpLease lease) {
        byte[] options = new byte[MAX_OPTION_BYTES];
        int optionBytes = writeOptions(MemorySegment.ofArray(options), message, type, lease);
        int bytes = Math.max(DhcpMessage.FIXED_BYTES + optionBytes, MIN_BYTES);
        byte[] frame = new byte[HEADERS_BYTES + bytes];
        MemorySegment memory = MemorySegment.ofArray(frame);
        writeMessage(memory, HEADERS_BYTES, message, type, lease);
        System.arraycopy(options, 0, frame, HEADERS_BYTES + DhcpMessage.FIXED_BYTES, optionBytes);
        writeHeaders(memory, message, type, lease, bytes);
        return frame;
    }

    private static void writeMessage(MemorySegment to, long at, DhcpMessage message, Type type, DhcpLease lease) {
        boolean gives = type != Type.NAK && message.type() != Type.INFORM;
        Wire.u8(to, at, REPLY_OP);
        Wire.u8(to, at + 1, DhcpMessage.ETHERNET);
        Wire.u8(to, at + 2, 6);
        Wire.i32(to, at + 4, message.transaction());
        Wire.u16(to, at + 10, message.broadcast() ? DhcpMessage.BROADCAST_FLAG : 0);
        Wire.i32(to, at + 12, type == Type.ACK ? message.clientIp().bits() : 0);
        Wire.i32(to, at + 16, gives ? lease.ip().bits() : 0);
        Wire.i32(to, at + 24, message.relayIp().bits());
        Wire.u48(to, at + 28, message.clientMac().bits());
        Wire.i32(to, at + DhcpMessage.FIXED_BYTES - 4, DhcpMessage.MAGIC_COOKIE);
    }

    /** Table 3 of RFC 2131; returns the bytes written. */
    private static int writeOptions(MemorySegment to, DhcpMessage message, Type type, DhcpLease lease) {
        int at = 0;
        at = option8(to, at, 53, type.code());
        at = option32(to, at, 54, lease.router().bits());
        if (type != Type.NAK) {
            if (message.type() != Type.INFORM) {
                at = option32(to, at, 51, lease.leaseSeconds());
                at = option32(to, at, 58, lease.leaseSeconds() / 2);
                at = option32(to, at, 59, (int) (lease.leaseSeconds() * 7L / 8));
            }
            at = option32(to, at, 1, lease.subnetMask().bits());
            at = option32(to, at, 3, lease.router().bits());
            at = optionHeader(to, at, 26, 2);
            Wire.u16(to, at, lease.mtuBytes());
            at += 2;
            if (!lease.dnsServers().isEmpty()) {
                at = optionHeader(to, at, 6, 4 * lease.dnsServers().size());
                for (Ipv4Address server : lease.dnsServers()) {
                    Wire.i32(to, at, server.bits());
                    at += 4;
                }
            }
        }
        Wire.u8(to, at, 255);
        return at + 1;
    }

    private static int optionHeader(MemorySegment to, int at, int tag, int length) {
        Wire.u8(to, at, tag);
        Wire.u8(to, at + 1, length);
        return at + 2;
    }

    private static int option8(MemorySegment to, int at, int tag, int value) {
        Wire.u8(to, optionHeader(to, at, tag, 1), value);
        return at + 3;
    }

    private static int option32(MemorySegment to, int at, int tag, int value) {
        Wire.i32(to, optionHeader(to, at, tag, 4), value);
        return at + 6;
    }

    /** Addresses by RFC 2131, section 4.1: to the relay, to the address the client has, broadcast, or the address it gets. */
    private static void writeHeaders(MemorySegment to, DhcpMessage message, Type type, DhcpLease lease, int bytes) {
        int destination;
        long mac = message.clientMac().bits();
        if (message.relayIp().bits() != 0) {
            destination = message.relayIp().bits();
            mac = message.sourceMac().bits();
        } else if (type == Type.NAK || message.broadcast() && message.clientIp().bits() == 0) {
            destination = -1;
            mac = MacAddress.BROADCAST.bits();
        } else {
            destination = message.clientIp().bits() != 0
                    ? message.clientIp().bits()
                    : lease.ip().bits();
        }
        Ethernet.destination(to, 0, mac);
        Ethernet.source(to, 0, lease.serverMac().bits());
        Ethernet.type(to, 0, Ethernet.TYPE_IPV4);

        long ip = Ethernet.BYTES;
        Ipv4.headerBytes(to, ip, Ipv4.MIN_BYTES);
        Ipv4.totalBytes(to, ip, Ipv4.MIN_BYTES + Udp.BYTES + bytes);
        Ipv4.ttl(to, ip, 64);
        Ipv4.protocol(to, ip, IpProtocol.UDP);
        Ipv4.source(to, ip, lease.router().bits());
        Ipv4.destination(to, ip, destination);
        Ipv4.updateChecksum(to, ip);

        long udp = ip + Ipv4.MIN_BYTES;
        Udp.sourcePort(to, udp, DhcpMessage.SERVER_PORT);
        Udp.destinationPort(to, udp, message.relayIp().bits() != 0 ? DhcpMessage.SERVER_PORT : DhcpMessage.CLIENT_PORT);
        Udp.totalBytes(to, udp, Udp.BYTES + bytes);
        Udp.checksum(to, udp, Checksum.pseudoIpv4(to, ip, IpProtocol.UDP, Udp.BYTES + bytes));
        Udp.checksum(to, udp, Checksum.finishUdp(Checksum.sum(to, udp, Udp.BYTES + bytes)));
    }
}
