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
            Endpoint endpoint = endpoint(random);
            String service = "s" + i % 50;
            if (expected.putIfAbsent(endpoint, service) == null) {
                services.computeIfAbsent(service, name -> new ArrayList<>()).add(endpoint);
            }
        }
        MeasuredEndpoints measured = MeasuredEndpoints.of(services);
        expected.forEach((endpoint, service) ->
                assertThat(measured.service(find(measured, endpoint))).isEqualTo(service));
        for (int i = 0; i < 10_000; i++) {
            Endpoint other = endpoint(random);
            assertThat(find(measured, other) >= 0).isEqualTo(expected.containsKey(other));
        }
        assertThat(measured.endpoints()).containsExactlyInAnyOrderElementsOf(expected.keySet());
    }

    /** Of either IP version, some of which differ in the high bits, or in the low ones, alone. */
    private static Endpoint endpoint(Random random) {
        return Endpoint.of(
                random.nextInt(3),
                random.nextInt(4) == 0 ? 7 : random.nextInt() & 0xffff_ffffL,
                random.nextInt(65_536));
    }

    private static int find(MeasuredEndpoints measured, Endpoint endpoint) {
        return measured.find(endpoint.address().high(), endpoint.address().low(), endpoint.port());
    }

    @Test
    void firstServiceKeepsASharedEndpoint() {
        Map<String, List<Endpoint>> services = new LinkedHashMap<>();
        services.put("web", List.of(HandMade.VIP, HandMade.WEB1));
        services.put("api", List.of(HandMade.WEB1));
        MeasuredEndpoints measured = MeasuredEndpoints.of(services);
        assertThat(measured.service(find(measured, HandMade.WEB1))).isEqualTo("web");
    }

    @Test
    void noneMeasuresNothing() {
        assertThat(MeasuredEndpoints.none().isEmpty()).isTrue();
        assertThat(MeasuredEndpoints.none().contains(0, 0, 0)).isFalse();
        assertThat(MeasuredEndpoints.none().contains(-1, -1, 65_535)).isFalse();
    }

    @Test
    void endpointsAreReadAndRefusedByName() {
        assertThat(Endpoint.parse("10.0.1.100:80")).isEqualTo(HandMade.VIP).hasToString("10.0.1.100:80");
        assertThat(Endpoint.parse("[fd00:1::100]:80"))
                .isEqualTo(Endpoint.of(0xfd00_0001L << 32, 0x100, 80))
                .hasToString("[fd00:1::100]:80");
        for (String bad : List.of(
                "",
                "10.0.1.1",
                "10.0.1.1:",
                "10.0.1.1:x",
                "10.0.1:80",
                "10.0.1.1:70000",
                "fd00::1:80",
                "[fd00::1]80",
                "[10.0.1.1]:80",
                "[]:80",
                ":80")) {
            assertThatThrownBy(() -> Endpoint.parse(bad)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
