package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Ipv4Address;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** Packets as bytes, built and checked by plain arithmetic that shares nothing with the code under test. */
final class Packets {
    static final long MAC_A = 0x0200_0000_0001L;
    static final long MAC_B = 0x0200_0000_0002L;
    static final int SYN = 2;
    static final int ACK = 0x10;
    static final int FIN = 1;
    static final int RST = 4;

    private Packets() {}

    static int ip(String text) {
        return Ipv4Address.parse(text).bits();
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replaceAll("[^0-9a-f]", ""));
    }

    private static ByteBuffer ethernet(int bytes, long destination, long source, int type) {
        ByteBuffer frame = ByteBuffer.allocate(14 + bytes);
        frame.putShort((short) (destination >>> 32)).putInt((int) destination);
        frame.putShort((short) (source >>> 32)).putInt((int) source);
        return frame.putShort((short) type);
    }

    /** An IPv4 packet with DF set, from MAC_A to MAC_B. */
    static byte[] ipv4(int protocol, String source, String destination, byte[] payload) {
        ByteBuffer frame = ethernet(20 + payload.length, MAC_B, MAC_A, 0x0800);
        frame.putShort((short) 0x4500).putShort((short) (20 + payload.length));
        frame.putShort((short) 0x1234).putShort((short) 0x4000);
        frame.put((byte) 64).put((byte) protocol).putShort((short) 0);
        frame.putInt(ip(source)).putInt(ip(destination)).put(payload);
        return complete(frame.array());
    }

    static byte[] ipv6(int nextHeader, String source, String destination, byte[] payload) {
        ByteBuffer frame = ethernet(40 + payload.length, MAC_B, MAC_A, 0x86dd);
        frame.putInt(0x6000_0000).putShort((short) payload.length);
        frame.put((byte) nextHeader).put((byte) 64);
        frame.put(hex(source)).put(hex(destination)).put(payload);
        return complete(frame.array());
    }

    static byte[] tcpSegment(int sourcePort, int destinationPort, int flags, int payloadBytes) {
        ByteBuffer tcp = ByteBuffer.allocate(20 + payloadBytes);
        tcp.putShort((short) sourcePort).putShort((short) destinationPort);
        tcp.putInt(0x01020304).putInt(0x0a0b0c0d);
        tcp.putShort((short) (0x5000 | flags)).putShort((short) 502);
        tcp.putInt(0);
        for (int i = 0; i < payloadBytes; i++) {
            tcp.put((byte) (i * 31));
        }
        return tcp.array();
    }

    static byte[] tcp(String source, int sourcePort, String destination, int destinationPort, int flags) {
        return tcp(source, sourcePort, destination, destinationPort, flags, 0);
    }

    static byte[] tcp(String source, int sourcePort, String destination, int destinationPort, int flags, int bytes) {
        return ipv4(6, source, destination, tcpSegment(sourcePort, destinationPort, flags, bytes));
    }

    static byte[] udpDatagram(int sourcePort, int destinationPort, int payloadBytes) {
        ByteBuffer udp = ByteBuffer.allocate(8 + payloadBytes);
        udp.putShort((short) sourcePort).putShort((short) destinationPort);
        udp.putShort((short) (8 + payloadBytes)).putShort((short) 0);
        for (int i = 0; i < payloadBytes; i++) {
            udp.put((byte) (i * 17));
        }
        return udp.array();
    }

    static byte[] udp(String source, int sourcePort, String destination, int destinationPort, int payloadBytes) {
        return ipv4(17, source, destination, udpDatagram(sourcePort, destinationPort, payloadBytes));
    }

    static byte[] icmp(String source, String destination, int type, int code, int rest, byte[] payload) {
        ByteBuffer icmp = ByteBuffer.allocate(8 + payload.length);
        icmp.put((byte) type).put((byte) code).putShort((short) 0).putInt(rest).put(payload);
        return ipv4(1, source, destination, icmp.array());
    }

    static byte[] echo(String source, String destination, boolean reply, int identifier) {
        return icmp(source, destination, reply ? 0 : 8, 0, identifier << 16 | 1, new byte[16]);
    }

    static byte[] arp(int operation, long senderMac, String senderIp, long targetMac, String targetIp) {
        long destination = operation == 1 ? 0xffff_ffff_ffffL : targetMac;
        ByteBuffer arp = ethernet(28, destination, senderMac, 0x0806);
        arp.putShort((short) 1)
                .putShort((short) 0x0800)
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) operation);
        arp.putShort((short) (senderMac >>> 32)).putInt((int) senderMac).putInt(ip(senderIp));
        arp.putShort((short) (targetMac >>> 32)).putInt((int) targetMac).putInt(ip(targetIp));
        return arp.array();
    }

    static byte[] vlan(byte[] frame, int tpid, int tci) {
        ByteBuffer tagged = ByteBuffer.allocate(frame.length + 4);
        tagged.put(frame, 0, 12).putShort((short) tpid).putShort((short) tci).put(frame, 12, frame.length - 12);
        return tagged.array();
    }

    static byte[] with(byte[] frame, int offset, int... bytes) {
        byte[] changed = frame.clone();
        for (int i = 0; i < bytes.length; i++) {
            changed[offset + i] = (byte) bytes[i];
        }
        return changed;
    }

    static int u8(byte[] frame, int offset) {
        return frame[offset] & 0xff;
    }

    static int u16(byte[] frame, int offset) {
        return u8(frame, offset) << 8 | u8(frame, offset + 1);
    }

    static int i32(byte[] frame, int offset) {
        return u16(frame, offset) << 16 | u16(frame, offset + 2);
    }

    static long u48(byte[] frame, int offset) {
        return (long) u16(frame, offset) << 32 | i32(frame, offset + 2) & 0xffff_ffffL;
    }

    static int l3(byte[] frame) {
        int offset = 12;
        while (u16(frame, offset) == 0x8100 || u16(frame, offset) == 0x88a8) {
            offset += 4;
        }
        return offset + 2;
    }

    private static boolean isIpv6(byte[] frame) {
        return u16(frame, l3(frame) - 2) == 0x86dd;
    }

    static int l4(byte[] frame) {
        return l3(frame) + (isIpv6(frame) ? 40 : (u8(frame, l3(frame)) & 15) * 4);
    }

    static int protocol(byte[] frame) {
        return u8(frame, l3(frame) + (isIpv6(frame) ? 6 : 9));
    }

    private static int checksumOffset(byte[] frame) {
        return switch (protocol(frame)) {
            case 6 -> 16;
            case 17 -> 6;
            case 1, 58 -> 2;
            default -> -1;
        };
    }

    private static int sum(byte[] bytes, int from, int to, int start) {
        long sum = start;
        for (int i = from; i < to; i += 2) {
            sum += u8(bytes, i) << 8 | (i + 1 < to ? u8(bytes, i + 1) : 0);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) sum;
    }

    private static int pseudoHeader(byte[] frame) {
        int l3 = l3(frame);
        if (protocol(frame) == 1) {
            return 0;
        }
        int length = end(frame) - l4(frame);
        int addresses = isIpv6(frame) ? sum(frame, l3 + 8, l3 + 40, 0) : sum(frame, l3 + 12, l3 + 20, 0);
        int total = addresses + length + protocol(frame);
        return (total & 0xffff) + (total >>> 16);
    }

    private static int end(byte[] frame) {
        int l3 = l3(frame);
        return isIpv6(frame) ? l3 + 40 + u16(frame, l3 + 4) : l3 + u16(frame, l3 + 2);
    }

    /** Fills in the IP and transport checksums. */
    static byte[] complete(byte[] frame) {
        byte[] done = frame.clone();
        int l3 = l3(done);
        if (!isIpv6(done)) {
            put16(done, l3 + 10, 0);
            put16(done, l3 + 10, ~sum(done, l3, l4(done), 0));
        }
        int offset = checksumOffset(done);
        if (offset >= 0 && l4(done) + offset + 2 <= end(done)) {
            put16(done, l4(done) + offset, 0);
            int checksum = ~sum(done, l4(done), end(done), pseudoHeader(done)) & 0xffff;
            put16(done, l4(done) + offset, checksum == 0 && protocol(done) == 17 ? 0xffff : checksum);
        }
        return done;
    }

    static byte[] withPartialChecksum(byte[] frame) {
        byte[] partial = frame.clone();
        put16(partial, l4(partial) + checksumOffset(partial), pseudoHeader(partial));
        return partial;
    }

    private static void put16(byte[] frame, int offset, int value) {
        frame[offset] = (byte) (value >>> 8);
        frame[offset + 1] = (byte) value;
    }

    /** Asserts that every checksum of a packet is right, by computing it whole. */
    static void assertChecksums(byte[] frame) {
        assertThat(HexFormat.of().formatHex(frame)).isEqualTo(HexFormat.of().formatHex(complete(frame)));
    }

    /** Asserts that the IP checksum is right and the transport checksum is the pseudo-header's sum. */
    static void assertPartialChecksum(byte[] frame) {
        byte[] expected = withPartialChecksum(complete(frame));
        assertThat(HexFormat.of().formatHex(frame)).isEqualTo(HexFormat.of().formatHex(expected));
    }

    static byte[] payload(byte[] frame, int from) {
        return Arrays.copyOfRange(frame, from, frame.length);
    }
}
