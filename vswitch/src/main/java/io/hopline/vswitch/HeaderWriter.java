package io.hopline.vswitch;

import io.hopline.packet.Arp;
import io.hopline.packet.Checksum;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Sctp;
import io.hopline.packet.VnetHeader;
import io.hopline.packet.Wire;
import java.lang.foreign.MemorySegment;

/**
 * Brings a frame's bytes in line with its changed key, checksums included.
 *
 * <p>Checksums are updated, not computed (RFC 1624), so that a wrong one stays wrong. When the transport checksum is partial
 * ({@link VnetHeader#NEEDS_CHECKSUM}) it holds the sum of the pseudo-header alone: then addresses change it and ports do
 * not, for super-frames too. SCTP's CRC32c cannot be updated in place and is computed again.
 */
final class HeaderWriter {
    private static final int ETHER_TYPE = 12;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;

    /** Stores the field or fields that {@code store} (one of {@link KeyField}'s constants) stands for. */
    void store(int store, FlowKey key, Frame frame) {
        long[] words = key.words;
        MemorySegment memory = frame.memory();
        long at = frame.offset();
        switch (store) {
            case KeyField.STORE_ETH_DST -> Ethernet.destination(memory, at, words[FlowKey.ETH_DST] >>> 16);
            case KeyField.STORE_ETH_SRC -> Ethernet.source(memory, at, words[FlowKey.ETH_SRC] >>> 16);
            case KeyField.STORE_ETH_TYPE -> storeEtherType(key, frame);
            case KeyField.STORE_VLAN -> storeVlan(key, frame);
            case KeyField.STORE_TRAFFIC_CLASS -> storeTrafficClass(key, frame);
            case KeyField.STORE_PROTOCOL -> storeProtocol(key, frame);
            case KeyField.STORE_TTL -> storeTtl(key, frame, (int) (words[FlowKey.IP] >>> 40) & 0xff);
            case KeyField.STORE_IPV4_SRC -> ipv4Source(key, frame, (int) (words[FlowKey.IPV4] >>> 32));
            case KeyField.STORE_IPV4_DST -> ipv4Destination(key, frame, (int) words[FlowKey.IPV4]);
            case KeyField.STORE_IPV6_SRC ->
                ipv6Address(key, frame, 8, words[FlowKey.IPV6_SRC], words[FlowKey.IPV6_SRC + 1]);
            case KeyField.STORE_IPV6_DST ->
                ipv6Address(key, frame, 24, words[FlowKey.IPV6_DST], words[FlowKey.IPV6_DST + 1]);
            case KeyField.STORE_FLOW_LABEL -> storeTrafficClass(key, frame);
            case KeyField.STORE_SRC_PORT -> port(key, frame, 0, (int) (words[FlowKey.PORTS] >>> 48));
            case KeyField.STORE_DST_PORT -> port(key, frame, 2, (int) (words[FlowKey.PORTS] >>> 32) & 0xffff);
            case KeyField.STORE_ICMP -> storeIcmp(key, frame);
            case KeyField.STORE_TCP_FLAGS -> storeTcpFlags(key, frame);
            case KeyField.STORE_ARP -> storeArp(key, frame);
            case KeyField.STORE_ND -> storeNeighborDiscovery(key, frame);
            default -> {}
        }
    }

    private static void storeEtherType(FlowKey key, Frame frame) {
        int offset = ETHER_TYPE + 4 * key.headers.vlanTags();
        Wire.u16(frame.memory(), frame.offset() + offset, (int) key.words[FlowKey.ETH_DST] & 0xffff);
        key.reparse(frame);
    }

    private static void storeVlan(FlowKey key, Frame frame) {
        if (key.headers.vlanTags() != 0) {
            int tci = (int) key.words[FlowKey.ETH_SRC] & 0xffff & ~FlowKey.VLAN_PRESENT;
            // The bit that says "present" in a key is DEI on the wire, which no OpenFlow field names: it stays.
            long at = frame.offset() + ETHER_TYPE + 2;
            Wire.u16(frame.memory(), at, tci | Wire.u16(frame.memory(), at) & FlowKey.VLAN_PRESENT);
        }
    }

    /** Traffic class, and IPv6's flow label beside it. */
    private static void storeTrafficClass(FlowKey key, Frame frame) {
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + key.headers.l3Offset();
        int trafficClass = (int) (key.words[FlowKey.IP] >>> 48) & 0xff;
        if (key.headers.ipVersion() == 4) {
            ipv4Word(memory, ip, 0, Wire.u16(memory, ip) & 0xff00 | trafficClass);
        } else if (key.headers.ipVersion() == 6) {
            Ipv6.versionClassLabel(memory, ip, trafficClass, (int) key.words[FlowKey.IP] & 0xfffff);
        }
    }

