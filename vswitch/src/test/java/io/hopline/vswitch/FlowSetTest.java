package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.FlowMod;
import io.hopline.openflow.Match;
import io.hopline.openflow.OxmField;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Flows of one mask against a plain map, and what was given to the worker against later changes. */
class FlowSetTest {
    private static final KeyMatch ANY_METADATA = bits(0);

    private static KeyMatch bits(long metadata) {
        return KeyMatch.of(Match.builder().metadata(metadata).build());
    }

    private static FlowEntry flow(long metadata, int priority) {
        FlowMod mod = FlowMod.add(0)
                .priority(priority)
                .match(Match.builder().metadata(metadata).build())
                .build();
        return new FlowEntry(mod, bits(metadata), List.of(), new FlowEntry.Counters(0), 0, 0);
    }

    private static long[] key(long metadata) {
        long[] key = new long[FlowKey.WORDS];
        key[FlowKey.METADATA] = metadata;
        return key;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void behavesAsAMapAndNeverChangesWhatItGaveOut(long seed) {
        Random random = new Random(seed);
        FlowSet set = new FlowSet(ANY_METADATA.mask);
        Map<Long, FlowEntry> model = new HashMap<>();
        List<Subtable> given = new ArrayList<>();
        List<Map<Long, FlowEntry>> models = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            long value = random.nextInt(3_000);
            FlowEntry old = model.remove(value);
            if (old != null) {
                assertThat(set.find(old.bits, old.priority)).isSameAs(old);
                set.remove(old);
                assertThat(set.find(old.bits, old.priority)).isNull();
            } else {
                FlowEntry now = flow(value, random.nextInt(4));
                set.add(now);
                model.put(value, now);
            }
            if (i % 2_000 == 1_999) {
                given.add(set.build());
                models.add(new HashMap<>(model));
            }
        }
        List<FlowEntry> visited = new ArrayList<>();
        set.forEach(visited::add);
        assertThat(visited).containsExactlyInAnyOrderElementsOf(model.values());
        for (int i = 0; i < given.size(); i++) {
            for (long value = 0; value < 3_000; value++) {
                assertThat(given.get(i).lookup(key(value)))
                        .isSameAs(models.get(i).get(value));
            }
        }
    }

    @Test
    void ofFlowsThatDifferInPriorityAloneTheHighestIsFoundAndTheyCostNoDirectory() {
        FlowSet set = new FlowSet(ANY_METADATA.mask);
        List<FlowEntry> flows = new ArrayList<>();
        for (int priority = 0; priority < 1_000; priority++) {
            FlowEntry flow = flow(7, priority);
            flows.add(flow);
            set.add(flow);
        }
        assertThat(set.build().maxPriority).isEqualTo(999);
        for (int priority = 999; priority > 0; priority--) {
            assertThat(set.build().lookup(key(7))).isSameAs(flows.get(priority));
            set.remove(flows.get(priority));
            assertThat(set.hasPriority(priority)).isFalse();
        }
        assertThat(set.build().maxPriority).isZero();
        set.remove(flows.getFirst());
        assertThat(set.isEmpty()).isTrue();
    }

    @Test
    void masksTellWhichFlowsAreLookedThroughForAWiderMatch() {
        FlowTable table = new FlowTable();
        FlowEntry exact = flow(5, 1);
        table.add(exact);
        Match finer = Match.builder().inPort(1).metadata(5).build();
        FlowMod mod = FlowMod.add(0).priority(1).match(finer).build();
        FlowEntry fine = new FlowEntry(mod, KeyMatch.of(finer), List.of(), new FlowEntry.Counters(0), 0, 1);
        table.add(fine);
        List<FlowEntry> covered = new ArrayList<>();
        table.forEachCovered(
                KeyMatch.of(Match.builder().masked(OxmField.METADATA, 4, 4).build()), covered::add);
        assertThat(covered).containsExactlyInAnyOrder(exact, fine);
        covered.clear();
        table.forEachCovered(KeyMatch.of(finer), covered::add);
        assertThat(covered).containsExactly(fine);
        covered.clear();
        table.forEachCovered(bits(6), covered::add);
        assertThat(covered).isEmpty();
        assertThat(table.overlapping(bits(5), 1)).hasSize(2);
        assertThat(table.overlapping(bits(5), 2)).isEmpty();
    }
}
