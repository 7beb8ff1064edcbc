package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.packet.Dot1qVlanTagPacket;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV4EchoPacket;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;

/** Every setter writes what pcap4j then reads, and touches nothing else. */
class FlyweightTest {
    private final byte[] bytes = new byte[128];
    private final MemorySegment memory = MemorySegment.ofArray(bytes);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void ethernetAndVlan(long seed) throws Exception {
        Random random = new Random(seed);
        long source = random.nextLong() >>> 16;
        long destination = random.nextLong() >>> 16;
        int tci = random.nextInt(0x10000);
        Ethernet.source(memory, 3, source);
        Ethernet.destination(memory, 3, destination);
        Vlan.tpid(memory, 15, Ethernet.TYPE_VLAN);
        Vlan.tci(memory, 15, tci);
        Ethernet.type(memory, 7, 0x88b5);

        EthernetPacket packet = EthernetPacket.newPacket(bytes, 3, 60);
        Dot1qVlanTagPacket tag = packet.get(Dot1qVlanTagPacket.class);

        assertThat(packet.getHeader().getSrcAddr()).hasToString(new MacAddress(source).toString());
        assertThat(packet.getHeader().getDstAddr()).hasToString(new MacAddress(destination).toString());
        assertThat(tag.getHeader().getVidAsInt()).isEqualTo(Vlan.id(tci));
        assertThat(tag.getHeader().getPriority() & 7).isEqualTo(Vlan.priority(tci));
        assertThat(tag.getHeader().getType().value()).isEqualTo((short) 0x88b5);
        assertThat(Ethernet.source(memory, 3)).isEqualTo(source);
        assertThat(Ethernet.destination(memory, 3)).isEqualTo(destination);
    }

    @Test
    void ipv4() throws Exception {
        Ipv4.headerBytes(memory, 0, 20);
        Ipv4.trafficClass(memory, 0, 0xb9);
        Ipv4.totalBytes(memory, 0, 60);
        Ipv4.identification(memory, 0, 0xfedc);
        Ipv4.fragment(memory, 0, Ipv4.DONT_FRAGMENT);
        Ipv4.ttl(memory, 0, 200);
        Ipv4.protocol(memory, 0, 253);
        Ipv4.source(memory, 0, 0xc0000201);
        Ipv4.destination(memory, 0, 0x0a000105);
        Ipv4.updateChecksum(memory, 0);

        IpV4Packet.IpV4Header header = IpV4Packet.newPacket(bytes, 0, 60).getHeader();

        assertThat(header.hasValidChecksum(false)).isTrue();
        assertThat(header.getTos().value() & 0xff).isEqualTo(0xb9).isEqualTo(Ipv4.trafficClass(memory, 0));
        assertThat(header.getTotalLengthAsInt()).isEqualTo(60);
        assertThat(header.getIdentificationAsInt()).isEqualTo(0xfedc);
        assertThat(header.getDontFragmentFlag()).isTrue();
        assertThat(header.getTtlAsInt()).isEqualTo(200);
        assertThat(header.getSrcAddr().getHostAddress()).isEqualTo("192.0.2.1");
        assertThat(header.getDstAddr().getHostAddress()).isEqualTo("10.0.1.5");
    }

    @Test
    void ipv6() throws Exception {
        Ipv6.versionClassLabel(memory, 0, 0xb9, 0xabcde);
        Ipv6.payloadBytes(memory, 0, 20);
        Ipv6.nextHeader(memory, 0, 253);
        Ipv6.hopLimit(memory, 0, 63);
        Ipv6.source(memory, 0, 0x20010db800000000L, 1);
        Ipv6.destination(memory, 0, 0xfd00000000000000L, 0xffeeddccbbaa9988L);

        IpV6Packet.IpV6Header header = IpV6Packet.newPacket(bytes, 0, 60).getHeader();

        assertThat(header.getTrafficClass().value() & 0xff).isEqualTo(0xb9);
        assertThat(header.getFlowLabel().value()).isEqualTo(0xabcde).isEqualTo(Ipv6.flowLabel(memory, 0));
        assertThat(header.getPayloadLengthAsInt()).isEqualTo(20);
        assertThat(header.getHopLimitAsInt()).isEqualTo(63);
        assertThat(header.getSrcAddr().getHostAddress()).isEqualTo("2001:db8:0:0:0:0:0:1");
        assertThat(header.getDstAddr().getHostAddress()).isEqualTo("fd00:0:0:0:ffee:ddcc:bbaa:9988");
        Ipv6.trafficClass(memory, 0, 0x46);
        assertThat(Ipv6.trafficClass(memory, 0)).isEqualTo(0x46);
        assertThat(Ipv6.version(memory, 0)).isEqualTo(6);
        assertThat(Ipv6.flowLabel(memory, 0)).isEqualTo(0xabcde);
    }

