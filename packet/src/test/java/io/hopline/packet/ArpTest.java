package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.pcap4j.packet.ArpPacket;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.namednumber.ArpHardwareType;
import org.pcap4j.packet.namednumber.ArpOperation;
import org.pcap4j.packet.namednumber.EtherType;
import org.pcap4j.util.MacAddress;

class ArpTest {
    private static byte[] request() throws Exception {
        ArpPacket.Builder arp = new ArpPacket.Builder()
                .hardwareType(ArpHardwareType.ETHERNET)
                .protocolType(EtherType.IPV4)
                .hardwareAddrLength((byte) 6)
                .protocolAddrLength((byte) 4)
                .operation(ArpOperation.REQUEST)
                .srcHardwareAddr(TestFrames.SOURCE_MAC)
                .srcProtocolAddr(InetAddress.getByName("10.0.1.11"))
                .dstHardwareAddr(MacAddress.getByName("00:00:00:00:00:00"))
                .dstProtocolAddr(InetAddress.getByName("10.0.1.1"));
        return new EthernetPacket.Builder()
                .srcAddr(TestFrames.SOURCE_MAC)
                .dstAddr(MacAddress.ETHER_BROADCAST_ADDRESS)
                .type(EtherType.ARP)
                .payloadBuilder(arp)
                .paddingAtBuild(true)
                .build()
                .getRawData();
    }

    @Test
    void answersARequest() throws Exception {
        byte[] reply = Arp.reply(request(), io.hopline.packet.MacAddress.parse("02:00:5e:00:01:01"))
                .orElseThrow();

        EthernetPacket ethernet = EthernetPacket.newPacket(reply, 0, reply.length);
        ArpPacket.ArpHeader arp = ethernet.get(ArpPacket.class).getHeader();
        assertThat(ethernet.getHeader().getDstAddr()).isEqualTo(TestFrames.SOURCE_MAC);
        assertThat(ethernet.getHeader().getSrcAddr()).hasToString("02:00:5e:00:01:01");
        assertThat(arp.getOperation()).isEqualTo(ArpOperation.REPLY);
        assertThat(arp.getSrcHardwareAddr()).hasToString("02:00:5e:00:01:01");
        assertThat(arp.getSrcProtocolAddr()).isEqualTo(InetAddress.getByName("10.0.1.1"));
        assertThat(arp.getDstHardwareAddr()).isEqualTo(TestFrames.SOURCE_MAC);
        assertThat(arp.getDstProtocolAddr()).isEqualTo(InetAddress.getByName("10.0.1.11"));
    }

    @Test
    void answersNothingElse() throws Exception {
        byte[] request = request();
        io.hopline.packet.MacAddress mac = new io.hopline.packet.MacAddress(1);
        for (int length = 0; length < 42; length++) {
            assertThat(Arp.reply(Arrays.copyOf(request, length), mac)).isEmpty();
        }
        for (int at : new int[] {12, 15, 17, 18, 19, 21}) {
            byte[] changed = request.clone();
            changed[at] ^= 0x40;
            assertThat(Arp.reply(changed, mac)).isEmpty();
        }
    }
}
