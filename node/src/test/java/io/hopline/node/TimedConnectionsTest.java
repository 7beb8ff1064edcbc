package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Ipv4Address;
import io.hopline.sla.ConnectionSampler;
import io.hopline.sla.Direction;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TimedConnectionsTest {
    private static final int CLIENT = Ipv4Address.parse("192.0.2.10").bits();
    private static final int PROXY = Ipv4Address.parse("10.0.1.254").bits();
    private static final int VIP = Ipv4Address.parse("10.0.1.100").bits();
    private static final int BACKEND = Ipv4Address.parse("10.0.1.11").bits();
    private static final ConnectionSampler SAMPLER = ConnectionSampler.oneIn(8);

    private final TimedConnections timed = TimedConnections.of(
            List.of(new NodeConfig.Measured("web", List.of("10.0.1.100:80", "10.0.1.11:8080"))),
            Set.of(PROXY),
            SAMPLER);

    @Test
    void requestsAndResponsesOfSampledClientsAreTimed() {
        int port = port(true);
        assertThat(timed.direction(CLIENT, port, VIP, 80)).isEqualTo(Direction.REQUEST);
        assertThat(timed.direction(CLIENT, port, BACKEND, 8080)).isEqualTo(Direction.REQUEST);
        assertThat(timed.direction(BACKEND, 8080, CLIENT, port)).isEqualTo(Direction.RESPONSE);
    }

    @Test
    void otherEndpointsAndOtherClientsAreNot() {
        assertThat(timed.direction(CLIENT, port(true), BACKEND, 80)).isNull();
        assertThat(timed.direction(CLIENT, port(false), VIP, 80)).isNull();
        assertThat(timed.direction(VIP, 80, CLIENT, port(false))).isNull();
    }

    @Test
    void everyConnectionOfAProxyIsTimed() {
        for (int port = 40_000; port < 40_064; port++) {
            assertThat(timed.direction(PROXY, port, BACKEND, 8080)).isEqualTo(Direction.REQUEST);
        }
    }

    private static int port(boolean sampled) {
        int port = 40_000;
        while (SAMPLER.sampled(CLIENT, port) != sampled) {
            port++;
        }
        return port;
    }
}
