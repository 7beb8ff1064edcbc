package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Icmp;
import io.hopline.packet.Icmpv6;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.Udp;
import io.hopline.sla.ConnectionSampler;
import io.hopline.sla.Direction;
import io.hopline.sla.Endpoint;
import io.hopline.sla.Protocol;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TimedConnectionsTest {
    private static final IpAddress CLIENT = IpAddress.parse("192.0.2.10");
    private static final IpAddress VIP = IpAddress.parse("10.0.1.100");
    private static final IpAddress BACKEND = IpAddress.parse("10.0.1.11");
    private static final ConnectionSampler SAMPLER = ConnectionSampler.oneIn(8);

    private final TimedConnections timed = TimedConnections.of(
            List.of(new NodeConfig.Measured("web", List.of("10.0.1.100:80", "10.0.1.11:8080"))), SAMPLER);

    @Test
    void requestsAndResponsesOfSampledClientsAreTimed() {
        int port = port(true);
        assertThat(direction(timed, Protocol.TCP, new Endpoint(CLIENT, port), new Endpoint(VIP, 80)))
                .isEqualTo(Direction.REQUEST);
        assertThat(direction(timed, Protocol.TCP, new Endpoint(CLIENT, port), new Endpoint(BACKEND, 8080)))
                .isEqualTo(Direction.REQUEST);
        assertThat(direction(timed, Protocol.TCP, new Endpoint(BACKEND, 8080), new Endpoint(CLIENT, port)))
                .isEqualTo(Direction.RESPONSE);
    }

    @Test
    void otherEndpointsAndOtherClientsAreNot() {
        assertThat(direction(timed, Protocol.TCP, new Endpoint(CLIENT, port(true)), new Endpoint(BACKEND, 80)))
                .isNull();
        assertThat(direction(timed, Protocol.TCP, new Endpoint(CLIENT, port(false)), new Endpoint(VIP, 80)))
                .isNull();
        assertThat(direction(timed, Protocol.TCP, new Endpoint(VIP, 80), new Endpoint(CLIENT, port(false))))
                .isNull();
    }

    @Test
    void tcpAndUdpOfOneEndpointAreTwoThings() {
        TimedConnections dns =
                TimedConnections.of(List.of(new NodeConfig.Measured("dns", "udp", List.of("10.0.1.100:53"))), SAMPLER);
        int port = port(true);
        assertThat(direction(dns, Protocol.UDP, new Endpoint(CLIENT, port), new Endpoint(VIP, 53)))
                .isEqualTo(Direction.REQUEST);
        assertThat(direction(dns, Protocol.UDP, new Endpoint(VIP, 53), new Endpoint(CLIENT, port)))
                .isEqualTo(Direction.RESPONSE);
        assertThat(direction(dns, Protocol.TCP, new Endpoint(CLIENT, port), new Endpoint(VIP, 53)))
                .isNull();
        assertThat(direction(dns, Protocol.UDP, new Endpoint(CLIENT, port(false)), new Endpoint(VIP, 53)))
                .isNull();
        assertThat(dns.ports(Protocol.UDP, false)).containsExactly(53);
        assertThat(dns.ports(Protocol.TCP, false)).isEmpty();
        assertThat(dns.echoes(false)).isFalse();
    }

    @Test
    void echoesOfMeasuredAddressesAndTheirRepliesAreTimed() {
        TimedConnections pings = TimedConnections.of(
                List.of(new NodeConfig.Measured("icmp:echo", "icmp", List.of("10.0.1.11:0"))), SAMPLER);
        assertThat(echo(pings, Icmp.ECHO_REQUEST, CLIENT, BACKEND)).isEqualTo(Direction.REQUEST);
        assertThat(echo(pings, Icmp.ECHO_REPLY, BACKEND, CLIENT)).isEqualTo(Direction.RESPONSE);
        assertThat(echo(pings, Icmp.ECHO_REQUEST, BACKEND, CLIENT))
                .as("by a guest")
                .isNull();
        assertThat(echo(pings, Icmp.UNREACHABLE, BACKEND, CLIENT)).isNull();
        assertThat(echo(pings, Icmp.ECHO_REQUEST, CLIENT, VIP)).isNull();
        assertThat(pings.echoes(false)).isTrue();
        assertThat(pings.isEmpty()).isFalse();
        assertThat(TimedConnections.NONE.isEmpty()).isTrue();
    }

    @Test
    void byIpv6EndpointsClientsAndEchoesAreKnownByAllTheirBits() {
        TimedConnections six = TimedConnections.of(
                List.of(
                        new NodeConfig.Measured("web", "tcp", List.of("[fd00:1::100]:80")),
                        new NodeConfig.Measured("icmp:echo", "icmp", List.of("[fd00:1::100]:0"))),
                SAMPLER);
        Endpoint vip = Endpoint.parse("[fd00:1::100]:80");
        IpAddress client = IpAddress.parse("2001:db8::7");
        int port = 40_000;
        while (!SAMPLER.sampled(ConnectionSampler.fold(client.high(), client.low()), port)) {
            port++;
        }
        Endpoint sampled = new Endpoint(client, port);
        assertThat(direction(six, Protocol.TCP, sampled, vip)).isEqualTo(Direction.REQUEST);
        assertThat(direction(six, Protocol.TCP, vip, sampled)).isEqualTo(Direction.RESPONSE);
        assertThat(direction(six, Protocol.TCP, sampled, Endpoint.parse("[fd00:2::100]:80")))
                .isNull();
        assertThat(echo(six, Icmpv6.ECHO_REQUEST, client, vip.address())).isEqualTo(Direction.REQUEST);
        assertThat(echo(six, Icmpv6.ECHO_REPLY, vip.address(), client)).isEqualTo(Direction.RESPONSE);
        assertThat(echo(six, Icmpv6.NEIGHBOR_SOLICITATION, client, vip.address()))
                .isNull();
        assertThat(six.ports(Protocol.TCP, true)).containsExactly(80);
        assertThat(six.ports(Protocol.TCP, false)).isEmpty();
        assertThat(six.echoes(true)).isTrue();
        assertThat(six.echoes(false)).isFalse();
    }

    private static @Nullable Direction direction(
            TimedConnections timed, Protocol protocol, Endpoint source, Endpoint destination) {
        return timed.direction(protocol, ends(source, destination));
    }

    private static @Nullable Direction echo(TimedConnections timed, int type, IpAddress source, IpAddress destination) {
        return timed.echo(type, ends(new Endpoint(source, 0), new Endpoint(destination, 0)));
    }

    /** Of a packet with just these addresses and ports. */
    private static PacketEnds ends(Endpoint source, Endpoint destination) {
        boolean six = source.address() instanceof Ipv6Address;
        MemorySegment packet = MemorySegment.ofArray(new byte[64]);
        packet.set(ValueLayout.JAVA_BYTE, 0, (byte) (six ? 0x60 : 0x45));
        MemorySegment.copy(source.address().bytes(), 0, packet, ValueLayout.JAVA_BYTE, six ? 8 : 12, six ? 16 : 4);
        MemorySegment.copy(
                destination.address().bytes(), 0, packet, ValueLayout.JAVA_BYTE, six ? 24 : 16, six ? 16 : 4);
        long udp = six ? 40 : 20;
        Udp.sourcePort(packet, udp, source.port());
        Udp.destinationPort(packet, udp, destination.port());
        PacketEnds ends = new PacketEnds();
        ends.take(Protocol.TCP, packet, 0, udp);
        return ends;
    }

    private static int port(boolean sampled) {
        int port = 40_000;
        while (SAMPLER.sampled((int) CLIENT.low(), port) != sampled) {
            port++;
        }
        return port;
    }
}
