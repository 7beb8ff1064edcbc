package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class TapTest {
    @Test
    void failuresSayWhatIsWrongInTheUsersWords() {
        assertThat(Tap.failure("tap0", Errno.EPERM))
                .hasMessage("ioctl TUNSETIFF(name 'tap0'): making TAP 'tap0' needs root (CAP_NET_ADMIN) (errno 1)");
        assertThat(Tap.failure("tap0", Errno.EBUSY)).hasMessageContaining("TAP name 'tap0' is busy");
        assertThat(Tap.failure("eth0", Errno.EINVAL)).hasMessageContaining("taken by another kind of device");
        assertThat(Tap.failure("tap0", Errno.ENOBUFS)).hasMessageContaining("No buffer space available (errno 105)");
    }

    @Test
    void refusesNamesNoDeviceCanHave() {
        for (String name : new String[] {"", "sixteen-letters-", "a b", "a/b", "a:b", "..", "caf\u00e9"}) {
            assertThatThrownBy(() -> Tap.open(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not a network device name");
        }
    }

    @Test
    @Tag("netns")
    void aNameInUseIsBusyAndATapKnowsItsNameAfterAMove() {
        assumeTrue(Namespaces.possible(), Namespaces.REASON);
        try (NetNs ns = NetNs.anonymous();
                NetNs other = NetNs.anonymous()) {
            try (Tap tap = ns.call(() -> Tap.open("tap0"))) {
                assertThatThrownBy(() -> ns.call(() -> Tap.open("tap0")))
                        .isInstanceOf(LinuxException.class)
                        .hasMessageContaining("TAP name 'tap0' is busy")
                        .satisfies(e -> assertThat(((LinuxException) e).errno()).isEqualTo(Errno.EBUSY));
                ns.run(() -> other.adopt("tap0", "lan0"));
                assertThat(tap.deviceName()).isEqualTo("lan0");
                assertThat(other.ip("-d", "link", "show", "dev", "lan0"))
                        .contains("vnet_hdr on")
                        .contains("UP");
            }
            assertThat(other.ip("link")).doesNotContain("lan0");
        }
    }

    @Test
    @Tag("netns")
    void aNameOfAnotherKindOfDeviceIsSaid() {
        assumeTrue(Namespaces.possible(), Namespaces.REASON);
        try (NetNs ns = NetNs.anonymous()) {
            ns.ip("link", "add", "pair0", "type", "veth", "peer", "name", "pair1");
            assertThatThrownBy(() -> ns.call(() -> Tap.open("pair0")))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("'pair0'");
        }
    }
}
