package io.hopline.node;

import io.hopline.packet.IpAddress;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.MacAddress;
import java.nio.ByteBuffer;

/** Frames of IPv6 with extension headers, made by plain arithmetic. */
final class ExtendedFrames {
    private static final int BYTES = 8;

    private ExtendedFrames() {}

    /** Who sends a frame to whom. */
    record Ends(MacAddress from, MacAddress to, IpAddress source, IpAddress destination) {}

    /** @param chain kinds of extension headers, each of 8 bytes, that say nothing */
    static byte[] udp(Ends ends, int sport, int dport, byte[] payload, int... chain) {
        ByteBuffer udp = ByteBuffer.allocate(8 + payload.length);
        udp.putShort((short) sport).putShort((short) dport).putShort((short) udp.capacity());
        udp.position(8);
        udp.put(payload);
        return frame(ends, IpProtocol.UDP, 6, udp.array(), chain);
    }

    /** As {@link #udp}, a SYN. */
    static byte[] syn(Ends ends, int sport, int dport, int... chain) {
        ByteBuffer tcp = ByteBuffer.allocate(20);
        tcp.putShort((short) sport).putShort((short) dport).putInt(1000).putInt(0);
        tcp.putShort((short) 0x5002).putShort((short) 500);
        return frame(ends, IpProtocol.TCP, 16, tcp.array(), chain);
    }

    /** As {@link #udp}, an echo request. */
    static byte[] echo(Ends ends, int identifier, int... chain) {
        ByteBuffer icmp = ByteBuffer.allocate(16);
        icmp.putShort((short) 0x8000).putShort((short) 0).putShort((short) identifier);
        return frame(ends, IpProtocol.ICMPV6, 2, icmp.array(), chain);
    }

    /** @param checksumAt where in the transport header its checksum is, which is still zero */
    private static byte[] frame(Ends ends, int protocol, int checksumAt, byte[] transport, int... chain) {
        int extensions = chain.length * BYTES;
        ByteBuffer frame = ByteBuffer.allocate(54 + extensions + transport.length);
        frame.put(ends.to.bytes()).put(ends.from.bytes()).putShort((short) 0x86dd);
        frame.putInt(0x6000_0000).putShort((short) (extensions + transport.length));
        frame.put((byte) (chain.length == 0 ? protocol : chain[0])).put((byte) 64);
        frame.put(ends.source.bytes()).put(ends.destination.bytes());
        for (int i = 0; i < chain.length; i++) {
            frame.put((byte) (i + 1 == chain.length ? protocol : chain[i + 1])).put((byte) 0);
            // Options: four bytes of padding (RFC 8200, section 4.2); a fragment or a route of nothing is all zeros.
            boolean options = chain[i] == IpProtocol.HOP_BY_HOP || chain[i] == IpProtocol.DESTINATION_OPTIONS;
            frame.putShort((short) (options ? 0x0104 : 0)).putInt(0);
        }
        int at = frame.position();
        frame.put(transport);
        int sum = protocol + transport.length;
        for (int i = 22; i < 54; i += 2) {
            sum += frame.getShort(i) & 0xffff;
        }
        for (int i = 0; i < transport.length; i++) {
            int value = transport[i] & 0xff;
            sum += i % 2 == 0 ? value << 8 : value;
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        frame.putShort(at + checksumAt, (short) ~sum);
        return frame.array();
    }
}
