package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV6CommonPacket;
import org.pcap4j.packet.IcmpV6NeighborAdvertisementPacket;
import org.pcap4j.packet.IcmpV6NeighborAdvertisementPacket.IcmpV6NeighborAdvertisementHeader;
import org.pcap4j.packet.IcmpV6RouterAdvertisementPacket;
import org.pcap4j.packet.IcmpV6RouterAdvertisementPacket.IcmpV6RouterAdvertisementHeader;
import org.pcap4j.packet.IpV6NeighborDiscoveryPrefixInformationOption;
import org.pcap4j.packet.IpV6Packet;

class NdpTest {
    private static final MacAddress ASKING = MacAddress.parse("02:00:00:64:01:0b");
    private static final MacAddress OWNER = MacAddress.parse("02:00:00:64:01:0c");
    private static final MacAddress ROUTER = MacAddress.parse("02:00:00:64:01:01");
    private static final Ipv6Address FROM = Ipv6Address.parse("fd00:1::ff:fe64:10b");
    private static final Ipv6Address TARGET = Ipv6Address.parse("fd00:1::ff:fe64:10c");
    private static final Ipv6Address UNSPECIFIED = new Ipv6Address(0, 0);
    private static final Ipv6Link LINK = new Ipv6Link(0xfd00_0001_0000_0000L, ROUTER, 1450);

    private static Optional<MacAddress> owners(Ipv6Address address) {
        if (address.equals(Ipv6Address.linkLocal(ROUTER))) {
            return Optional.of(ROUTER);
        }
        return address.equals(TARGET) ? Optional.of(OWNER) : Optional.empty();
    }

    private static byte[] solicitation(int type, Ipv6Address source, Ipv6Address target, int hopLimit) {
        int bytes = type == Icmpv6.NEIGHBOR_SOLICITATION ? 24 : 8;
        byte[] frame = new byte[14 + 40 + bytes];
        MemorySegment memory = MemorySegment.ofArray(frame);
        Ethernet.destination(memory, 0, 0x3333_0000_0002L);
        Ethernet.source(memory, 0, ASKING.bits());
        Ethernet.type(memory, 0, Ethernet.TYPE_IPV6);
        Ipv6.versionClassLabel(memory, 14, 0, 0);
        Ipv6.payloadBytes(memory, 14, bytes);
        Ipv6.nextHeader(memory, 14, IpProtocol.ICMPV6);
        Ipv6.hopLimit(memory, 14, hopLimit);
        Ipv6.source(memory, 14, source.high(), source.low());
        Ipv6.destination(memory, 14, 0xff02L << 48, 2);
        Icmpv6.type(memory, 54, type);
        if (bytes == 24) {
            Wire.i64(memory, 62, target.high());
            Wire.i64(memory, 70, target.low());
        }
        int sum = Checksum.pseudoIpv6(memory, 14, IpProtocol.ICMPV6, bytes);
        Icmpv6.checksum(memory, 54, Checksum.finish(Checksum.add(sum, Checksum.sum(memory, 54, bytes))));
        return frame;
    }

    private static byte[] asks(Ipv6Address source, Ipv6Address target) {
        return solicitation(Icmpv6.NEIGHBOR_SOLICITATION, source, target, 255);
    }

    private static IpV6Packet ip(byte[] frame) throws Exception {
        return EthernetPacket.newPacket(frame, 0, frame.length).get(IpV6Packet.class);
    }

    private static IcmpV6NeighborAdvertisementHeader advertised(byte[] frame) throws Exception {
        IcmpV6CommonPacket icmp = ip(frame).get(IcmpV6CommonPacket.class);
        assertThat(icmp.hasValidChecksum(
                        ip(frame).getHeader().getSrcAddr(),
                        ip(frame).getHeader().getDstAddr(),
                        false))
                .isTrue();
        return icmp.get(IcmpV6NeighborAdvertisementPacket.class).getHeader();
    }

    @Test
    void tellsWhoHasAnAddress() throws Exception {
        byte[] answer = Ndp.answer(asks(FROM, TARGET), NdpTest::owners, ROUTER).orElseThrow();

        IcmpV6NeighborAdvertisementHeader header = advertised(answer);
        assertThat(header.getTargetAddress().getAddress()).isEqualTo(TARGET.bytes());
        assertThat(header.getSolicitedFlag()).isTrue();
        assertThat(header.getOverrideFlag()).isTrue();
        assertThat(header.getRouterFlag()).isFalse();
        assertThat(header.getOptions()).hasSize(1);
        assertThat(header.getOptions().getFirst().getRawData()).endsWith(OWNER.bytes());
        assertThat(ip(answer).getHeader().getDstAddr().getAddress()).isEqualTo(FROM.bytes());
        assertThat(ip(answer).getHeader().getHopLimitAsInt()).isEqualTo(255);
        assertThat(Ethernet.destination(MemorySegment.ofArray(answer), 0)).isEqualTo(ASKING.bits());
    }

