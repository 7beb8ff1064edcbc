package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeOptionsTest {
    private static NodeOptions options(String name, Optional<String> control) {
        return options(name, control, NodeOptions.DEFAULT_WORKERS, NodeOptions.DEFAULT_STAMP_PORT);
    }

    private static NodeOptions options(String name, Optional<String> control, int workers, int stampPort) {
        return new NodeOptions(
                name,
                1,
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                control,
                Optional.empty(),
                Optional.empty(),
                NodeOptions.DEFAULT_BUSY_POLL_NS,
                workers,
                stampPort);
    }

    @Test
    void anExistingNetdevMayNameItsPortNumber() {
        assertThat(NodeOptions.NetdevPort.parse("3=eth9"))
                .isEqualTo(new NodeOptions.NetdevPort(Optional.of(3), "eth9"));
        assertThat(NodeOptions.NetdevPort.parse("eth9"))
                .isEqualTo(new NodeOptions.NetdevPort(Optional.empty(), "eth9"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0=eth9", "65280=eth9", "x=eth9", "3=", "3=a name", "aninterfacenametoolong"})
    void whatIsNoPortIsRefusedByName(String text) {
        assertThatThrownBy(() -> NodeOptions.NetdevPort.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("--port:");
    }

    @Test
    void optionsThatCannotBeAreRefusedByName() {
        assertThatThrownBy(() -> options("", Optional.empty())).hasMessageStartingWith("--name:");
        assertThatThrownBy(() -> options("a", Optional.of("tcp:1"))).hasMessageStartingWith("--control:");
        for (int workers : new int[] {-1, 0, 17}) {
            assertThatThrownBy(() -> options("a", Optional.empty(), workers, 862))
                    .hasMessage("--workers: 1 to 16 are possible, not " + workers);
        }
    }

    @Test
    void aNodeKeepsTheDatapathIdOfItsName() {
        assertThat(NodeOptions.datapathIdOf("a")).isEqualTo(NodeOptions.datapathIdOf("a"));
        assertThat(NodeOptions.datapathIdOf("a")).isNotEqualTo(NodeOptions.datapathIdOf("b"));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536})
    void aStampPortIsAPortOrNone(int port) {
        assertThatThrownBy(() -> options("a", Optional.empty(), 1, port))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--stamp-port")
                .hasMessageContaining(Integer.toString(port));
        assertThat(options("a", Optional.empty(), 1, 0).stampPort()).isZero();
    }
}
