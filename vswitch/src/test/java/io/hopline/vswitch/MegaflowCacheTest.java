package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MegaflowCacheTest {
    private static final long SECOND = 1_000_000_000L;

    private static long[] key(int word, long value) {
        long[] key = new long[FlowKey.WORDS];
        key[word] = value;
        return key;
    }

    private static Program program(long[] maskBits, long[] key) {
        KeyMatch match = KeyMatch.of(KeyMask.of(maskBits), key);
        Classifier.TableCounters[] none = {};
        return new Program(1, match, match, 1, Step.NONE, new FlowEntry[0], none, none);
    }

    private static Program program(int word, long value) {
        return program(key(word, -1), key(word, value));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void findsWhatIsInItAndVoidsWhatGoes(long seed) {
        Random random = new Random(seed);
        MegaflowCache cache = new MegaflowCache(MegaflowCache.MAX_MEGAFLOWS);
        @Nullable Program[] model = new Program[2_000];
        for (int i = 0; i < 30_000; i++) {
            int value = random.nextInt(model.length);
            Program known = model[value];
            assertThat(cache.lookup(key(FlowKey.METADATA, value))).isSameAs(known);
            if (known == null) {
                Program added = program(FlowKey.METADATA, value);
                assertThat(cache.insert(added)).isTrue();
                model[value] = added;
            } else if (random.nextBoolean()) {
                cache.remove(known);
                assertThat(known.epoch).isEqualTo(Program.VOID);
                model[value] = null;
            }
        }
        assertThat(cache.masks()).isEqualTo(1);
        cache.clear();
        assertThat(cache.size()).isZero();
        assertThat(model)
                .allSatisfy(program -> assertThat(program == null || program.epoch == Program.VOID)
                        .isTrue());
    }

    @Test
    void whenFullPutsOutTheOneLongestUnusedOfThoseTheHandPointsAt() {
        MegaflowCache cache = new MegaflowCache(8);
        List<Program> programs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Program program = program(FlowKey.METADATA, i);
            program.handOver(i == 2 ? 1 : 100, true);
            cache.insert(program);
            programs.add(program);
        }
        cache.insert(program(FlowKey.METADATA, 8));
        assertThat(cache.size()).isEqualTo(8);
        assertThat(programs)
                .filteredOn(program -> program.epoch == Program.VOID)
                .containsExactly(programs.get(2));
        for (int i = 9; i < 100; i++) {
            cache.insert(program(FlowKey.TUNNEL_ID, i));
            assertThat(cache.size()).isEqualTo(8);
            assertThat(cache.lookup(key(FlowKey.TUNNEL_ID, i))).isNotNull();
        }
    }

    @Test
    void keepsNoMoreMasksThanAllowed() {
        MegaflowCache cache = new MegaflowCache(MegaflowCache.MAX_MEGAFLOWS);
        for (int i = 0; i < MegaflowCache.MAX_MASKS; i++) {
            assertThat(cache.insert(program(key(FlowKey.METADATA, i + 1), key(FlowKey.METADATA, 0))))
                    .isTrue();
        }
        Program tooMany = program(FlowKey.METADATA, 0);
        assertThat(cache.insert(tooMany)).isFalse();
        assertThat(cache.size()).isEqualTo(MegaflowCache.MAX_MASKS);
        assertThat(cache.mask().bits(FlowKey.METADATA)).isEqualTo(0xff);
    }

    @Test
    void letsGoOfWhatNobodyUsesAFewAtATime() {
        MegaflowCache cache = new MegaflowCache(MegaflowCache.MAX_MEGAFLOWS);
        for (int i = 0; i < 1_000; i++) {
            Program program = program(i < 500 ? FlowKey.METADATA : FlowKey.TUNNEL_ID, i);
            program.handOver(i < 500 ? SECOND : 20 * SECOND, true);
            cache.insert(program);
        }
        Program fresh = program(FlowKey.METADATA, 5_000);
        cache.insert(fresh);
        long nowNs = SECOND + MegaflowCache.IDLE_NS;
        cache.sweep(nowNs);
        assertThat(cache.size()).isEqualTo(1_001);
        cache.sweep(nowNs + 2_000_000);
        assertThat(cache.size()).isBetween(1_001 - 64, 1_000);
        for (int i = 0; i < 40; i++) {
            cache.sweep(nowNs + (i + 2) * 2_000_000L);
        }
        assertThat(cache.size()).isEqualTo(501);
        assertThat(cache.lookup(key(FlowKey.METADATA, 5_000))).isSameAs(fresh);
        assertThat(cache.masks()).isEqualTo(2);
    }
}
