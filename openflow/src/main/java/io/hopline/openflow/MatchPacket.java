package io.hopline.openflow;

import io.hopline.packet.Arp;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Icmp;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Tcp;
import io.hopline.packet.Udp;
import io.hopline.packet.Vlan;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Makes a packet that a match describes: fields that the match does not name are 0, but for a TTL of 64 and, of a TCP packet,
 * the flag SYN. Checksums are left out; nobody looks at them on the way through flow tables.
 */
public final class MatchPacket {
    private static final int MAX_BYTES = 128;
    private static final int PAYLOAD_BYTES = 16;
    private static final int DEFAULT_TTL = 64;

    private final Match match;
    private final MemorySegment memory = MemorySegment.ofArray(new byte[MAX_BYTES]);
    private int length;

    private MatchPacket(Match match) {
        this.match = match;
    }

    /** The packet, from its Ethernet header on. */
    public static byte[] frame(Match match) {
        MatchPacket packet = new MatchPacket(match);
        packet.ethernet();
        return Arrays.copyOf((byte[]) packet.memory.heapBase().orElseThrow(), packet.length);
    }

    private long value(OxmField field, long otherwise) {
        FieldMatch found = match.find(field);
        return found == null ? otherwise : found.low();
    }

    private int number(OxmField field) {
        return (int) value(field, 0);
    }

    private void ethernet() {
        Ethernet.destination(memory, 0, value(OxmField.ETH_DST, 0));
        Ethernet.source(memory, 0, value(OxmField.ETH_SRC, 0));
        length = Ethernet.BYTES;
        int vid = number(OxmField.VLAN_VID);
        if ((vid & OpenFlow.VID_PRESENT) != 0) {
            Vlan.tpid(memory, 12, Ethernet.TYPE_VLAN);
            Vlan.tci(memory, 12, vid & Vlan.ID_MASK | number(OxmField.VLAN_PCP) << Vlan.PRIORITY_SHIFT);
            length += Vlan.BYTES;
        }
        int type = number(OxmField.ETH_TYPE);
        Ethernet.type(memory, length - Ethernet.BYTES, type);
        switch (type) {
            case Ethernet.TYPE_IPV4 -> ipv4();
            case Ethernet.TYPE_IPV6 -> ipv6();
            case Ethernet.TYPE_ARP -> arp();
            default -> length += PAYLOAD_BYTES;
        }
    }

    private int trafficClass() {
        return number(OxmField.IP_DSCP) << 2 | number(OxmField.IP_ECN);
    }

    private void ipv4() {
        int ip = length;
        length += Ipv4.MIN_BYTES;
        transport(false);
        Ipv4.headerBytes(memory, ip, Ipv4.MIN_BYTES);
        Ipv4.trafficClass(memory, ip, trafficClass());
        Ipv4.totalBytes(memory, ip, length - ip);
        Ipv4.ttl(memory, ip, (int) value(OxmField.IP_TTL, DEFAULT_TTL));
        Ipv4.protocol(memory, ip, number(OxmField.IP_PROTO));
        Ipv4.source(memory, ip, number(OxmField.IPV4_SRC));
        Ipv4.destination(memory, ip, number(OxmField.IPV4_DST));
        Ipv4.updateChecksum(memory, ip);
    }

    private void ipv6() {
        int ip = length;
        length += Ipv6.BYTES;
        transport(true);
        Ipv6.versionClassLabel(memory, ip, trafficClass(), number(OxmField.IPV6_FLABEL));
        Ipv6.payloadBytes(memory, ip, length - ip - Ipv6.BYTES);
        Ipv6.nextHeader(memory, ip, number(OxmField.IP_PROTO));
        Ipv6.hopLimit(memory, ip, (int) value(OxmField.IP_TTL, DEFAULT_TTL));
        FieldMatch source = match.find(OxmField.IPV6_SRC);
        FieldMatch destination = match.find(OxmField.IPV6_DST);
        if (source != null) {
            Ipv6.source(memory, ip, source.high(), source.low());
        }
        if (destination != null) {
            Ipv6.destination(memory, ip, destination.high(), destination.low());
        }
    }

    private void transport(boolean ipv6) {
        int at = length;
        switch (number(OxmField.IP_PROTO)) {
            case IpProtocol.TCP -> {
                Tcp.sourcePort(memory, at, number(OxmField.TCP_SRC));
                Tcp.destinationPort(memory, at, number(OxmField.TCP_DST));
                Tcp.headerBytes(memory, at, Tcp.MIN_BYTES);
                Tcp.flags(memory, at, (int) value(OxmField.TCP_FLAGS, Tcp.SYN));
                length += Tcp.MIN_BYTES;
            }
            case IpProtocol.UDP -> {
                Udp.sourcePort(memory, at, number(OxmField.UDP_SRC));
                Udp.destinationPort(memory, at, number(OxmField.UDP_DST));
                Udp.totalBytes(memory, at, Udp.BYTES + PAYLOAD_BYTES);
                length += Udp.BYTES + PAYLOAD_BYTES;
            }
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
                Icmp.type(memory, at, number(ipv6 ? OxmField.ICMPV6_TYPE : OxmField.ICMPV4_TYPE));
                Icmp.code(memory, at, number(ipv6 ? OxmField.ICMPV6_CODE : OxmField.ICMPV4_CODE));
                length += Icmp.BYTES + PAYLOAD_BYTES;
            }
            default -> length += PAYLOAD_BYTES;
        }
    }

    private void arp() {
        Arp.ipv4OverEthernet(memory, length);
        Arp.operation(memory, length, (int) value(OxmField.ARP_OP, Arp.REQUEST));
        Arp.senderMac(memory, length, value(OxmField.ARP_SHA, value(OxmField.ETH_SRC, 0)));
        Arp.senderIp(memory, length, number(OxmField.ARP_SPA));
        Arp.targetMac(memory, length, value(OxmField.ARP_THA, 0));
        Arp.targetIp(memory, length, number(OxmField.ARP_TPA));
        length += Arp.BYTES;
    }
}
