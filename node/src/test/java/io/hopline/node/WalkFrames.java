package io.hopline.node;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Frames for walks through compiled flows, made and read by plain arithmetic. */
final class WalkFrames {
    static final MacAddress BROADCAST = MacAddress.BROADCAST;
    static final int SYN = 0x02;
    static final int ACK = 0x10;

    private WalkFrames() {}

    static byte[] tcp(
            MacAddress from, MacAddress to, String source, int sport, String destination, int dport, int flags) {
        ByteBuffer tcp = ByteBuffer.allocate(20);
        tcp.putShort((short) sport).putShort((short) dport).putInt(1000).putInt(2000);
        tcp.putShort((short) (0x5000 | flags)).putShort((short) 500).putInt(0);
        return ipv4(from, to, 6, source, destination, tcp.array());
    }

    static byte[] udp(MacAddress from, MacAddress to, String source, int sport, String destination, int dport) {
        ByteBuffer udp = ByteBuffer.allocate(12);
        udp.putShort((short) sport)
                .putShort((short) dport)
                .putShort((short) 12)
                .putShort((short) 0)
                .putInt(7);
        return ipv4(from, to, 17, source, destination, udp.array());
    }

    static byte[] echo(MacAddress from, MacAddress to, String source, String destination) {
        ByteBuffer icmp = ByteBuffer.allocate(16);
        icmp.put((byte) 8).put((byte) 0).putShort((short) 0).putInt(0x1234_0001).putLong(42);
        return ipv4(from, to, 1, source, destination, icmp.array());
    }

    /** "Fragmentation needed" about a packet: the packet's IP header and its first eight bytes (RFC 792). */
    static byte[] tooBig(MacAddress from, MacAddress to, String source, String destination, byte[] about) {
        ByteBuffer icmp = ByteBuffer.allocate(8 + 28);
        icmp.put((byte) 3).put((byte) 4).putShort((short) 0).putShort((short) 0).putShort((short) 1200);
        icmp.put(about, 14, 28);
        return ipv4(from, to, 1, source, destination, icmp.array());
    }

    static byte[] ipv4(
            MacAddress from, MacAddress to, int protocol, String source, String destination, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(34 + payload.length);
        frame.put(to.bytes()).put(from.bytes()).putShort((short) 0x0800);
        frame.putShort((short) 0x4500).putShort((short) (20 + payload.length)).putInt(0x4000);
        frame.put((byte) 64).put((byte) protocol).putShort((short) 0);
        frame.putInt(ip(source)).putInt(ip(destination)).put(payload);
        byte[] bytes = frame.array();
        put16(bytes, 24, checksum(bytes, 14, 20, 0));
        int at = checksumOffset(protocol);
        put16(bytes, at, transportChecksum(bytes, protocol));
        return bytes;
    }

    static byte[] arpRequest(MacAddress from, String sender, String target) {
        ByteBuffer arp = ByteBuffer.allocate(42);
        arp.put(BROADCAST.bytes()).put(from.bytes()).putShort((short) 0x0806);
        arp.putShort((short) 1)
                .putShort((short) 0x0800)
                .putShort((short) 0x0604)
                .putShort((short) 1);
        arp.put(from.bytes()).putInt(ip(sender)).put(new byte[6]).putInt(ip(target));
        return arp.array();
    }

    static MacAddress destination(byte[] frame) {
        return mac(frame, 0);
    }

    static MacAddress source(byte[] frame) {
        return mac(frame, 6);
    }

    static MacAddress mac(byte[] frame, int offset) {
        return MacAddress.of(Arrays.copyOfRange(frame, offset, offset + 6));
    }

    static String ipAt(byte[] frame, int offset) {
        return new Ipv4Address(ByteBuffer.wrap(frame).getInt(offset)).toString();
    }

    /** {@code 10.0.1.11:80 > 198.51.100.2:4000} of a TCP or UDP frame. */
    static String ends(byte[] frame) {
        return ipAt(frame, 26) + ":" + u16(frame, 34) + " > " + ipAt(frame, 30) + ":" + u16(frame, 36);
    }

    static int ttl(byte[] frame) {
        return frame[22];
    }

    /** True when the IPv4 header's and the transport header's checksums are right. */
    static boolean intact(byte[] frame) {
        int protocol = frame[23];
        boolean header = checksum(frame, 14, 20, 0) == 0;
        byte[] again = frame.clone();
        put16(again, checksumOffset(protocol), 0);
        return header && transportChecksum(again, protocol) == u16(frame, checksumOffset(protocol));
    }

    static int u16(byte[] bytes, int offset) {
        return (bytes[offset] & 0xff) << 8 | bytes[offset + 1] & 0xff;
    }

    private static int checksumOffset(int protocol) {
        return 34 + (protocol == 6 ? 16 : protocol == 17 ? 6 : 2);
    }

    private static int transportChecksum(byte[] frame, int protocol) {
        int length = frame.length - 34;
        int pseudo = 0;
        if (protocol != 1) {
            for (int i = 26; i < 34; i += 2) {
                pseudo += u16(frame, i);
            }
            pseudo += protocol + length;
        }
        return checksum(frame, 34, length, pseudo);
    }

    private static int checksum(byte[] bytes, int offset, int length, int start) {
        int sum = start;
        for (int i = 0; i < length; i += 2) {
            sum += (bytes[offset + i] & 0xff) << 8 | (i + 1 < length ? bytes[offset + i + 1] & 0xff : 0);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return ~sum & 0xffff;
    }

    private static void put16(byte[] bytes, int offset, int value) {
        bytes[offset] = (byte) (value >>> 8);
        bytes[offset + 1] = (byte) value;
    }

    private static int ip(String text) {
        return Ipv4Address.parse(text).bits();
    }
}
