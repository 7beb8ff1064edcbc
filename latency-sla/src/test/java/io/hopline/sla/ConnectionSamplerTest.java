package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionSamplerTest {
    /** Worked out apart from this code, so that a packet filter in the kernel can be held against it. */
    @ParameterizedTest
    @CsvSource({"0, 0, 0", "1, 0, 0x85EFE535", "0, 1, 0xF281BE04", "0xC6336407, 40000, 0x2129958B"})
    void hashIsTheAgreedOne(String ip, int port, String hash) {
        assertThat(ConnectionSampler.hash(Long.decode(ip).intValue(), port))
                .isEqualTo(Long.decode(hash).intValue());
    }

    @Test
    void anIpv6AddressCountsAsItsFourWords() {
        assertThat(ConnectionSampler.fold(0x0000_0001_0000_0020L, 0x0000_0300_0000_4000L))
                .isEqualTo(0x4321);
        assertThat(ConnectionSampler.fold(0, 0xC633_6407L)).isEqualTo(0xC633_6407);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 64})
    void picksOneInN(int n) {
        ConnectionSampler sampler = ConnectionSampler.oneIn(n);
        int picked = 0;
        int clients = 64_000;
        for (int i = 0; i < clients; i++) {
            picked += sampler.sampled(0xC6336400 + i % 7, 1024 + i) ? 1 : 0;
        }
        assertThat((double) picked * n / clients).isBetween(0.9, 1.1);
        assertThat(sampler.oneIn()).isEqualTo(n);
    }

    @Test
    void aConnectionPickedAmongFewIsPickedAmongMore() {
        for (int port = 1; port < 65_536; port++) {
            if (ConnectionSampler.oneIn(64).sampled(0x0A000001, port)) {
                assertThat(ConnectionSampler.oneIn(8).sampled(0x0A000001, port)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -8, 3, 100})
    void refusesWhatIsNoPowerOfTwo(int n) {
        assertThatThrownBy(() -> ConnectionSampler.oneIn(n)).hasMessageContaining("not one in " + n);
    }
}
