package io.hopline.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.guests.Guests;
import io.hopline.linux.Clock;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetDevice;
import io.hopline.linux.NetNs;
import io.hopline.packet.DropReason;
import io.hopline.packet.IpAddress;
import io.hopline.packet.MacAddress;
import io.hopline.packet.PortCounters;
import io.hopline.vnic.TapPort;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our tunnel against the kernel's own vxlan device: a guest on a TAP here, the other guest is the kernel over there. */
@Tag("netns")
class KernelVxlanTest {
    /** An underlay of one IP version. */
    private enum Underlay {
        IPV4("192.0.2.1", "192.0.2.2", 24, 50),
        IPV6("2001:db8::1", "2001:db8::2", 64, 70);

        private final IpAddress ours;
        private final IpAddress theirs;
        private final int prefix;
        private final int overhead;

        Underlay(String ours, String theirs, int prefix, int overhead) {
            this.ours = IpAddress.parse(ours);
            this.theirs = IpAddress.parse(theirs);
            this.prefix = prefix;
            this.overhead = overhead;
        }
    }

    private static final IpAddress OURS = Underlay.IPV4.ours;
    private static final IpAddress THEIRS = Underlay.IPV4.theirs;
    private static final MacAddress GUEST_MAC = MacAddress.parse("02:00:00:00:00:0a");
    private static final int VNI = 100;
    private static final int BYTES = 20_000_000;

    private final Guests guests = new Guests();
    private NetNs host = NetNs.current();
    private NetNs peer = NetNs.current();
    private NetNs guest = NetNs.current();

    @BeforeEach
    void needsNamespaces() {
        assumeTrue(Guests.possible(), "needs root or a user namespace to make network namespaces");
        host = guests.create();
        peer = guests.create();
        guest = guests.create();
    }

    @AfterEach
    void close() {
        guests.close();
    }

    private void connectHosts(int underlayMtu) {
        connectHosts(Underlay.IPV4, underlayMtu);
    }

    /** Two hosts on a cable of the given MTU; the peer has a kernel vxlan device with MTU less 50, or 70 over IPv6. */
    private void connectHosts(Underlay underlay, int underlayMtu) {
        String there = "hlv" + ThreadLocalRandom.current().nextInt(1_000_000);
        host.ip("link", "add", "under0", "type", "veth", "peer", "name", there);
        host.call(() -> {
            peer.adopt(there, "under0");
            return true;
        });
        for (NetNs end : List.of(host, peer)) {
            end.ip("link", "set", "under0", "mtu", Integer.toString(underlayMtu), "up");
        }
        address(host, underlay.ours + "/" + underlay.prefix, "under0");
        address(peer, underlay.theirs + "/" + underlay.prefix, "under0");
        // A wire carries finished packets; a veth would carry the inner checksum and super-frames unfinished.
        peer.call(() -> {
            try (NetDevice device = NetDevice.open("under0")) {
                device.finishesPackets(false);
            }
            return true;
        });
        peer.ip(("link add vx0 type vxlan id " + VNI + " remote " + underlay.ours + " local " + underlay.theirs
                        + " dstport 4789")
                .split(" "));
        peer.ip("link", "set", "vx0", "mtu", Integer.toString(underlayMtu - underlay.overhead), "up");
        address(peer, "10.8.0.2/24", "vx0");
        address(peer, "fd00:8::2/64", "vx0");
    }

    private static void address(NetNs ns, String address, String device) {
        ns.ip("addr", "add", address, "dev", device, "nodad");
    }

    private TunnelCable connectGuest(VxlanPort tunnel) {
        return connectGuest(Underlay.IPV4, tunnel);
    }

    private TunnelCable connectGuest(Underlay underlay, VxlanPort tunnel) {
        TapPort port = TapPort.open(guest, "guest", "eth0", GUEST_MAC, tunnel.mtu());
        address(guest, "10.8.0.1/24", "eth0");
        address(guest, "fd00:8::1/64", "eth0");
        return TunnelCable.between(port, tunnel, underlay.theirs, VNI);
    }

    @ParameterizedTest
    @EnumSource
    void pingAndTcpBothWaysOverIpv4AndIpv6(Underlay underlay) throws Exception {
        connectHosts(underlay, 1500);
        long startNs = Clock.realtimeNs();
        VxlanPort tunnel = VxlanPort.open(host, underlay.ours, "vxlan0");
        assertThat(tunnel.mtu()).isEqualTo(1500 - underlay.overhead);
        assertThat(tunnel.isUp()).isTrue();
        try (TunnelCable cable = connectGuest(underlay, tunnel)) {
            assertThat(Guests.ping(guest, "10.8.0.2")).isTrue();
            assertThat(Guests.ping(peer, "10.8.0.1")).isTrue();
            Guests.transfer(guest, peer, "10.8.0.2", BYTES);
            Guests.transfer(peer, guest, "10.8.0.1", BYTES);
            Guests.transfer(guest, peer, "fd00:8::2", BYTES);
            Guests.transfer(peer, guest, "fd00:8::1", BYTES);
            assertArrivals(cable, underlay.theirs, startNs);
        }
        assertNothingDropped(tunnel.counters());
    }

