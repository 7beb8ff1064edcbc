package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.packet.DhcpMessage.Type;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.UdpPacket;

class DhcpTest {
    private static final MacAddress CLIENT = MacAddress.parse("02:00:00:00:00:01");
    private static final MacAddress GATEWAY = MacAddress.parse("02:00:5e:00:01:01");
    private static final DhcpLease LEASE = new DhcpLease(
            Ipv4Address.parse("10.0.1.11"),
            24,
            Ipv4Address.parse("10.0.1.1"),
            GATEWAY,
            3600,
            1450,
            List.of(Ipv4Address.parse("9.9.9.9"), Ipv4Address.parse("1.1.1.1")));

    private static Optional<DhcpLease> leases(MacAddress mac) {
        return mac.equals(CLIENT) ? Optional.of(LEASE) : Optional.empty();
    }

    /** A client's message with options as {tag, length, bytes...}. */
    private static byte[] message(int type, String clientIp, boolean broadcast, int... options) {
        byte[] frame = new byte[14 + 20 + 8 + 300];
        MemorySegment memory = MemorySegment.ofArray(frame);
        Ethernet.destination(memory, 0, MacAddress.BROADCAST.bits());
        Ethernet.source(memory, 0, CLIENT.bits());
        Ethernet.type(memory, 0, Ethernet.TYPE_IPV4);
        Ipv4.headerBytes(memory, 14, 20);
        Ipv4.totalBytes(memory, 14, 328);
        Ipv4.protocol(memory, 14, IpProtocol.UDP);
        Ipv4.destination(memory, 14, -1);
        Udp.sourcePort(memory, 34, 68);
        Udp.destinationPort(memory, 34, 67);
        Udp.totalBytes(memory, 34, 308);
        int at = 42;
        frame[at] = 1;
        frame[at + 1] = 1;
        frame[at + 2] = 6;
        Wire.i32(memory, at + 4, 0x12345678);
        Wire.u16(memory, at + 8, 3);
        Wire.u16(memory, at + 10, broadcast ? 0x8000 : 0);
        Wire.i32(memory, at + 12, Ipv4Address.parse(clientIp).bits());
        Wire.u48(memory, at + 28, CLIENT.bits());
        Wire.i32(memory, at + 236, 0x63825363);
        at += 240;
        for (int value : new int[] {53, 1, type}) {
            frame[at++] = (byte) value;
        }
        for (int value : options) {
            frame[at++] = (byte) value;
        }
        frame[at] = (byte) 255;
        return frame;
    }

    private static Map<Integer, byte[]> options(byte[] reply) {
        Map<Integer, byte[]> options = new HashMap<>();
        int at = 42 + 240;
        while ((reply[at] & 0xff) != 255) {
            int length = reply[at + 1];
            options.put((int) reply[at], Arrays.copyOfRange(reply, at + 2, at + 2 + length));
            at += 2 + length;
        }
        return options;
    }

    private static byte[] answer(byte[] frame) {
        return Dhcp.answer(frame, DhcpTest::leases).orElseThrow();
    }

    @Test
    void offersTheLeaseWithEverythingTheGuestNeeds() throws Exception {
        byte[] offer = answer(message(1, "0.0.0.0", false));

        MemorySegment memory = MemorySegment.ofArray(offer);
        assertThat(Ethernet.destination(memory, 0)).isEqualTo(CLIENT.bits());
        assertThat(Ethernet.source(memory, 0)).isEqualTo(GATEWAY.bits());
        assertThat(Wire.i32(memory, 42 + 4)).isEqualTo(0x12345678);
        assertThat(Wire.i32(memory, 42 + 16)).isEqualTo(LEASE.ip().bits());
        assertThat(Ipv4.destination(memory, 14)).isEqualTo(LEASE.ip().bits());
        Map<Integer, byte[]> options = options(offer);
        assertThat(options.get(53)).containsExactly(2);
        assertThat(options.get(54)).containsExactly(10, 0, 1, 1);
        assertThat(options.get(1)).containsExactly(255, 255, 255, 0);
        assertThat(options.get(3)).containsExactly(10, 0, 1, 1);
        assertThat(options.get(26)).containsExactly(1450 >> 8, 1450 & 0xff);
        assertThat(options.get(51)).containsExactly(0, 0, 3600 >> 8, 3600 & 0xff);
        assertThat(options.get(6)).containsExactly(9, 9, 9, 9, 1, 1, 1, 1);
        EthernetPacket ethernet = EthernetPacket.newPacket(offer, 0, offer.length);
        IpV4Packet ip = ethernet.get(IpV4Packet.class);
        assertThat(ip.getHeader().hasValidChecksum(false)).isTrue();
        assertThat(ip.get(UdpPacket.class)
                        .hasValidChecksum(
                                ip.getHeader().getSrcAddr(), ip.getHeader().getDstAddr(), false))
                .isTrue();
    }

