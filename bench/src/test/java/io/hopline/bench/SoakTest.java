package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The soak, for as long as a test may take. */
@Tag("netns")
class SoakTest {
    @BeforeEach
    void needs() {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make network namespaces");
        assumeTrue(SoakCommand.hasPing(), "needs ping (package iputils-ping)");
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 2})
    void everyFrameIsAccountedForWhileLinksFlapAndFlowsChange(int workers) throws Exception {
        var said = new StringWriter();
        List<String> problems = new Soak(Duration.ofSeconds(14), 25, 1, workers, new PrintWriter(said)).run();
        assertThat(problems).as(said.toString()).isEmpty();
        assertThat(said.toString()).containsPattern("switch a: frames in +\\d").containsPattern("no_port=\\d");
        assertThat(said.toString())
                .containsPattern("udp [1-9]\\d* of [1-9]\\d* datagrams, tcp [1-9]\\d* streams")
                .containsPattern("ping [1-9]\\d* of");
    }
}
