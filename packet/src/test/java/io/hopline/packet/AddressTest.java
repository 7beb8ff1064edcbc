package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.0.1.11", "255.255.255.255", "128.1.2.3"})
    void ipv4AddressesAreReadAndWritten(String text) {
        assertThat(Ipv4Address.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.0.1", "10.0.1.256", "10.0.1.-1", "10.0.1.1.", "a.b.c.d", "10.0.1.1 ", "1e1.0.0.1"})
    void otherTextIsNamed(String text) {
        assertThatThrownBy(() -> Ipv4Address.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "::, ::",
        "::1, ::1",
        "1::, 1::",
        "fd00:8::2, fd00:8::2",
        "2001:DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:0db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "1:0:0:2:0:0:0:3, 1:0:0:2::3",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "0:0:0:0:0:1:0:0, ::1:0:0",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221"
    })
    void ipv6AddressesAreReadAndWrittenInOneForm(String text, String canonical) throws Exception {
        Ipv6Address address = Ipv6Address.parse(text);
        assertThat(address).hasToString(canonical);
        assertThat(IpAddress.parse(canonical)).isEqualTo(address);
        assertThat(address.bytes()).isEqualTo(InetAddress.getByName(text).getAddress());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "fe80::1%eth0",
                "[::1]",
                "g::1",
                "::ffff:10.0.1.11",
                "12345::",
                "1::2::3",
                "10.0.1.11"
            })
    void otherIpv6TextIsNamed(String text) {
        assertThatThrownBy(() -> Ipv6Address.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void anAddressOfEitherVersionIsRead() {
        assertThat(IpAddress.parse("10.0.1.11")).isEqualTo(new Ipv4Address(0x0a00010b));
        assertThat(IpAddress.parse("10.0.1.11").bytes()).containsExactly(10, 0, 1, 11);
        assertThat(Ipv6Address.parse("fe80::1").isLinkLocal()).isTrue();
        assertThat(Ipv6Address.parse("febf::1").isLinkLocal()).isTrue();
        assertThat(Ipv6Address.parse("fec0::1").isLinkLocal()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"00:00:00:00:00:00", "02:00:0a:00:01:0b", "ff:ff:ff:ff:ff:ff"})
    void macAddressesAreReadAndWritten(String text) {
        MacAddress mac = MacAddress.parse(text);
        assertThat(mac).hasToString(text);
        assertThat(MacAddress.of(mac.bytes())).isEqualTo(mac);
        assertThat(mac.isGroup()).isEqualTo(text.startsWith("ff"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "02:00:0a:00:01", "02-00-0a-00-01-0b", "02:00:0a:00:01:0g", "02:00:0a:00:01:0b:00"})
    void otherMacTextIsNamed(String text) {
        assertThatThrownBy(() -> MacAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }
}
