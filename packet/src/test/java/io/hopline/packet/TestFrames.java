package io.hopline.packet;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.IpV4Rfc791Tos;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.IpV6SimpleFlowLabel;
import org.pcap4j.packet.IpV6SimpleTrafficClass;
import org.pcap4j.packet.Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;
import org.pcap4j.packet.UnknownPacket;
import org.pcap4j.packet.namednumber.EtherType;
import org.pcap4j.packet.namednumber.IpNumber;
import org.pcap4j.packet.namednumber.IpVersion;
import org.pcap4j.packet.namednumber.TcpPort;
import org.pcap4j.packet.namednumber.UdpPort;
import org.pcap4j.util.MacAddress;

/** Frames for tests, written by pcap4j and by plain byte arithmetic, so that the code under test does not check itself. */
final class TestFrames {
    static final MacAddress SOURCE_MAC = MacAddress.getByName("02:00:00:00:00:01");
    static final MacAddress DESTINATION_MAC = MacAddress.getByName("02:00:00:00:00:02");

    private TestFrames() {}

    static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    static Inet4Address ipv4(Random random) {
        byte[] address = bytes(random, 4);
        address[0] = 10;
        return (Inet4Address) address(address);
    }

    static Inet6Address ipv6(Random random) {
        byte[] address = bytes(random, 16);
        address[0] = (byte) 0xfd;
        return (Inet6Address) address(address);
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** A TCP or UDP packet over IPv4 or IPv6 in Ethernet, whole and with right checksums. */
    static byte[] ip(Random random, boolean six, boolean tcp, int payloadBytes) {
        Packet.Builder payload = new UnknownPacket.Builder().rawData(bytes(random, payloadBytes));
        return six ? overIpv6(random, tcp, payload) : overIpv4(random, tcp, payload);
    }

    private static byte[] overIpv4(Random random, boolean tcp, Packet.Builder payload) {
        Inet4Address source = ipv4(random);
        Inet4Address destination = ipv4(random);
        IpV4Packet.Builder ip = new IpV4Packet.Builder()
                .version(IpVersion.IPV4)
                .tos(IpV4Rfc791Tos.newInstance((byte) (random.nextInt(64) << 2)))
                .identification((short) random.nextInt())
                .dontFragmentFlag(random.nextBoolean())
                .ttl((byte) (1 + random.nextInt(255)))
                .protocol(tcp ? IpNumber.TCP : IpNumber.UDP)
                .srcAddr(source)
                .dstAddr(destination)
                .payloadBuilder(transport(random, tcp, source, destination, payload))
                .correctChecksumAtBuild(true)
                .correctLengthAtBuild(true);
        return ethernet(EtherType.IPV4, ip);
    }

    private static byte[] overIpv6(Random random, boolean tcp, Packet.Builder payload) {
        Inet6Address source = ipv6(random);
        Inet6Address destination = ipv6(random);
        IpV6Packet.Builder ip = new IpV6Packet.Builder()
                .version(IpVersion.IPV6)
                .trafficClass(IpV6SimpleTrafficClass.newInstance((byte) random.nextInt()))
                .flowLabel(IpV6SimpleFlowLabel.newInstance(random.nextInt(1 << 20)))
                .nextHeader(tcp ? IpNumber.TCP : IpNumber.UDP)
                .hopLimit((byte) 64)
                .srcAddr(source)
                .dstAddr(destination)
                .payloadBuilder(transport(random, tcp, source, destination, payload))
                .correctLengthAtBuild(true);
        return ethernet(EtherType.IPV6, ip);
    }

    private static Packet.Builder transport(
            Random random, boolean tcp, InetAddress source, InetAddress destination, Packet.Builder payload) {
        if (!tcp) {
            return new UdpPacket.Builder()
                    .srcPort(UdpPort.getInstance((short) random.nextInt()))
                    .dstPort(UdpPort.getInstance((short) random.nextInt()))
                    .srcAddr(source)
                    .dstAddr(destination)
                    .payloadBuilder(payload)
                    .correctChecksumAtBuild(true)
                    .correctLengthAtBuild(true);
        }
        return new TcpPacket.Builder()
                .srcPort(TcpPort.getInstance((short) random.nextInt()))
                .dstPort(TcpPort.getInstance((short) random.nextInt()))
                .sequenceNumber(random.nextInt())
                .acknowledgmentNumber(random.nextInt())
                .syn(random.nextBoolean())
                .fin(random.nextBoolean())
                .psh(random.nextBoolean())
                .ack(random.nextBoolean())
                .window((short) random.nextInt())
                .srcAddr(source)
                .dstAddr(destination)
                .payloadBuilder(payload)
                .correctChecksumAtBuild(true)
                .paddingAtBuild(true)
                .correctLengthAtBuild(true);
    }

    private static byte[] ethernet(EtherType type, Packet.Builder payload) {
        return new EthernetPacket.Builder()
                .srcAddr(SOURCE_MAC)
                .dstAddr(DESTINATION_MAC)
                .type(type)
                .payloadBuilder(payload)
                .pad(new byte[0])
                .paddingAtBuild(false)
                .build()
                .getRawData();
    }

    /** Inserts a VLAN tag after the addresses. */
    static byte[] tagged(byte[] frame, int tpid, int tci) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(frame, 0, 12);
        out.writeBytes(new byte[] {(byte) (tpid >> 8), (byte) tpid, (byte) (tci >> 8), (byte) tci});
        out.write(frame, 12, frame.length - 12);
        return out.toByteArray();
    }

