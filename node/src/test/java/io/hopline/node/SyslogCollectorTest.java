package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.sla.Endpoint;
import io.hopline.sla.Sighting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyslogCollectorTest {
    @Test
    void nginxSaysWhoAskedAndHowLongItTook() {
        assertThat(SyslogCollector.parse("<190>Nov 22 12:00:00 hopline: 192.0.2.10:40001 200 1763812800.123 0.002"))
                .contains(new Sighting.ServerLog(
                        Endpoint.parse("192.0.2.10:40001"), 200, 1_763_812_800_123_000_000L, 2_000_000L));
        assertThat(SyslogCollector.parse("<190>Nov 22 12:00:00 hopline: 2001:db8::7:40001 200 1763812800.123 0.002"))
                .contains(new Sighting.ServerLog(
                        Endpoint.parse("[2001:db8::7]:40001"), 200, 1_763_812_800_123_000_000L, 2_000_000L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<190>hello",
                "2001:db8::g:40001 200 1763812800.123 0.002",
                "999.0.2.10:40001 200 1763812800.123 0.002",
                "192.0.2.10:40001 200 1763812800.123",
                "192.0.2.10:40001 200 1763812800.123 0.002 and more"
            })
    void anythingElseIsIgnored(String line) {
        assertThat(SyslogCollector.parse(line)).isEmpty();
    }
}
