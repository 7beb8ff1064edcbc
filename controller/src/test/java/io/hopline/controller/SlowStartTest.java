package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Bucket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two backends of which one comes back, with a clock of the test's. */
class SlowStartTest {
    @TempDir
    Path directory;

    private H2Store store;
    private LiveState live;
    private long nowMs = 1_000_000;
    private SlowStart slowStart;

    @BeforeEach
    void start() {
        store = H2Store.open(directory);
        live = new LiveState(store);
        live.update(empty -> ServiceUpdate.apply(
                States.twoHosts(), "web", JsonBody.parse("{\"l4\":{\"slowStartS\":10},\"weights\":{\"web2\":2}}")));
        slowStart = new SlowStart(live, () -> nowMs);
        slowStart.look();
    }

    @AfterEach
    void stop() {
        store.close();
    }

    private List<Integer> weights() {
        NodeProgram program = FlowCompiler.compile(live.current()).getOrDefault("a", NodeProgram.EMPTY);
        return Objects.requireNonNull(program.groups().get(ServiceFlows.GROUP_BASE | 1)).buckets().stream()
                .map(Bucket::weight)
                .toList();
    }

    private void health(boolean healthy) {
        live.update(state -> Changes.observeHealth(state, new Health("web", "web2", healthy, "")));
    }

    @Test
    void aBackendThatComesBackGetsItsShareByAndBy() {
        assertThat(weights()).as("warm from the start").containsExactly(100, 200);
        health(false);
        slowStart.look();
        assertThat(weights()).containsExactly(100);
        health(true);
        assertThat(weights()).as("cold at once").containsExactly(100, 20);
        slowStart.look();
        nowMs += 5_000;
        slowStart.look();
        assertThat(weights()).containsExactly(100, 100);
        nowMs += 4_900;
        slowStart.look();
        assertThat(weights()).containsExactly(100, 180);
        nowMs += 100;
        slowStart.look();
        assertThat(weights()).containsExactly(100, 200);
        long version = live.current().version();
        nowMs += 60_000;
        slowStart.look();
        assertThat(live.current().version()).as("warm stays warm").isEqualTo(version);
    }

    @Test
    void aBackendThatIsAddedBeginsColdAndAServiceWithoutItHasPlainWeights() {
        live.update(state -> ServiceUpdate.apply(state, "web", JsonBody.parse("{\"addBackends\":[\"client:80\"]}")));
        assertThat(weights()).containsExactly(100, 200, 10);
        live.update(state -> ServiceUpdate.apply(state, "web", JsonBody.parse("{\"l4\":{\"slowStartS\":0}}")));
        slowStart.look();
        assertThat(weights()).containsExactly(1, 2, 1);
        live.update(state -> Changes.observePorts(state, "b", new TreeMap<>(Map.of("vxlan0", 1))));
        assertThat(weights()).containsExactly(1, 1);
    }
}