    private static void assertArrivals(TunnelCable cable, IpAddress from, long startNs) {
        assertThat(cable.arrivals()).isNotEmpty().allSatisfy(arrival -> {
            assertThat(arrival.tunnelId()).isEqualTo(VNI);
            assertThat(arrival.tunnelSource()).isEqualTo(from);
            assertThat(arrival.kernelNs()).isBetween(startNs, arrival.seenNs());
        });
    }

    @ParameterizedTest
    @EnumSource
    void jumboFramesOverAJumboUnderlay(Underlay underlay) throws Exception {
        connectHosts(underlay, 9100);
        VxlanPort tunnel = VxlanPort.open(host, underlay.ours, "vxlan0");
        assertThat(tunnel.mtu()).isEqualTo(9100 - underlay.overhead);
        try (TunnelCable cable = connectGuest(underlay, tunnel)) {
            guest.ip("link", "set", "eth0", "mtu", "9000");
            peer.ip("link", "set", "vx0", "mtu", "9000");
            assertThat(Guests.ping(guest, "10.8.0.2")).isTrue();
            Guests.datagrams(guest, peer, "10.8.0.2", 8_972);
            Guests.datagrams(peer, guest, "10.8.0.1", 8_972);
            Guests.transfer(guest, peer, "10.8.0.2", BYTES);
            Guests.transfer(peer, guest, "10.8.0.1", BYTES);
            assertThat(cable.longestArrivalBytes()).isGreaterThanOrEqualTo(8_900);
        }
        assertNothingDropped(tunnel.counters());
    }

    private static void assertNothingDropped(PortCounters counters) {
        for (DropReason reason : DropReason.values()) {
            assertThat(counters.drops(reason)).as(reason.label()).isZero();
        }
        assertThat(counters.rxFrames()).isPositive();
        assertThat(counters.txFrames()).isPositive();
    }

    @Test
    void hostilePacketsAreCountedAndDroppedAndTheTunnelLivesOn() throws Exception {
        connectHosts(1500);
        VxlanPort tunnel = VxlanPort.open(host, OURS, "vxlan0");
        try (TunnelCable cable = connectGuest(tunnel)) {
            String frame = "ffffffffffff" + "020000000099" + "88b5" + "00".repeat(46);
            List<String> hostile = List.of(
                    "",
                    "08",
                    "08000000000064",
                    "0800000000006400", // no header, half, one byte short, header alone
                    "0800000000006400" + "00".repeat(13), // one byte short of an Ethernet header
                    "0000000000006400" + frame, // no I flag
                    "f700000000006400" + frame); // every flag but I
            for (String payload : hostile) {
                sendToTunnel(payload);
            }
            Awaitility.await().until(() -> tunnel.counters().drops(DropReason.VXLAN_MALFORMED) == hostile.size());
            assertThat(cable.arrivals())
                    .allSatisfy(arrival -> assertThat(arrival.tunnelId()).isEqualTo(VNI));

            // Reserved bits are ignored on receipt (RFC 7348, section 5); VNI and frame are what they are.
            sendToTunnel("ff123456" + "ffffff" + "77" + frame);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(cable.arrivals()).anySatisfy(arrival -> {
                        assertThat(arrival.tunnelId()).isEqualTo(0xff_ffff);
                        assertThat(arrival.length()).isEqualTo(60);
                    }));
            assertThat(Guests.ping(guest, "10.8.0.2")).isTrue();
        }
        assertThat(tunnel.counters().drops(DropReason.VXLAN_MALFORMED)).isEqualTo(7);
    }

    private void sendToTunnel(String hex) throws Exception {
        byte[] payload = HexFormat.of().parseHex(hex);
        peer.call(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.send(new DatagramPacket(payload, payload.length, InetAddress.getByName(OURS.toString()), 4789));
            }
            return true;
        });
    }

    @Test
    void anIpv6TunnelSaysWhichAddressIsTakenAndTakesNoLinkLocalOne() {
        connectHosts(Underlay.IPV6, 1500);
        IpAddress linkLocal = IpAddress.parse("fe80::1");
        assertThatThrownBy(() -> VxlanPort.open(host, linkLocal, "vxlan0"))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("a link-local address says nothing to other hosts");
        try (VxlanPort tunnel = VxlanPort.open(host, Underlay.IPV6.ours, "vxlan0")) {
            assertThat(tunnel.mac()).isEqualTo(MacAddress.parse("02:00:00:00:00:01"));
            assertThatThrownBy(() -> VxlanPort.open(host, Underlay.IPV6.ours, "vxlan1"))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("[2001:db8:0:0:0:0:0:1]:4789")
                    .hasMessageContaining("Address already in use");
        }
    }

    @Test
    void anAddressThatIsNotHereOrAPortThatIsTakenIsSaid() {
        connectHosts(1500);
        assertThatThrownBy(() -> VxlanPort.open(host, IpAddress.parse("192.0.2.77"), "vxlan0"))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("192.0.2.77")
                .hasMessageContaining("no network device here has that address");
        try (VxlanPort tunnel = VxlanPort.open(host, OURS, "vxlan0")) {
            assertThat(tunnel.name()).isEqualTo("vxlan0");
            assertThatThrownBy(() -> VxlanPort.open(host, OURS, "vxlan1"))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("192.0.2.1:4789")
                    .hasMessageContaining("Address already in use");
        }
    }
}
