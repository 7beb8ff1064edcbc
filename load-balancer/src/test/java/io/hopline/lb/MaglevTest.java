package io.hopline.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaglevTest {
    private static List<Maglev.Backend> backends(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Maglev.Backend("web" + i))
                .toList();
    }

    /** The name of the backend that every possible slot leads to, by walking hashes until the table is covered well. */
    private static String[] owners(Maglev table, int samples) {
        Random random = new Random(7);
        return IntStream.range(0, samples)
                .mapToObj(i ->
                        table.backends().get(table.select(random.nextInt())).name())
                .toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10, 100, 655})
    void everyEntryIsTakenAndSharesAreEven(int count) {
        Maglev table = Maglev.of(backends(count));
        int sum = 0;
        for (int i = 0; i < count; i++) {
            int entries = table.entries(i);
            sum += entries;
            assertThat(entries).isBetween(Maglev.TABLE_SIZE / count, Maglev.TABLE_SIZE / count + 1);
        }
        assertThat(sum).isEqualTo(Maglev.TABLE_SIZE);
    }

    @Test
    void entriesFollowTheWeights() {
        Maglev table = Maglev.of(List.of(
                new Maglev.Backend("a", 3),
                new Maglev.Backend("b", 1),
                new Maglev.Backend("c", 0),
                new Maglev.Backend("d", 2)));
        assertThat(table.entries(0)).isCloseTo(Maglev.TABLE_SIZE / 2, org.assertj.core.data.Offset.offset(3));
        assertThat(table.entries(1)).isCloseTo(Maglev.TABLE_SIZE / 6, org.assertj.core.data.Offset.offset(3));
        assertThat(table.entries(2)).isZero();
        assertThat(table.entries(3)).isCloseTo(Maglev.TABLE_SIZE / 3, org.assertj.core.data.Offset.offset(3));
    }

    @Test
    void theOrderOfTheListDoesNotMatter() {
        List<Maglev.Backend> shuffled = new ArrayList<>(backends(20));
        Collections.shuffle(shuffled, new Random(1));
        assertThat(owners(Maglev.of(shuffled), 50_000)).isEqualTo(owners(Maglev.of(backends(20)), 50_000));
    }

    /** Pins the hashes: a new version of this program must fill the same table as the one on the next machine. */
    @Test
    void theTableIsTheSameOnEveryMachine() {
        Maglev table = Maglev.of(List.of(new Maglev.Backend("web1"), new Maglev.Backend("web2")));
        StringBuilder picks = new StringBuilder();
        for (int hash = 0; hash < 32; hash++) {
            picks.append(table.select(hash * 0x01010101));
        }
        assertThat(picks).hasToString(PINNED);
    }

    private static final String PINNED = "11100011100011011111100010011101";

    @ParameterizedTest
    @ValueSource(ints = {3, 10, 100})
    void removingOneBackendMovesLittleElse(int count) {
        Maglev before = Maglev.of(backends(count));
        List<Maglev.Backend> fewer = new ArrayList<>(backends(count));
        fewer.remove(count / 2);
        String gone = "web" + count / 2;
        String[] was = owners(before, 200_000);
        String[] is = owners(Maglev.of(fewer), 200_000);
        int orphans = 0;
        int disturbed = 0;
        for (int i = 0; i < was.length; i++) {
            if (was[i].equals(gone)) {
                orphans++;
            } else if (!was[i].equals(is[i])) {
                disturbed++;
            }
        }
        double percent = 100.0 * disturbed / (was.length - orphans);
        System.out.printf(
                "Maglev: removing 1 of %d backends moved %.2f%% of the flows of the others (its own: %.2f%%)%n",
                count, percent, 100.0 * orphans / was.length);
        assertThat(percent).isLessThan(5);
    }

    /** The paper's figure 12: a larger table keeps more of the surviving connections where they are. */
    @Test
    void aFailureAmongAThousandBackendsMovesFewOfTheOthersEntries() {
        Disruption one = Disruption.of(1_000, Maglev.TABLE_SIZE, 1, 40, 20_160_316);
        assertThat(one.survivors())
                .isCloseTo(40L * Maglev.TABLE_SIZE, org.assertj.core.data.Percentage.withPercentage(1));
        assertThat(one.share()).isPositive().isLessThanOrEqualTo(0.006);
        Disruption ten = Disruption.of(1_000, Maglev.TABLE_SIZE, 10, 2, 1);
        assertThat(ten.share()).isBetween(one.share(), 0.06);
        assertThat(Disruption.of(1_000, Maglev.LARGE_TABLE_SIZE, 10, 1, 1).share())
                .isLessThan(ten.share() / 2);
    }

    @Test
    void flowsSpreadEvenlyEvenWhenTheirHashesAreNeighbours() {
        Maglev table = Maglev.of(backends(4));
        int[] flows = new int[4];
        for (int hash = 0; hash < 40_000; hash++) {
            flows[table.select(hash)]++;
        }
        assertThat(IntStream.of(flows).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(9_500, 10_500));
    }

    @Test
    void anEmptyTableSelectsNothing() {
        assertThat(Maglev.of(List.of()).select(12)).isEqualTo(-1);
        assertThat(Maglev.of(List.of(new Maglev.Backend("a", 0))).select(12)).isEqualTo(-1);
    }

    @Test
    void refusesWhatCannotBeATable() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Maglev.of(List.of(new Maglev.Backend("a"), new Maglev.Backend("a"))))
                .withMessage("backend 'a' is listed twice");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Maglev.of(backends(Maglev.MAX_BACKENDS + 1)))
                .withMessageContaining("4097 backends are more than the 4096");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Maglev.of(backends(3), 65_536))
                .withMessageContaining("prime");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Maglev.Backend("a", -1))
                .withMessageContaining("weight of backend 'a' must be 0 to 65535, not -1");
    }
}
