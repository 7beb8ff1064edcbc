package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.sla.LatencyHistory;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ServiceFiguresTest {
    private static final long NOW_MS = 1_795_000_030_000L;

    private final LatencyHistory history = new LatencyHistory(60);

    private void request(long agoMs, boolean remote) {
        history.record(Walks.at(NOW_MS - agoMs, remote));
    }

    @Test
    void theLastMinuteIsSummedUpAndTheRestIsASeries() {
        request(20 * 60_000, true);
        request(10 * 60_000, true);
        request(25_000, true);
        request(5_000, true);
        request(4_000, false);
        JsonNode service = new ServiceFigures(history, new SamplingRate(OptionalInt.of(8), 0, oneIn -> {}))
                .json(States.twoHosts(), NOW_MS)
                .path("services")
                .get(0);
        assertThat(service.path("requests").intValue()).isEqualTo(3);
        assertThat(service.path("p99Ns").longValue()).isBetween(272_000L, 274_000L);
        assertThat(service.path("virtualNetworkShare").doubleValue()).isBetween(0.46, 0.48);
        assertThat(service.path("series").findValuesAsString("requests")).containsExactly("1", "1", "2");
        JsonNode backends = service.path("backends");
        assertThat(backends.get(0).path("requests").intValue()).isEqualTo(1);
        assertThat(backends.get(1).path("requests").intValue()).isEqualTo(2);
    }
}
