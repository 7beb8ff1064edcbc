package io.hopline.vswitch;

import io.hopline.packet.Arp;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.Icmpv6;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Wire;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Everything a flow can match on, of one frame, as a fixed number of 64-bit words; what OpenFlow calls the packet's
 * header fields and pipeline fields. One object is refilled for frame after frame, without allocation, by one thread.
 *
 * <p>Fields that cannot occur together share a place, as in Open vSwitch: ARP's addresses with IPv4's and with ND's link
 * layer addresses, ICMP's type and code with the ports. {@link KeyField} says where each field is. Word layout, highest
 * bits first:
 *
 * <pre>
 *  0  in_port 32, recirculation 32        10-11  IPv6 source
 *  1  metadata                            12-13  IPv6 destination
 *  2  tunnel id                           14  protocol 8, tos 8, ttl 8, fragment 8, 12 unused, flow label 20
 *  3  tunnel IPv4 source, destination 32  15  source port 16, destination port 16, TCP flags 16, 16 unused
 *  4  eth_dst 48, eth_type 16             16-17  ND target
 *  5  eth_src 48, VLAN TCI 16             18-21  registers 0-7, two a word
 *  6  32 unused, tags 16, inner TCI 16    22  ct_state 32, 16 unused, ct_zone 16
 *  7  ARP SHA / ND SLL 48, ARP op 16      23  32 unused, ct_mark 32
 *  8  ARP THA / ND TLL 48, 16 unused      24-25  ct_label
 *  9  IPv4 source 32, destination 32     24-25  ct_label
 *     (or ARP's)                         26-29  tunnel IPv6 source, destination
 * </pre>
 */
public final class FlowKey {
    static final int IN_PORT = 0;
    static final int METADATA = 1;
    static final int TUNNEL_ID = 2;
    static final int TUNNEL_ADDRESSES = 3;
    static final int ETH_DST = 4;
    static final int ETH_SRC = 5;
    static final int VLAN = 6;
    static final int ARP_SHA = 7;
    static final int ARP_THA = 8;
    static final int IPV4 = 9;
    static final int IPV6_SRC = 10;
    static final int IPV6_DST = 12;
    static final int IP = 14;
    static final int PORTS = 15;
    static final int ND_TARGET = 16;
    static final int REGISTERS = 18;
    static final int CT_STATE = 22;
    static final int CT_MARK = 23;
    static final int CT_LABEL = 24;
    static final int TUNNEL_IPV6_SRC = 26;
    static final int TUNNEL_IPV6_DST = 28;
    static final int WORDS = 30;

    /** A frame's VLAN TCI in the key has this bit set (OFPVID_PRESENT); without a tag it is 0. */
    static final int VLAN_PRESENT = 0x1000;
    /** The fragment field's bits, as Nicira's nw_frag has them: any fragment; not the first. */
    static final int FRAGMENT_ANY = 1;

    static final int FRAGMENT_LATER = 2;

    private static final long LOW32 = 0xffff_ffffL;

    final long[] words = new long[WORDS];
    final FrameHeaders headers = new FrameHeaders();

    /**
     * Fills the key from a frame that just came in: registers, metadata and connection tracking are zero.
     *
     * @return what the bytes were worth; only for {@link FrameHeaders.Verdict#BAD_ETHERNET} is the key useless
     */
    FrameHeaders.Verdict extract(Frame frame) {
        Arrays.fill(words, 0);
        words[IN_PORT] = (long) frame.inPort() << 32;
        words[TUNNEL_ID] = frame.tunnelId();
        words[TUNNEL_ADDRESSES] = (long) frame.tunnelSource() << 32 | frame.tunnelDestination() & LOW32;
        words[TUNNEL_IPV6_SRC] = frame.tunnelSourceHigh();
        words[TUNNEL_IPV6_SRC + 1] = frame.tunnelSourceLow();
        words[TUNNEL_IPV6_DST] = frame.tunnelDestinationHigh();
        words[TUNNEL_IPV6_DST + 1] = frame.tunnelDestinationLow();
        return extractPacket(frame);
    }

    /** Reads the packet's own words again after headers were pushed or popped; the pipeline's words stay. */
    FrameHeaders.Verdict reparse(Frame frame) {
        Arrays.fill(words, ETH_DST, REGISTERS, 0);
        return extractPacket(frame);
    }

    private FrameHeaders.Verdict extractPacket(Frame frame) {
        FrameHeaders.Verdict verdict = headers.parse(frame);
        if (verdict == FrameHeaders.Verdict.BAD_ETHERNET) {
            return verdict;
        }
        MemorySegment memory = frame.memory();
        long at = frame.offset();
        long vlanTci = 0;
        if (headers.vlanTags() != 0) {
            vlanTci = headers.vlanTci() | VLAN_PRESENT;
            words[VLAN] = (long) headers.vlanTags() << 16;
            if (headers.vlanTags() == 2) {
                words[VLAN] |= Wire.u16(memory, at + 18) | VLAN_PRESENT;
            }
        }
        words[ETH_DST] = Ethernet.destination(memory, at) << 16 | headers.etherType();
        words[ETH_SRC] = Ethernet.source(memory, at) << 16 | vlanTci;
        if (headers.l3Offset() >= 0) {
            extractNetwork(memory, at + headers.l3Offset());
        }
        return verdict;
    }

    private void extractNetwork(MemorySegment memory, long l3) {
        if (headers.ipVersion() == 4) {
            words[IPV4] = (long) Ipv4.source(memory, l3) << 32 | Ipv4.destination(memory, l3) & LOW32;
            words[IP] = ipWord(Ipv4.trafficClass(memory, l3), Ipv4.ttl(memory, l3));
        } else if (headers.ipVersion() == 6) {
            words[IPV6_SRC] = Ipv6.sourceHigh(memory, l3);
            words[IPV6_SRC + 1] = Ipv6.sourceLow(memory, l3);
            words[IPV6_DST] = Ipv6.destinationHigh(memory, l3);
            words[IPV6_DST + 1] = Ipv6.destinationLow(memory, l3);
            words[IP] = ipWord(Ipv6.trafficClass(memory, l3), Ipv6.hopLimit(memory, l3)) | Ipv6.flowLabel(memory, l3);
        } else {
            words[ARP_SHA] = Arp.senderMac(memory, l3) << 16 | Arp.operation(memory, l3);
            words[ARP_THA] = Arp.targetMac(memory, l3) << 16;
            words[IPV4] = (long) Arp.senderIp(memory, l3) << 32 | Arp.targetIp(memory, l3) & LOW32;
        }
        if (headers.l4Offset() >= 0) {
            words[PORTS] = (long) headers.sourcePort() << 48
                    | (long) headers.destinationPort() << 32
                    | (long) headers.tcpFlags() << 16;
            if (headers.ipProtocol() == IpProtocol.ICMPV6) {
                extractNeighborDiscovery(memory, l3 - headers.l3Offset());
            }
        }
    }

    private long ipWord(int trafficClass, int ttl) {
        int fragment = headers.fragment() == FrameHeaders.FRAGMENT_NONE
                ? 0
                : headers.fragment() == FrameHeaders.FRAGMENT_LATER ? FRAGMENT_ANY | FRAGMENT_LATER : FRAGMENT_ANY;
        return (long) headers.ipProtocol() << 56 | (long) trafficClass << 48 | (long) ttl << 40 | (long) fragment << 32;
    }

    /** Target and link-layer address option of neighbor solicitations and advertisements (RFC 4861, section 4.3). */
    private void extractNeighborDiscovery(MemorySegment memory, long at) {
        int type = headers.sourcePort();
        boolean solicitation = type == Icmpv6.NEIGHBOR_SOLICITATION;
        if (!solicitation && type != Icmpv6.NEIGHBOR_ADVERTISEMENT || headers.destinationPort() != 0) {
            return;
        }
        int end = headers.l3Offset() + headers.ipBytes();
        int target = headers.l4Offset() + NeighborDiscovery.TARGET_OFFSET;
        if (target + 16 > end) {
            return;
        }
        words[ND_TARGET] = Wire.i64(memory, at + target);
        words[ND_TARGET + 1] = Wire.i64(memory, at + target + 8);
        int wanted = solicitation ? NeighborDiscovery.SOURCE_LINK_LAYER : NeighborDiscovery.TARGET_LINK_LAYER;
        int option = NeighborDiscovery.findOption(memory, at, target + 16, end, wanted);
        if (option >= 0) {
            words[solicitation ? ARP_SHA : ARP_THA] = Wire.u48(memory, at + option + 2) << 16;
        }
    }

    void copyFrom(FlowKey other) {
        System.arraycopy(other.words, 0, words, 0, WORDS);
    }

    /**
     * Hash of what the packets of one flow have in common; for SELECT groups.
     *
     * @param connectionOnly look at IP addresses, protocol and ports only, if there are any: Ethernet addresses change from
     *     host to host
     */
    int flowHash(boolean connectionOnly) {
        long h = words[IPV4] * 0x9e3779b97f4a7c15L;
        h ^= (words[IPV6_SRC] + 0x632be59bd9b4e019L) * (words[IPV6_SRC + 1] | 1);
        h ^= Long.rotateLeft((words[IPV6_DST] + 0x85157af5L) * (words[IPV6_DST + 1] | 1), 31);
        h = (h ^ words[PORTS] >>> 32) * 0xbf58476d1ce4e5b9L;
        h = (h ^ h >>> 29 ^ words[IP] >>> 56) * 0x94d049bb133111ebL;
        if (!connectionOnly || headers.ipVersion() == 0) {
            h ^= (words[ETH_DST] >>> 16) * 0x9e3779b97f4a7c15L + (words[ETH_SRC] >>> 16) * 0xbf58476d1ce4e5b9L;
            h = (h ^ words[ARP_SHA]) * 0x94d049bb133111ebL;
        }
        return (int) ((h ^ h >>> 32) * 0xd6e8feb86659fd93L >>> 32);
    }

    /** Hash of the source's IP address alone. */
    int sourceHash() {
        long h = (words[IPV4] >>> 32) * 0x9e3779b97f4a7c15L;
        h ^= (words[IPV6_SRC] + 0x632be59bd9b4e019L) * (words[IPV6_SRC + 1] | 1);
        h = (h ^ h >>> 29) * 0x94d049bb133111ebL;
        return (int) ((h ^ h >>> 32) * 0xd6e8feb86659fd93L >>> 32);
    }

    /** OpenFlow number of the port the frame came in by. */
    public int inPort() {
        return (int) (words[IN_PORT] >>> 32);
    }

    /** EtherType after the VLAN tags. */
    public int etherType() {
        return (int) words[ETH_DST] & 0xffff;
    }

    public long etherSource() {
        return words[ETH_SRC] >>> 16;
    }

    public long etherDestination() {
        return words[ETH_DST] >>> 16;
    }

    /** IPv4 source address as a big-endian int; ARP's sender for ARP, 0 for others. */
    int ipv4Source() {
        return (int) (words[IPV4] >>> 32);
    }

    /** IPv4 destination address as a big-endian int; ARP's target for ARP, 0 for others. */
    int ipv4Destination() {
        return (int) words[IPV4];
    }

    /** IP source address, with {@link #ipSourceLow}, as {@link io.hopline.packet.IpAddress#high} says. */
    public long ipSourceHigh() {
        return words[IPV6_SRC];
    }

    /** Of IPv4 and IPv6 one is zero. */
    public long ipSourceLow() {
        return words[IPV6_SRC + 1] | words[IPV4] >>> 32;
    }

    /** IP destination address, with {@link #ipDestinationLow}. */
    public long ipDestinationHigh() {
        return words[IPV6_DST];
    }

    /** Of IPv4 and IPv6 one is zero. */
    public long ipDestinationLow() {
        return words[IPV6_DST + 1] | words[IPV4] & LOW32;
    }

    public int ipProtocol() {
        return (int) (words[IP] >>> 56);
    }

    /** TCP, UDP or SCTP source port; 0 when there is none or the packet is a later fragment. */
    public int sourcePort() {
        return (int) (words[PORTS] >>> 48);
    }

    public int destinationPort() {
        return (int) (words[PORTS] >>> 32) & 0xffff;
    }

    long tunnelId() {
        return words[TUNNEL_ID];
    }

    int recirculation() {
        return (int) words[IN_PORT];
    }

    void recirculation(int id) {
        words[IN_PORT] = words[IN_PORT] & ~LOW32 | id & LOW32;
    }
}
