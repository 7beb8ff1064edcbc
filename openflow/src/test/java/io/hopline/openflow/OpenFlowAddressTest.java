package io.hopline.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OpenFlowAddressTest {
    @ParameterizedTest
    @CsvSource({
        "tcp:127.0.0.1:6633, false, 127.0.0.1, 6633",
        "tcp:127.0.0.1, false, 127.0.0.1, 6653",
        "tcp:[::1]:99, false, 0:0:0:0:0:0:0:1, 99",
        "tcp:[::1], false, 0:0:0:0:0:0:0:1, 6653",
        "ptcp:6633:127.0.0.1, true, 127.0.0.1, 6633",
        "ptcp:0:[::1], true, 0:0:0:0:0:0:0:1, 0",
    })
    void readsTcp(String text, boolean passive, String host, int port) {
        OpenFlowAddress address = OpenFlowAddress.parse(text);
        InetSocketAddress inet = (InetSocketAddress) address.socketAddress();
        assertThat(address.passive()).isEqualTo(passive);
        assertThat(inet.getAddress().getHostAddress()).isEqualTo(host);
        assertThat(inet.getPort()).isEqualTo(port);
    }

    @Test
    void readsUnix() {
        OpenFlowAddress address = OpenFlowAddress.parse("punix:/run/a.mgmt");
        assertThat(address.passive()).isTrue();
        assertThat(address.socketAddress()).isEqualTo(UnixDomainSocketAddress.of("/run/a.mgmt"));
        assertThat(OpenFlowAddress.parse("unix:/run/a.mgmt").passive()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tcp", "tcp:", "tcp:h:x", "tcp:h:65536", "ptcp:-1", "unix:", "udp:h:1", "ssl:h:1"})
    void saysWhatIsWrong(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OpenFlowAddress.parse(text))
                .withMessageContaining("'" + text + "'");
    }
}
