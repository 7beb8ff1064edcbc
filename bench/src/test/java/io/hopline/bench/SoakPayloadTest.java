package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SoakPayloadTest {
    @Test
    void findsTheFirstByteThatIsNotItsSeeds() {
        byte[] bytes = new byte[1_003];
        SoakPayload.fill(bytes, 2, 1_001, 7);
        assertThat(SoakPayload.firstWrong(bytes, 2, 1_001, 7)).isEqualTo(-1);
        assertThat(SoakPayload.firstWrong(bytes, 2, 1_001, 8)).isBetween(0, 3);
        for (int at : new int[] {0, 7, 8, 999, 1_000}) {
            bytes[2 + at] ^= 1;
            assertThat(SoakPayload.firstWrong(bytes, 2, 1_001, 7)).isEqualTo(at);
            bytes[2 + at] ^= 1;
        }
    }

    @Test
    void isNotTheSameForTheNextPieceOrFlow() {
        assertThat(SoakPayload.seed(1, 2)).isNotEqualTo(SoakPayload.seed(1, 3)).isNotEqualTo(SoakPayload.seed(2, 2));
    }
}