    @Test
    void aRouterSaysThatItIsOne() throws Exception {
        byte[] question = asks(FROM, Ipv6Address.linkLocal(ROUTER));

        byte[] answer = Ndp.answer(question, NdpTest::owners, ROUTER).orElseThrow();

        assertThat(advertised(answer).getRouterFlag()).isTrue();
    }

    @Test
    void whoTriesAnAddressThatIsTakenIsToldBeforeAll() throws Exception {
        byte[] answer =
                Ndp.answer(asks(UNSPECIFIED, TARGET), NdpTest::owners, ROUTER).orElseThrow();

        assertThat(advertised(answer).getSolicitedFlag()).isFalse();
        assertThat(ip(answer).getHeader().getDstAddr().getHostAddress()).isEqualTo("ff02:0:0:0:0:0:0:1");
        assertThat(Ethernet.destination(MemorySegment.ofArray(answer), 0)).isEqualTo(0x3333_0000_0001L);
    }

    @Test
    void nobodyIsToldThatItsOwnAddressIsTaken() {
        assertThat(Ndp.answer(asks(UNSPECIFIED, TARGET), address -> Optional.of(ASKING), ROUTER))
                .isEmpty();
    }

    @Test
    void unknownAddressesAreNobodys() {
        assertThat(Ndp.answer(asks(FROM, Ipv6Address.parse("fd00:1::99")), NdpTest::owners, ROUTER))
                .isEmpty();
    }

    @Test
    void whatARouterForwardedIsNoNeighbors() {
        byte[] far = solicitation(Icmpv6.NEIGHBOR_SOLICITATION, FROM, TARGET, 254);
        byte[] broken = asks(FROM, TARGET);
        broken[broken.length - 1] ^= 1;

        assertThat(Ndp.answer(far, NdpTest::owners, ROUTER)).isEmpty();
        assertThat(Ndp.answer(broken, NdpTest::owners, ROUTER)).isEmpty();
    }

    @Test
    void advertisesTheRouterAndItsPrefix() throws Exception {
        byte[] question = solicitation(Icmpv6.ROUTER_SOLICITATION, FROM, UNSPECIFIED, 255);

        byte[] answer = Ndp.answer(question, LINK).orElseThrow();

        IcmpV6RouterAdvertisementHeader header = ip(answer)
                .get(IcmpV6CommonPacket.class)
                .get(IcmpV6RouterAdvertisementPacket.class)
                .getHeader();
        assertThat(header.getRouterLifetimeAsInt()).isEqualTo(9000);
        IpV6NeighborDiscoveryPrefixInformationOption prefix = header.getOptions().stream()
                .filter(IpV6NeighborDiscoveryPrefixInformationOption.class::isInstance)
                .map(IpV6NeighborDiscoveryPrefixInformationOption.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(prefix.getPrefix().getHostAddress()).isEqualTo("fd00:1:0:0:0:0:0:0");
        assertThat(prefix.getPrefixLengthAsInt()).isEqualTo(64);
        assertThat(prefix.getAddressConfigurationFlag()).isTrue();
        assertThat(prefix.getOnLinkFlag()).isTrue();
        assertThat(ip(answer).getHeader().getSrcAddr().isLinkLocalAddress()).isTrue();
    }

    @Test
    void noContentMakesItStumble() {
        Random random = new Random(17);
        byte[] question = asks(FROM, TARGET);
        for (int i = 0; i < 20_000; i++) {
            byte[] frame = question.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            }
            byte[] cut = Arrays.copyOf(frame, random.nextInt(frame.length + 1));
            assertThat(Ndp.answer(cut, LINK)).isEmpty();
            Ndp.answer(cut, NdpTest::owners, ROUTER);
        }
    }

    @Test
    void hostsMakeTheirAddressesFromTheirHardwareAddresses() {
        // The example of RFC 2464, section 4.
        MacAddress mac = MacAddress.parse("34:56:78:9a:bc:de");
        assertThat(Ipv6Address.linkLocal(mac)).hasToString("fe80::3656:78ff:fe9a:bcde");
        assertThat(Ipv6Address.of(LINK.prefixHigh(), OWNER)).isEqualTo(TARGET);
    }
}