    private static void storeProtocol(FlowKey key, Frame frame) {
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + key.headers.l3Offset();
        int protocol = (int) (key.words[FlowKey.IP] >>> 56);
        if (key.headers.ipVersion() == 4) {
            ipv4Word(memory, ip, 8, Wire.u16(memory, ip + 8) & 0xff00 | protocol);
        } else if (key.headers.ipVersion() == 6 && key.headers.ipHeaderBytes() == Ipv6.BYTES) {
            Ipv6.nextHeader(memory, ip, protocol);
        }
        key.reparse(frame);
    }

    static void storeTtl(FlowKey key, Frame frame, int ttl) {
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + key.headers.l3Offset();
        if (key.headers.ipVersion() == 4) {
            ipv4Word(memory, ip, 8, ttl << 8 | Wire.u16(memory, ip + 8) & 0xff);
        } else if (key.headers.ipVersion() == 6) {
            Ipv6.hopLimit(memory, ip, ttl);
        }
    }

    /** Writes a 16-bit word of an IPv4 header and updates the header's checksum. */
    private static void ipv4Word(MemorySegment memory, long ip, int offset, int after) {
        int before = Wire.u16(memory, ip + offset);
        Wire.u16(memory, ip + offset, after);
        Ipv4.checksum(memory, ip, Checksum.update16(Ipv4.checksum(memory, ip), before, after));
    }

    void ipv4Source(FlowKey key, Frame frame, int address) {
        ipv4Address(key, frame, 12, address);
    }

    void ipv4Destination(FlowKey key, Frame frame, int address) {
        ipv4Address(key, frame, 16, address);
    }

    private void ipv4Address(FlowKey key, Frame frame, int offset, int after) {
        if (key.headers.ipVersion() != 4) {
            return;
        }
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + key.headers.l3Offset();
        int before = Wire.i32(memory, ip + offset);
        if (before == after) {
            return;
        }
        Wire.i32(memory, ip + offset, after);
        Ipv4.checksum(memory, ip, Checksum.update32(Ipv4.checksum(memory, ip), before, after));
        pseudoHeader(key, frame, before, after);
    }

    /** Stores an IPv6 address at an offset of the IPv6 header. */
    void ipv6Address(FlowKey key, Frame frame, int offset, long high, long low) {
        if (key.headers.ipVersion() != 6) {
            return;
        }
        MemorySegment memory = frame.memory();
        long at = frame.offset() + key.headers.l3Offset() + offset;
        long highBefore = Wire.i64(memory, at);
        long lowBefore = Wire.i64(memory, at + 8);
        Wire.i64(memory, at, high);
        Wire.i64(memory, at + 8, low);
        pseudoHeader(key, frame, (int) (highBefore >>> 32), (int) (high >>> 32));
        pseudoHeader(key, frame, (int) highBefore, (int) high);
        pseudoHeader(key, frame, (int) (lowBefore >>> 32), (int) (low >>> 32));
        pseudoHeader(key, frame, (int) lowBefore, (int) low);
    }

    /** Four bytes of the pseudo-header changed. */
    private static void pseudoHeader(FlowKey key, Frame frame, int before, int after) {
        int at = checksumOffset(key.headers);
        if (at < 0 || key.headers.ipProtocol() == IpProtocol.ICMP || before == after) {
            return;
        }
        MemorySegment memory = frame.memory();
        long position = frame.offset() + at;
        int old = Wire.u16(memory, position);
        if (isPartial(frame, key.headers)) {
            Wire.u16(memory, position, Checksum.updateSum32(old, before, after));
        } else if (old != 0 || key.headers.ipProtocol() != IpProtocol.UDP) {
            Wire.u16(memory, position, udpZero(key.headers, Checksum.update32(old, before, after)));
        }
    }

    /** Stores a port at offset 0 (source) or 2 (destination) of the transport header. */
    void port(FlowKey key, Frame frame, int offset, int after) {
        if (key.headers.l4Offset() < 0 || key.headers.isIcmp()) {
            return;
        }
        word(key, frame, offset, after);
    }

    /** Writes a 16-bit word that the transport checksum covers. */
    void word(FlowKey key, Frame frame, int offset, int after) {
        MemorySegment memory = frame.memory();
        long at = frame.offset() + key.headers.l4Offset() + offset;
        int before = Wire.u16(memory, at);
        if (before == after) {
            return;
        }
        Wire.u16(memory, at, after);
        if (isPartial(frame, key.headers)) {
            return;
        }
        if (key.headers.ipProtocol() == IpProtocol.SCTP) {
            storeSctpChecksum(key.headers, frame);
            return;
        }
        int checksumAt = checksumOffset(key.headers);
        if (checksumAt >= 0) {
            long position = frame.offset() + checksumAt;
            int old = Wire.u16(memory, position);
            if (old != 0 || key.headers.ipProtocol() != IpProtocol.UDP) {
                Wire.u16(memory, position, udpZero(key.headers, Checksum.update16(old, before, after)));
            }
        }
    }

