package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.sla.LatencyHistory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backend that was removed and still has connections, as two nodes tell, with a clock of the test's. */
class DeparturesTest {
    @TempDir
    Path directory;

    private H2Store store;
    private LiveState live;
    private long nowMs = 1_000_000;
    private ServiceConnections connections;
    private Departures departures;

    @BeforeEach
    void start() {
        store = H2Store.open(directory);
        live = new LiveState(store);
        live.update(empty -> States.twoHosts());
        SamplingRate sampling = new SamplingRate(OptionalInt.of(1), 0, oneIn -> {});
        ServiceFigures figures = new ServiceFigures(new LatencyHistory(1), sampling);
        connections =
                new ServiceConnections(live, figures, new PublishFailures(new EventLog(() -> nowMs)), () -> nowMs);
        departures = new Departures(live, connections, () -> nowMs);
    }

    @AfterEach
    void stop() {
        store.close();
    }

    private void update(String json) {
        live.update(state -> ServiceUpdate.apply(state, "web", JsonBody.parse(json)));
    }

    /** Servers, by their place in the report, that a node is to forget. */
    private String tells(String node, long toWeb1, long toWeb2) {
        String json = """
                {"connections":[
                 {"zone":100,"protocol":6,"vip":"10.0.1.100:80","server":"10.0.1.11:80","open":%d,"begun":9},
                 {"zone":100,"protocol":6,"vip":"10.0.1.100:80","server":"10.0.1.12:80","open":%d,"begun":9},
                 {"zone":7,"protocol":6,"vip":"10.0.1.100:80","server":"10.0.9.12:80","open":3,"begun":9}]}
                """.formatted(toWeb1, toWeb2);
        return connections.report(node, JsonBody.parse(json)).path("ended").toString();
    }

    /** Looks as often as it would in so many seconds, both nodes telling theirs. */
    private void pass(int seconds, long onA, long onB) {
        for (int i = 0; i < seconds; i++) {
            nowMs += 1_000;
            tells("a", 2, onA);
            tells("b", 2, onB);
            departures.look();
        }
    }

    private List<String> backends() {
        return live.current().service("", "web").backends().stream()
                .map(Backend::vnic)
                .toList();
    }

    @Test
    void aBackendLeavesWhenNoNodeHasAConnectionOfIt() {
        update("{\"removeBackends\":[\"web2\"]}");
        departures.look();
        pass(20, 1, 1);
        assertThat(backends()).containsExactly("web1", "web2");
        assertThat(tells("a", 2, 1)).as("it may finish").isEqualTo("[]");
        pass(20, 0, 1);
        assertThat(backends()).containsExactly("web1", "web2");
        pass(1, 0, 0);
        assertThat(backends()).containsExactly("web1");
    }

    /** A report from before the switch knew may lack a connection that began just then. */
    @Test
    void whatWasSaidBeforeIsNotBelieved() {
        tells("a", 0, 0);
        tells("b", 0, 0);
        update("{\"removeBackends\":[\"web2\"]}");
        departures.look();
        nowMs += 900;
        tells("a", 0, 0);
        tells("b", 0, 0);
        departures.look();
        assertThat(backends()).containsExactly("web1", "web2");
        nowMs += 900;
        tells("a", 0, 0);
        departures.look();
        assertThat(backends()).as("b said nothing yet").containsExactly("web1", "web2");
        tells("b", 0, 0);
        departures.look();
        assertThat(backends()).containsExactly("web1");
    }

    @Test
    void whatIsLeftAfterTheTimeoutIsCut() {
        update("{\"l4\":{\"drainTimeoutS\":30},\"removeBackends\":[\"web2\"]}");
        departures.look();
        pass(29, 1, 0);
        assertThat(backends()).containsExactly("web1", "web2");
        pass(1, 1, 0);
        assertThat(backends()).containsExactly("web1");
        assertThat(tells("a", 2, 1)).as("no service's any more").isEqualTo("[1]");
        assertThat(tells("a", 2, 0)).isEqualTo("[]");
    }

    @Test
    void whoCameBackStaysAndWhoseHostIsGoneDoesNot() {
        update("{\"removeBackends\":[\"web2\"]}");
        departures.look();
        update("{\"addBackends\":[\"web2:80\"]}");
        pass(400, 0, 0);
        assertThat(backends()).containsExactly("web1", "web2");
        update("{\"removeBackends\":[\"web2\"]}");
        departures.look();
        live.update(state -> Changes.observePorts(state, "b", new TreeMap<>(Map.of("vxlan0", 1))));
        departures.look();
        assertThat(backends()).containsExactly("web1");
    }
}
