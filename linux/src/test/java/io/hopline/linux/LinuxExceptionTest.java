package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LinuxExceptionTest {
    @Test
    void namesCallArgumentsAndErrnosText() {
        LinuxException e = LinuxException.of("bind", "192.0.2.1:4789", Errno.EADDRINUSE);
        assertThat(e).hasMessage("bind(192.0.2.1:4789): Address already in use (errno 98)");
        assertThat(e.call()).isEqualTo("bind");
        assertThat(e.errno()).isEqualTo(98);
    }

    @Test
    void missingPrivilegeSaysWhatIsNeeded() {
        assertThat(LinuxException.of("socket", "AF_PACKET", Errno.EPERM))
                .hasMessage("socket(AF_PACKET): Operation not permitted; this needs root (CAP_NET_ADMIN, CAP_NET_RAW)"
                        + " (errno 1)");
    }

    @Test
    void errnoComesFromTheCallThatFailed() {
        assertThatThrownBy(() -> Descriptor.open("/no/such/file", Descriptor.O_RDONLY))
                .hasMessage("open(/no/such/file): No such file or directory (errno 2)");
        assertThatThrownBy(() -> NetNs.open("no-such-namespace"))
                .hasMessageContaining("no network namespace 'no-such-namespace'");
        assertThatThrownBy(() -> NetNs.open("../etc/passwd")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NetDevice.open("no-such-dev").index())
                .hasMessage("ioctl SIOCGIFINDEX(device 'no-such-dev'): No such device (errno 19)");
    }
}
