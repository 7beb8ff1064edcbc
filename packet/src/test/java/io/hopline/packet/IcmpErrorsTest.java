package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV4CommonPacket;
import org.pcap4j.packet.IcmpV6CommonPacket;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.IpV6Packet;

class IcmpErrorsTest {
    private final FramePool pool = FramePool.of(2);
    private final FrameHeaders headers = new FrameHeaders();

    @AfterEach
    void everyFrameIsBack() {
        assertThat(pool.available()).isEqualTo(pool.capacity());
        pool.close();
    }

    /** The error for a frame, or nothing. */
    private byte[] error(byte[] offender, int mtuBytes) {
        Frame frame = TestFrames.frame(pool, offender);
        Frame error = TestFrames.frame(pool, new byte[0]);
        headers.parse(frame);
        byte[] bytes = IcmpErrors.tooBig(frame, headers, mtuBytes, error) ? TestFrames.bytes(error) : new byte[0];
        assertThat(TestFrames.bytes(frame)).isEqualTo(offender);
        error.release();
        frame.release();
        return bytes;
    }

    private static byte[] ipv4(int payloadBytes) {
        byte[] frame = TestFrames.ip(new Random(7), false, true, payloadBytes);
        frame[20] |= 0x40;
        Ipv4.updateChecksum(MemorySegment.ofArray(frame), 14);
        return frame;
    }

    @ParameterizedTest
    @ValueSource(ints = {1400, 9000})
    void tellsAnIpv4Sender(int payloadBytes) throws Exception {
        byte[] offender = ipv4(payloadBytes);

        byte[] error = error(offender, 1450);

        EthernetPacket ethernet = EthernetPacket.newPacket(error, 0, error.length);
        assertThat(ethernet.getHeader().getDstAddr()).isEqualTo(TestFrames.SOURCE_MAC);
        assertThat(ethernet.getHeader().getSrcAddr()).isEqualTo(TestFrames.DESTINATION_MAC);
        IpV4Packet ip = ethernet.get(IpV4Packet.class);
        assertThat(ip.getHeader().hasValidChecksum(false)).isTrue();
        assertThat(ip.getHeader().getTotalLengthAsInt()).isEqualTo(576).isEqualTo(error.length - 14);
        assertThat(ip.getHeader().getSrcAddr().getAddress()).isEqualTo(Arrays.copyOfRange(offender, 30, 34));
        assertThat(ip.getHeader().getDstAddr().getAddress()).isEqualTo(Arrays.copyOfRange(offender, 26, 30));
        IcmpV4CommonPacket icmp = ip.get(IcmpV4CommonPacket.class);
        assertThat(icmp.hasValidChecksum(false)).isTrue();
        assertThat(Arrays.copyOfRange(error, 34, 36)).isEqualTo(new byte[] {3, 4});
        assertThat(Icmp.nextHopMtu(MemorySegment.ofArray(error), 34)).isEqualTo(1450);
        assertThat(Arrays.copyOfRange(error, 42, error.length)).isEqualTo(Arrays.copyOfRange(offender, 14, 14 + 548));
    }

    @Test
    void tellsAnIpv6Sender() throws Exception {
        byte[] offender = TestFrames.ip(new Random(7), true, true, 9000);

        byte[] error = error(offender, 1450);

        EthernetPacket ethernet = EthernetPacket.newPacket(error, 0, error.length);
        IpV6Packet ip = ethernet.get(IpV6Packet.class);
        assertThat(error.length - 14).isEqualTo(1280);
        assertThat(ip.getHeader().getSrcAddr().getAddress()).isEqualTo(Arrays.copyOfRange(offender, 38, 54));
        assertThat(ip.getHeader().getDstAddr().getAddress()).isEqualTo(Arrays.copyOfRange(offender, 22, 38));
        IcmpV6CommonPacket icmp = ip.get(IcmpV6CommonPacket.class);
        assertThat(icmp.hasValidChecksum(
                        ip.getHeader().getSrcAddr(), ip.getHeader().getDstAddr(), false))
                .isTrue();
        assertThat(Arrays.copyOfRange(error, 54, 56)).isEqualTo(new byte[] {2, 0});
        assertThat(Icmpv6.mtu(MemorySegment.ofArray(error), 54)).isEqualTo(1450);
        assertThat(Arrays.copyOfRange(error, 62, error.length)).isEqualTo(Arrays.copyOfRange(offender, 14, 14 + 1232));
    }

    @Test
    void keepsVlanTags() {
        byte[] error = error(TestFrames.tagged(ipv4(2000), 0x8100, 42), 1450);

        assertThat(Vlan.tci(MemorySegment.ofArray(error), 12)).isEqualTo(42);
        assertThat(headers.parse(MemorySegment.ofArray(error), 0, error.length)).isEqualTo(FrameHeaders.Verdict.OK);
        assertThat(headers.isIcmp()).isTrue();
    }

    @Test
    void saysNothingWhereNoErrorMayBeSent() {
        byte[] noDf = ipv4(2000);
        noDf[20] &= ~0x40;
        byte[] multicast = ipv4(2000);
        multicast[30] = (byte) 224;
        byte[] broadcastMac = ipv4(2000);
        Arrays.fill(broadcastMac, 0, 6, (byte) 0xff);
        byte[] later = ipv4(2000);
        later[21] = 1;
        byte[] arp = ipv4(2000);
        arp[13] = 6;
        byte[] multicast6 = TestFrames.ip(new Random(1), true, true, 2000);
        multicast6[38] = (byte) 0xff;

        assertThat(error(noDf, 1450)).isEmpty();
        assertThat(error(multicast, 1450)).isEmpty();
        assertThat(error(broadcastMac, 1450)).isEmpty();
        assertThat(error(later, 1450)).isEmpty();
        assertThat(error(arp, 1450)).isEmpty();
        assertThat(error(multicast6, 1450)).isEmpty();
        assertThat(error(TestFrames.ip(new Random(1), true, true, 2000), 1279)).isEmpty();
    }

    @Test
    void anErrorIsNotAnsweredWithAnError() {
        byte[] once = error(ipv4(2000), 1450);
        byte[] onceSix = error(TestFrames.ip(new Random(1), true, true, 2000), 1450);

        assertThat(error(once, 100)).isEmpty();
        assertThat(error(onceSix, 1280)).isEmpty();
    }
}