    @Test
    void broadcastsToAClientThatAsksForIt() {
        MemorySegment memory = MemorySegment.ofArray(answer(message(1, "0.0.0.0", true)));

        assertThat(Ethernet.destination(memory, 0)).isEqualTo(MacAddress.BROADCAST.bits());
        assertThat(Ipv4.destination(memory, 14)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({
        // ciaddr, requested (option 50), server (54), answer
        "0.0.0.0, 10.0.1.11, 10.0.1.1, ACK", // selecting
        "0.0.0.0, 10.0.1.12, 10.0.1.1, NAK",
        "0.0.0.0, 10.0.1.11, 10.0.1.9, ", // another server was chosen
        "0.0.0.0, 10.0.1.11, , ACK", // init-reboot
        "0.0.0.0, 10.0.9.11, , NAK",
        "10.0.1.11, , , ACK", // renewing
        "10.0.1.12, , , NAK",
    })
    void answersRequestsByTheStateTheyComeFrom(
            String clientIp, @Nullable String requested, @Nullable String server, @Nullable Type expected) {
        byte[] frame = message(3, clientIp, false, concat(addressOption(50, requested), addressOption(54, server)));

        Optional<byte[]> reply = Dhcp.answer(frame, DhcpTest::leases);

        assertThat(reply.map(bytes -> (int) options(bytes).getOrDefault(53, new byte[1])[0]))
                .isEqualTo(Optional.ofNullable(expected).map(Type::code));
        reply.filter(bytes -> expected == Type.NAK).ifPresent(bytes -> {
            assertThat(Ipv4.destination(MemorySegment.ofArray(bytes), 14)).isEqualTo(-1);
            assertThat(options(bytes)).doesNotContainKeys(51, 1, 3);
        });
    }

    private static int[] addressOption(int tag, @Nullable String address) {
        if (address == null) {
            return new int[0];
        }
        int bits = Ipv4Address.parse(address).bits();
        return new int[] {tag, 4, bits >>> 24, bits >>> 16 & 0xff, bits >>> 8 & 0xff, bits & 0xff};
    }

    private static int[] concat(int[] a, int[] b) {
        int[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    @Test
    void informsWithoutGivingAnAddress() {
        byte[] ack = answer(message(8, "10.0.1.77", false));

        assertThat(options(ack).get(53)).containsExactly(5);
        assertThat(options(ack)).doesNotContainKey(51).containsKeys(1, 3, 26);
        assertThat(Wire.i32(MemorySegment.ofArray(ack), 42 + 16)).isZero();
        assertThat(Ipv4.destination(MemorySegment.ofArray(ack), 14))
                .isEqualTo(Ipv4Address.parse("10.0.1.77").bits());
    }

    @ParameterizedTest
    @EnumSource(names = {"DECLINE", "RELEASE", "OFFER", "ACK", "NAK"})
    void keepsSilent(Type type) {
        assertThat(Dhcp.answer(message(type.code(), "0.0.0.0", false), DhcpTest::leases))
                .isEmpty();
    }

    @Test
    void keepsSilentToStrangers() {
        byte[] stranger = message(1, "0.0.0.0", false);
        stranger[42 + 28 + 5] = 9;

        assertThat(Dhcp.answer(stranger, DhcpTest::leases)).isEmpty();
    }

    @Test
    void readsOptionsThatOverflowIntoFileAndServerName() {
        byte[] frame = message(3, "0.0.0.0", false, 52, 1, 3, 12, 4, 'w', 'e', 'b', 7);
        System.arraycopy(new byte[] {50, 4, 10, 0, 1, 11, (byte) 255}, 0, frame, 42 + 108, 7);
        System.arraycopy(new byte[] {54, 4, 10, 0, 1, 1, (byte) 255}, 0, frame, 42 + 44, 7);

        DhcpMessage message = DhcpMessage.parse(frame).orElseThrow();

        assertThat(message.requestedIp()).isEqualTo(Ipv4Address.parse("10.0.1.11"));
        assertThat(message.serverIp()).isEqualTo(Ipv4Address.parse("10.0.1.1"));
        assertThat(message.hostName()).isEqualTo("web");
        assertThat(message.seconds()).isEqualTo(3);
        assertThat(message.transaction()).isEqualTo(0x12345678);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void hostileBytesNeverThrow(long seed) {
        Random random = new Random(seed);
        byte[] whole = message(1, "0.0.0.0", false, 12, 3, 'a', 'b', 'c', 50, 4, 1, 2, 3, 4);
        for (int length = 0; length < whole.length; length++) {
            assertThat(Dhcp.answer(Arrays.copyOf(whole, length), DhcpTest::leases))
                    .isEmpty();
        }
        for (int i = 0; i < 50_000; i++) {
            byte[] frame = whole.clone();
            for (int flips = 1 + random.nextInt(5); flips > 0; flips--) {
                int from = random.nextBoolean() ? 0 : 42 + 236;
                frame[from + random.nextInt(60)] = (byte) random.nextInt();
            }
            Dhcp.answer(frame, mac -> Optional.of(LEASE));
        }
    }

    @Test
    void aLeaseRejectsWhatNoClientCouldUse() {
        Ipv4Address ip = LEASE.ip();
        assertThatThrownBy(() -> new DhcpLease(ip, 33, ip, GATEWAY, 3600, 1450, List.of()))
                .hasMessageContaining("33");
        assertThatThrownBy(() -> new DhcpLease(ip, 24, ip, GATEWAY, 5, 1450, List.of()))
                .hasMessageContaining("60 s");
        assertThatThrownBy(() -> new DhcpLease(ip, 24, ip, GATEWAY, 3600, 67, List.of()))
                .hasMessageContaining("67");
        assertThat(new DhcpLease(ip, 0, ip, GATEWAY, 3600, 1450, List.of()).subnetMask())
                .isEqualTo(new Ipv4Address(0));
    }
}