    @Test
    void tcp() throws Exception {
        Tcp.sourcePort(memory, 0, 65_000);
        Tcp.destinationPort(memory, 0, 80);
        Tcp.sequence(memory, 0, 0xfffffff0);
        Tcp.acknowledgment(memory, 0, 0x12345678);
        Tcp.headerBytes(memory, 0, 20);
        Tcp.flags(memory, 0, Tcp.SYN | Tcp.ACK | Tcp.URG);
        Tcp.window(memory, 0, 0xfedc);
        Tcp.checksum(memory, 0, 0xbeef);

        TcpPacket.TcpHeader header = TcpPacket.newPacket(bytes, 0, 20).getHeader();

        assertThat(header.getSrcPort().valueAsInt()).isEqualTo(65_000);
        assertThat(header.getDstPort().valueAsInt()).isEqualTo(80);
        assertThat(header.getSequenceNumberAsLong()).isEqualTo(0xfffffff0L);
        assertThat(header.getAcknowledgmentNumber()).isEqualTo(0x12345678);
        assertThat(header.getDataOffsetAsInt()).isEqualTo(5);
        assertThat(header.getSyn() && header.getAck() && header.getUrg()).isTrue();
        assertThat(header.getFin() || header.getRst() || header.getPsh()).isFalse();
        assertThat(header.getWindowAsInt()).isEqualTo(0xfedc);
        assertThat(header.getChecksum()).isEqualTo((short) 0xbeef);
    }

    @Test
    void udpAndIcmp() throws Exception {
        Udp.sourcePort(memory, 0, 65_000);
        Udp.destinationPort(memory, 0, 4789);
        Udp.totalBytes(memory, 0, 28);
        Udp.checksum(memory, 0, 0xbeef);
        UdpPacket.UdpHeader udp = UdpPacket.newPacket(bytes, 0, 28).getHeader();
        assertThat(udp.getSrcPort().valueAsInt()).isEqualTo(65_000);
        assertThat(udp.getDstPort().valueAsInt()).isEqualTo(4789);
        assertThat(udp.getLengthAsInt()).isEqualTo(28);
        assertThat(udp.getChecksum()).isEqualTo((short) 0xbeef);

        Arrays.fill(bytes, (byte) 0);
        Icmp.type(memory, 0, Icmp.ECHO_REQUEST);
        Icmp.identifier(memory, 0, 0x1234);
        Icmp.sequence(memory, 0, 0x5678);
        Icmp.checksum(memory, 0, 0xbeef);
        IcmpV4EchoPacket.IcmpV4EchoHeader echo =
                IcmpV4EchoPacket.newPacket(bytes, 4, 20).getHeader();
        assertThat(echo.getIdentifier()).isEqualTo((short) 0x1234);
        assertThat(echo.getSequenceNumber()).isEqualTo((short) 0x5678);
        assertThat(Icmp.checksum(memory, 0)).isEqualTo(0xbeef);
    }

    /** The packet of RFC 7348's figure 1, byte by byte. */
    @Test
    void vxlan() {
        Arrays.fill(bytes, (byte) 0xff);
        Vxlan.write(memory, 1, 0xabcdef);

        assertThat(Arrays.copyOfRange(bytes, 0, 10))
                .isEqualTo(new byte[] {-1, 8, 0, 0, 0, (byte) 0xab, (byte) 0xcd, (byte) 0xef, 0, -1});
        assertThat(Vxlan.vni(memory, 1)).isEqualTo(0xabcdef);
        assertThat(Vxlan.flags(memory, 1)).isEqualTo(Vxlan.VNI_VALID);
    }
}
