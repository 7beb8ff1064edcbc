package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MeasuredEndpointsTest {
    @Test
    void findsTheServiceOfEveryEndpointAndOfNoOther() {
        Random random = new Random(5);
        Map<String, List<Endpoint>> services = new LinkedHashMap<>();
        Map<Endpoint, String> expected = new LinkedHashMap<>();
        for (int i = 0; i < 3_000; i++) {
            Endpoint endpoint = Endpoint.of(random.nextInt(), random.nextInt(65_536));
            String service = "s" + i % 50;
            services.computeIfAbsent(service, name -> new ArrayList<>()).add(endpoint);
            expected.put(endpoint, service);
        }
        MeasuredEndpoints measured = MeasuredEndpoints.of(services);
        expected.forEach((endpoint, service) -> assertThat(
                        measured.service(measured.find(endpoint.address().bits(), endpoint.port())))
                .isEqualTo(service));
        for (int i = 0; i < 10_000; i++) {
            Endpoint other = Endpoint.of(random.nextInt(), random.nextInt(65_536));
            assertThat(measured.contains(other.address().bits(), other.port())).isEqualTo(expected.containsKey(other));
        }
        assertThat(measured.endpoints()).containsExactlyInAnyOrderElementsOf(expected.keySet());
    }

    @Test
    void firstServiceKeepsASharedEndpoint() {
        Map<String, List<Endpoint>> services = new LinkedHashMap<>();
        services.put("web", List.of(HandMade.VIP, HandMade.WEB1));
        services.put("api", List.of(HandMade.WEB1));
        MeasuredEndpoints measured = MeasuredEndpoints.of(services);
        assertThat(measured.service(measured.find(HandMade.WEB1.address().bits(), 80)))
                .isEqualTo("web");
    }

    @Test
    void noneMeasuresNothing() {
        assertThat(MeasuredEndpoints.none().isEmpty()).isTrue();
        assertThat(MeasuredEndpoints.none().contains(0, 0)).isFalse();
        assertThat(MeasuredEndpoints.none().contains(-1, 65_535)).isFalse();
    }

    @Test
    void endpointsAreReadAndRefusedByName() {
        assertThat(Endpoint.parse("10.0.1.100:80")).isEqualTo(HandMade.VIP).hasToString("10.0.1.100:80");
        assertThat(Endpoint.unpack(HandMade.VIP.packed())).isEqualTo(HandMade.VIP);
        for (String bad : List.of("", "10.0.1.1", "10.0.1.1:", "10.0.1.1:x", "10.0.1:80", "10.0.1.1:70000")) {
            assertThatThrownBy(() -> Endpoint.parse(bad)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
