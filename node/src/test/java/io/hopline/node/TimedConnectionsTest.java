package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Icmp;
import io.hopline.packet.Ipv4Address;
import io.hopline.sla.ConnectionSampler;
import io.hopline.sla.Direction;
import io.hopline.sla.Protocol;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimedConnectionsTest {
    private static final int CLIENT = Ipv4Address.parse("192.0.2.10").bits();
    private static final int VIP = Ipv4Address.parse("10.0.1.100").bits();
    private static final int BACKEND = Ipv4Address.parse("10.0.1.11").bits();
    private static final ConnectionSampler SAMPLER = ConnectionSampler.oneIn(8);

    private final TimedConnections timed = TimedConnections.of(
            List.of(new NodeConfig.Measured("web", List.of("10.0.1.100:80", "10.0.1.11:8080"))), SAMPLER);

    @Test
    void requestsAndResponsesOfSampledClientsAreTimed() {
        int port = port(true);
        assertThat(timed.direction(Protocol.TCP, CLIENT, port, VIP, 80)).isEqualTo(Direction.REQUEST);
        assertThat(timed.direction(Protocol.TCP, CLIENT, port, BACKEND, 8080)).isEqualTo(Direction.REQUEST);
        assertThat(timed.direction(Protocol.TCP, BACKEND, 8080, CLIENT, port)).isEqualTo(Direction.RESPONSE);
    }

    @Test
    void otherEndpointsAndOtherClientsAreNot() {
        assertThat(timed.direction(Protocol.TCP, CLIENT, port(true), BACKEND, 80))
                .isNull();
        assertThat(timed.direction(Protocol.TCP, CLIENT, port(false), VIP, 80)).isNull();
        assertThat(timed.direction(Protocol.TCP, VIP, 80, CLIENT, port(false))).isNull();
    }

    @Test
    void tcpAndUdpOfOneEndpointAreTwoThings() {
        TimedConnections dns =
                TimedConnections.of(List.of(new NodeConfig.Measured("dns", "udp", List.of("10.0.1.100:53"))), SAMPLER);
        int port = port(true);
        assertThat(dns.direction(Protocol.UDP, CLIENT, port, VIP, 53)).isEqualTo(Direction.REQUEST);
        assertThat(dns.direction(Protocol.UDP, VIP, 53, CLIENT, port)).isEqualTo(Direction.RESPONSE);
        assertThat(dns.direction(Protocol.TCP, CLIENT, port, VIP, 53)).isNull();
        assertThat(dns.direction(Protocol.UDP, CLIENT, port(false), VIP, 53)).isNull();
        assertThat(dns.ports(Protocol.UDP)).containsExactly(53);
        assertThat(dns.ports(Protocol.TCP)).isEmpty();
        assertThat(dns.echoes()).isFalse();
    }

    @Test
    void echoesOfMeasuredAddressesAndTheirRepliesAreTimed() {
        TimedConnections pings = TimedConnections.of(
                List.of(new NodeConfig.Measured("icmp:echo", "icmp", List.of("10.0.1.11:0"))), SAMPLER);
        assertThat(pings.echo(Icmp.ECHO_REQUEST, CLIENT, BACKEND)).isEqualTo(Direction.REQUEST);
        assertThat(pings.echo(Icmp.ECHO_REPLY, BACKEND, CLIENT)).isEqualTo(Direction.RESPONSE);
        assertThat(pings.echo(Icmp.ECHO_REQUEST, BACKEND, CLIENT))
                .as("by a guest")
                .isNull();
        assertThat(pings.echo(Icmp.UNREACHABLE, BACKEND, CLIENT)).isNull();
        assertThat(pings.echo(Icmp.ECHO_REQUEST, CLIENT, VIP)).isNull();
        assertThat(pings.echoes()).isTrue();
        assertThat(pings.isEmpty()).isFalse();
        assertThat(TimedConnections.NONE.isEmpty()).isTrue();
    }

    private static int port(boolean sampled) {
        int port = 40_000;
        while (SAMPLER.sampled(CLIENT, port) != sampled) {
            port++;
        }
        return port;
    }
}
