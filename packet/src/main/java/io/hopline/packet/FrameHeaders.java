package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * Where the headers of one frame are and what the first ones say, filled by {@link #parse} without allocation and
 * without ever throwing, whatever the bytes.
 *
 * <p>Offsets count from the frame's Ethernet header; -1 says that there is no such header. An object is reused for frame
 * after frame by one thread. Like a switch, the parser goes as deep as the bytes make sense and says where it stopped: a
 * frame with a good Ethernet header and a broken IP header can still be forwarded by its addresses.
 */
public final class FrameHeaders {
    /** How far the bytes made sense. Each value implies that everything of the values after it is valid. */
    public enum Verdict {
        /** Every header that is known was there, whole. */
        OK,
        /** The transport header is cut short or contradicts itself: {@link #l4Offset()} is -1. */
        BAD_TRANSPORT,
        /** The ARP or IP header is cut short or contradicts itself: {@link #l3Offset()} is -1 as well. */
        BAD_NETWORK,
        /** No whole Ethernet header (or VLAN tag): nothing is valid. */
        BAD_ETHERNET
    }

    /** Not a fragment. */
    public static final int FRAGMENT_NONE = 0;
    /** The first fragment, which has the transport header. */
    public static final int FRAGMENT_FIRST = 1;
    /** A later fragment, which has none. */
    public static final int FRAGMENT_LATER = 2;

    /** The {@link #etherType()} of an IEEE 802.3 frame without SNAP type (as in OpenFlow 1.0 and Open vSwitch). */
    public static final int NOT_ETHERNET_II = 0x05ff;

    private static final int MAX_VLAN_TAGS = 2;
    /** LLC and SNAP header for an EtherType (RFC 1042): AA AA 03 00 00 00. */
    private static final long SNAP_ETHERTYPE = 0xaaaa_0300_0000L;

    private int vlanTags;
    private int vlanTci;
    private int etherType;
    private int l3Offset;
    private int ipVersion;
    private int ipHeaderBytes;
    private int ipBytes;
    private int ipProtocol;
    private int fragment;
    private int l4Offset;
    private int l4HeaderBytes;
    private int sourcePort;
    private int destinationPort;
    private int tcpFlags;

    /** Parses a frame from its Ethernet header on. */
    public Verdict parse(Frame frame) {
        return parse(frame.memory(), frame.offset(), frame.length());
    }

    /**
     * Parses {@code length} bytes that start with an Ethernet header.
     *
     * @param at position of the Ethernet header in {@code memory}
     * @param length bytes there are; nothing beyond them is read
     */
    public Verdict parse(MemorySegment memory, long at, int length) {
        clear();
        if (length < Ethernet.BYTES) {
            return Verdict.BAD_ETHERNET;
        }
        int network = parseEthernet(memory, at, length);
        if (network < 0) {
            return Verdict.BAD_ETHERNET;
        }
        return switch (etherType) {
            case Ethernet.TYPE_IPV4 -> parseIpv4(memory, at, network, length);
            case Ethernet.TYPE_IPV6 -> parseIpv6(memory, at, network, length);
            case Ethernet.TYPE_ARP -> parseArp(memory, at, network, length);
            default -> Verdict.OK;
        };
    }

    private void clear() {
        vlanTags = 0;
        vlanTci = 0;
        etherType = 0;
        clearNetwork();
    }

    private void clearNetwork() {
        l3Offset = -1;
        ipVersion = 0;
        ipHeaderBytes = 0;
        ipBytes = 0;
        ipProtocol = 0;
        fragment = FRAGMENT_NONE;
        clearTransport();
    }

    private void clearTransport() {
        l4Offset = -1;
        l4HeaderBytes = 0;
        sourcePort = 0;
        destinationPort = 0;
        tcpFlags = 0;
    }

    /** Walks VLAN tags and SNAP; returns the offset of what follows, or -1. */
    private int parseEthernet(MemorySegment memory, long at, int length) {
        int offset = Ethernet.TYPE;
        int type = Wire.u16(memory, at + offset);
        while (Ethernet.isVlan(type) && vlanTags < MAX_VLAN_TAGS) {
            if (offset + Vlan.BYTES + 2 > length) {
                return -1;
            }
            if (vlanTags++ == 0) {
                vlanTci = Vlan.tci(memory, at + offset);
            }
            offset += Vlan.BYTES;
            type = Wire.u16(memory, at + offset);
        }
        offset += 2;
        if (type < Ethernet.FIRST_TYPE) {
            if (offset + 8 > length || Wire.u48(memory, at + offset) != SNAP_ETHERTYPE) {
                etherType = NOT_ETHERNET_II;
                return offset;
            }
            type = Wire.u16(memory, at + offset + 6);
            offset += 8;
        }
        etherType = type;
        return offset;
    }

    private Verdict parseArp(MemorySegment memory, long at, int offset, int length) {
        if (offset + Arp.BYTES > length || !Arp.isIpv4OverEthernet(memory, at + offset)) {
            return Verdict.BAD_NETWORK;
        }
        l3Offset = offset;
        return Verdict.OK;
    }

    private Verdict parseIpv4(MemorySegment memory, long at, int offset, int length) {
        if (offset + Ipv4.MIN_BYTES > length) {
            return Verdict.BAD_NETWORK;
        }
        long ip = at + offset;
        int headerBytes = Ipv4.headerBytes(memory, ip);
        int totalBytes = Ipv4.totalBytes(memory, ip);
        if (Ipv4.version(memory, ip) != 4
                || headerBytes < Ipv4.MIN_BYTES
                || totalBytes < headerBytes
                || offset + totalBytes > length) {
            return Verdict.BAD_NETWORK;
        }
        l3Offset = offset;
        ipVersion = 4;
        ipHeaderBytes = headerBytes;
        ipBytes = totalBytes;
        ipProtocol = Ipv4.protocol(memory, ip);
        int bits = Ipv4.fragment(memory, ip);
        if ((bits & Ipv4.FRAGMENT_OFFSET_MASK) != 0) {
            fragment = FRAGMENT_LATER;
        } else if ((bits & Ipv4.MORE_FRAGMENTS) != 0) {
            fragment = FRAGMENT_FIRST;
        }
        return parseTransport(memory, at);
    }

    private Verdict parseIpv6(MemorySegment memory, long at, int offset, int length) {
        if (offset + Ipv6.BYTES > length) {
            return Verdict.BAD_NETWORK;
        }
        long ip = at + offset;
        int totalBytes = Ipv6.BYTES + Ipv6.payloadBytes(memory, ip);
        if (Ipv6.version(memory, ip) != 6 || offset + totalBytes > length) {
            return Verdict.BAD_NETWORK;
        }
        l3Offset = offset;
        ipVersion = 6;
        ipBytes = totalBytes;
        ipProtocol = Ipv6.nextHeader(memory, ip);
        ipHeaderBytes = Ipv6.BYTES;
        if (!walkExtensionHeaders(memory, ip)) {
            clearNetwork();
            return Verdict.BAD_NETWORK;
        }
        return parseTransport(memory, at);
    }

    /** RFC 8200, section 4. Stops at a transport protocol, or at a header that only the destination can read. */
    private boolean walkExtensionHeaders(MemorySegment memory, long ip) {
        for (int headers = 0; Ipv6.isExtension(ipProtocol); headers++) {
            if (fragment == FRAGMENT_LATER) {
                return true;
            }
            if (headers == Ipv6.MAX_EXTENSION_HEADERS || ipHeaderBytes + Ipv6.MIN_EXTENSION_BYTES > ipBytes) {
                return false;
            }
            long header = ip + ipHeaderBytes;
            int bytes = Ipv6.extensionBytes(ipProtocol, memory, header);
            if (ipProtocol == IpProtocol.FRAGMENT) {
                if (Ipv6.fragmentOffset(memory, header) != 0) {
                    fragment = FRAGMENT_LATER;
                } else if (Ipv6.moreFragments(memory, header)) {
                    fragment = FRAGMENT_FIRST;
                }
            }
            if (ipHeaderBytes + bytes > ipBytes) {
                return false;
            }
            ipProtocol = Wire.u8(memory, header);
            ipHeaderBytes += bytes;
        }
        return true;
    }

    private Verdict parseTransport(MemorySegment memory, long at) {
        if (fragment == FRAGMENT_LATER) {
            return Verdict.OK;
        }
        int offset = l3Offset + ipHeaderBytes;
        int available = ipBytes - ipHeaderBytes;
        long transport = at + offset;
        int headerBytes = switch (ipProtocol) {
            case IpProtocol.TCP -> tcpHeaderBytes(memory, transport, available);
            case IpProtocol.UDP -> udpHeaderBytes(memory, transport, available);
            case IpProtocol.SCTP -> available < 12 ? -1 : 12;
            case IpProtocol.ICMP -> ipVersion == 4 ? icmpHeaderBytes(available, Icmp.BYTES) : 0;
            case IpProtocol.ICMPV6 -> ipVersion == 6 ? icmpHeaderBytes(available, Icmpv6.MIN_BYTES) : 0;
            default -> 0;
        };
        if (headerBytes < 0) {
            return Verdict.BAD_TRANSPORT;
        }
        if (headerBytes == 0) {
            return Verdict.OK;
        }
        l4Offset = offset;
        l4HeaderBytes = headerBytes;
        if (isIcmp()) {
            sourcePort = Icmp.type(memory, transport);
            destinationPort = Icmp.code(memory, transport);
        } else {
            sourcePort = Wire.u16(memory, transport);
            destinationPort = Wire.u16(memory, transport + 2);
            tcpFlags = ipProtocol == IpProtocol.TCP ? Tcp.flags(memory, transport) : 0;
        }
        return Verdict.OK;
    }

    private static int tcpHeaderBytes(MemorySegment memory, long transport, int available) {
        if (available < Tcp.MIN_BYTES) {
            return -1;
        }
        int bytes = Tcp.headerBytes(memory, transport);
        return bytes < Tcp.MIN_BYTES || bytes > available ? -1 : bytes;
    }

    private int udpHeaderBytes(MemorySegment memory, long transport, int available) {
        if (available < Udp.BYTES) {
            return -1;
        }
        int bytes = Udp.totalBytes(memory, transport);
        // The datagram of a first fragment is longer than the fragment.
        return bytes < Udp.BYTES || bytes > available && fragment == FRAGMENT_NONE ? -1 : Udp.BYTES;
    }

    private static int icmpHeaderBytes(int available, int needed) {
        return available < needed ? -1 : needed;
    }

    /** VLAN tags in front of the payload, 0 to 2; further ones are payload. */
    public int vlanTags() {
        return vlanTags;
    }

    /** The outermost tag's priority and id; 0 when {@link #vlanTags()} is 0. */
    public int vlanTci() {
        return vlanTci;
    }

    /** What follows the VLAN tags, SNAP's type included; {@link #NOT_ETHERNET_II} for other IEEE 802.3 frames. */
    public int etherType() {
        return etherType;
    }

    /** Offset of the ARP, IPv4 or IPv6 header. */
    public int l3Offset() {
        return l3Offset;
    }

    /** 4 or 6, or 0 when the frame is no (sound) IP packet. */
    public int ipVersion() {
        return ipVersion;
    }

    public boolean isArp() {
        return l3Offset >= 0 && ipVersion == 0;
    }

    /** Length of the IP header with IPv4 options or IPv6 extension headers, in bytes. */
    public int ipHeaderBytes() {
        return ipHeaderBytes;
    }

    /** Length of the IP packet by its own header; the frame may have padding after it. */
    public int ipBytes() {
        return ipBytes;
    }

    /** IPv4 protocol, or the IPv6 next header at which the walk stopped. */
    public int ipProtocol() {
        return ipProtocol;
    }

    /** One of the FRAGMENT constants. */
    public int fragment() {
        return fragment;
    }

    /** Offset of the TCP, UDP, SCTP, ICMP or ICMPv6 header. */
    public int l4Offset() {
        return l4Offset;
    }

    /** Length of the transport header with TCP options, in bytes. */
    public int l4HeaderBytes() {
        return l4HeaderBytes;
    }

    /** Source port; for ICMP and ICMPv6 the type, as OpenFlow keeps it. */
    public int sourcePort() {
        return sourcePort;
    }

    /** Destination port; for ICMP and ICMPv6 the code. */
    public int destinationPort() {
        return destinationPort;
    }

    /** The eight TCP flags; 0 for other protocols. */
    public int tcpFlags() {
        return tcpFlags;
    }

    public boolean isTcp() {
        return l4Offset >= 0 && ipProtocol == IpProtocol.TCP;
    }

    public boolean isUdp() {
        return l4Offset >= 0 && ipProtocol == IpProtocol.UDP;
    }

    /** ICMP in IPv4 or ICMPv6 in IPv6. */
    public boolean isIcmp() {
        return l4Offset >= 0
                && (ipVersion == 4 && ipProtocol == IpProtocol.ICMP
                        || ipVersion == 6 && ipProtocol == IpProtocol.ICMPV6);
    }

    /** Offset of the first byte after the transport header; -1 when there is no transport header. */
    public int payloadOffset() {
        return l4Offset < 0 ? -1 : l4Offset + l4HeaderBytes;
    }

    /** Bytes of the IP packet after the transport header; 0 when there is no transport header. */
    public int payloadBytes() {
        return l4Offset < 0 ? 0 : ipBytes - ipHeaderBytes - l4HeaderBytes;
    }
}