    /** Puts a destination-options header of 8 (words + 1) bytes of padding between the IPv6 and the transport header. */
    static byte[] withDestinationOptions(byte[] frame, int words) {
        int bytes = 8 * (words + 1);
        byte[] extended = new byte[frame.length + bytes];
        int transport = 14 + 40;
        System.arraycopy(frame, 0, extended, 0, transport);
        extended[transport] = frame[14 + 6];
        extended[14 + 6] = 60;
        extended[transport + 1] = (byte) words;
        extended[transport + 2] = 1;
        extended[transport + 3] = (byte) (bytes - 4);
        int payload = ((frame[14 + 4] & 0xff) << 8 | frame[14 + 5] & 0xff) + bytes;
        extended[14 + 4] = (byte) (payload >> 8);
        extended[14 + 5] = (byte) payload;
        System.arraycopy(frame, transport, extended, transport + bytes, frame.length - transport);
        return extended;
    }

    /** Puts bytes of a multiple of four behind the fixed IPv4 header; the header checksum is made right. */
    static byte[] withIpv4Options(byte[] frame, byte[] options) {
        byte[] extended = new byte[frame.length + options.length];
        System.arraycopy(frame, 0, extended, 0, 34);
        System.arraycopy(options, 0, extended, 34, options.length);
        System.arraycopy(frame, 34, extended, 34 + options.length, frame.length - 34);
        int headerBytes = 20 + options.length;
        extended[14] = (byte) (0x40 | headerBytes / 4);
        int total = frame.length - 14 + options.length;
        extended[16] = (byte) (total >> 8);
        extended[17] = (byte) total;
        extended[24] = 0;
        extended[25] = 0;
        int checksum = ~slowSum(extended, 14, headerBytes) & 0xffff;
        extended[24] = (byte) (checksum >> 8);
        extended[25] = (byte) checksum;
        return extended;
    }

    /** RFC 1071, word by word. */
    static int slowSum(byte[] bytes, int at, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            int value = bytes[at + i] & 0xff;
            sum += i % 2 == 0 ? value << 8 : value;
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return sum;
    }

    static Frame frame(FramePool pool, byte[] bytes) {
        Frame frame = pool.acquire();
        if (frame == null) {
            throw new IllegalStateException("the pool is empty");
        }
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, frame.memory(), frame.offset(), bytes.length);
        frame.length(bytes.length);
        return frame;
    }

    static byte[] bytes(Frame frame) {
        byte[] bytes = new byte[frame.length()];
        MemorySegment.copy(frame.memory(), frame.offset(), MemorySegment.ofArray(bytes), 0, bytes.length);
        return bytes;
    }
}
