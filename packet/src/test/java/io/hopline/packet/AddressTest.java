package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
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