    private static int udpZero(FrameHeaders headers, int checksum) {
        return checksum == 0 && headers.ipProtocol() == IpProtocol.UDP ? 0xffff : checksum;
    }

    /** Offset of the ones-complement checksum of the transport header from the Ethernet header, or -1. */
    private static int checksumOffset(FrameHeaders headers) {
        if (headers.l4Offset() < 0) {
            return -1;
        }
        return switch (headers.ipProtocol()) {
            case IpProtocol.TCP -> headers.l4Offset() + TCP_CHECKSUM;
            case IpProtocol.UDP -> headers.l4Offset() + UDP_CHECKSUM;
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> headers.l4Offset() + 2;
            default -> -1;
        };
    }

    private static boolean isPartial(Frame frame, FrameHeaders headers) {
        return VnetHeader.needsChecksum(frame.memory(), frame.vnet())
                && VnetHeader.checksumStart(frame.memory(), frame.vnet()) == headers.l4Offset();
    }

    private static void storeSctpChecksum(FrameHeaders headers, Frame frame) {
        int bytes = headers.ipBytes() - headers.ipHeaderBytes();
        if (bytes >= Sctp.BYTES && headers.fragment() == FrameHeaders.FRAGMENT_NONE) {
            Sctp.updateChecksum(frame.memory(), frame.offset() + headers.l4Offset(), bytes);
        }
    }

    private void storeIcmp(FlowKey key, Frame frame) {
        if (key.headers.isIcmp()) {
            int type = (int) (key.words[FlowKey.PORTS] >>> 48) & 0xff;
            int code = (int) (key.words[FlowKey.PORTS] >>> 32) & 0xff;
            word(key, frame, 0, type << 8 | code);
        }
    }

    private void storeTcpFlags(FlowKey key, Frame frame) {
        if (key.headers.isTcp()) {
            int before = Wire.u16(frame.memory(), frame.offset() + key.headers.l4Offset() + 12);
            word(key, frame, 12, before & 0xf000 | (int) (key.words[FlowKey.PORTS] >>> 16) & 0xfff);
        }
    }

    private static void storeArp(FlowKey key, Frame frame) {
        if (key.headers.isArp()) {
            MemorySegment memory = frame.memory();
            long arp = frame.offset() + key.headers.l3Offset();
            Arp.operation(memory, arp, (int) key.words[FlowKey.ARP_SHA] & 0xffff);
            Arp.senderMac(memory, arp, key.words[FlowKey.ARP_SHA] >>> 16);
            Arp.targetMac(memory, arp, key.words[FlowKey.ARP_THA] >>> 16);
            Arp.senderIp(memory, arp, (int) (key.words[FlowKey.IPV4] >>> 32));
            Arp.targetIp(memory, arp, (int) key.words[FlowKey.IPV4]);
        }
    }

    private void storeNeighborDiscovery(FlowKey key, Frame frame) {
        FrameHeaders headers = key.headers;
        int end = headers.l3Offset() + headers.ipBytes();
        int target = headers.l4Offset() + NeighborDiscovery.TARGET_OFFSET;
        if (!headers.isIcmp() || target + 16 > end) {
            return;
        }
        for (int i = 0; i < 8; i++) {
            long half = key.words[FlowKey.ND_TARGET + i / 4];
            word(key, frame, NeighborDiscovery.TARGET_OFFSET + 2 * i, (int) (half >>> 48 - 16 * (i & 3)) & 0xffff);
        }
        storeLinkLayer(key, frame, end, NeighborDiscovery.SOURCE_LINK_LAYER, key.words[FlowKey.ARP_SHA] >>> 16);
        storeLinkLayer(key, frame, end, NeighborDiscovery.TARGET_LINK_LAYER, key.words[FlowKey.ARP_THA] >>> 16);
    }

    private void storeLinkLayer(FlowKey key, Frame frame, int end, int type, long mac) {
        int first = key.headers.l4Offset() + NeighborDiscovery.TARGET_OFFSET + 16;
        int option = NeighborDiscovery.findOption(frame.memory(), frame.offset(), first, end, type);
        if (option < 0 || (key.headers.l4Offset() & 1) != (option & 1)) {
            return;
        }
        for (int i = 0; i < 3; i++) {
            word(key, frame, option - key.headers.l4Offset() + 2 + 2 * i, (int) (mac >>> 32 - 16 * i) & 0xffff);
        }
    }
}
