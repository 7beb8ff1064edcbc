package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Ipv4Address;
import io.hopline.sla.Sighting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyslogCollectorTest {
    @Test
    void nginxSaysWhoAskedAndHowLongItTook() {
        assertThat(SyslogCollector.parse("<190>Nov 22 12:00:00 hopline: 192.0.2.10:40001 200 1763812800.123 0.002"))
                .contains(new Sighting.ServerLog(
                        Ipv4Address.parse("192.0.2.10").bits(), 40_001, 200, 1_763_812_800_123_000_000L, 2_000_000L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<190>hello",
                "999.0.2.10:40001 200 1763812800.123 0.002",
                "192.0.2.10:40001 200 1763812800.123",
                "192.0.2.10:40001 200 1763812800.123 0.002 and more"
            })
    void anythingElseIsIgnored(String line) {
        assertThat(SyslogCollector.parse(line)).isEmpty();
    }
}
