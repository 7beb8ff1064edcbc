package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PublishFailuresTest {
    private final NetworkState state = States.twoHosts();
    private final EventLog events = new EventLog(() -> 1);
    private final PublishFailures failures = new PublishFailures(events);

    private List<String> said() {
        return events.after(0, 100).stream()
                .map(event -> event.kind() + ": " + event.text())
                .toList();
    }

    @Test
    void aFailureIsAnEventOnceAndItsEndAnother() {
        failures.report(state, "a", Map.of("web", "cannot listen on 0.0.0.0:80: Address already in use"));
        failures.report(state, "a", Map.of("web", "cannot listen on 0.0.0.0:80: Address already in use"));
        failures.report(state, "b", Map.of());
        assertThat(failures.of("web")).contains("host a: cannot listen on 0.0.0.0:80: Address already in use");
        failures.report(state, "a", Map.of());
        failures.report(state, "a", Map.of());
        assertThat(failures.of("web")).isEmpty();
        assertThat(said())
                .containsExactly(
                        "publish-failed: service web is not published on host a: cannot listen on 0.0.0.0:80: Address already in use",
                        "published: service web is published on host a after all");
    }

    @Test
    void whatIsNoServiceOrNoNodeAnyMoreIsNotKept() {
        failures.report(state, "a", Map.of("web", "taken", "gone", "x".repeat(1_000)));
        assertThat(failures.of("gone")).isEmpty();
        NetworkState without = Changes.deleteNode(state, "a");
        failures.report(without, "b", Map.of());
        assertThat(failures.of("web")).isEmpty();
    }
}
