package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random flows, random packets and changes in between: whatever is cached, the switch does what walking a list of flows
 * would do.
 */
class CachedForwardingTest {
    private static final int TABLES = 3;
    private static final int ROUNDS = 120;

    /** A packet as plain numbers by field. */
    private static final class Model {
        final Map<OxmField, Long> fields = new EnumMap<>(OxmField.class);

        Model(Random random) {
            fields.put(OxmField.IN_PORT, 1L + random.nextInt(2));
            fields.put(OxmField.ETH_DST, 0x0200_0000_0010L + random.nextInt(3));
            fields.put(OxmField.ETH_SRC, 0x0200_0000_0020L + random.nextInt(3));
            fields.put(OxmField.ETH_TYPE, 0x0800L);
            fields.put(OxmField.IP_PROTO, random.nextBoolean() ? 6L : 17L);
            fields.put(OxmField.IPV4_SRC, 0x0a000000L + random.nextInt(8));
            fields.put(OxmField.IPV4_DST, 0x0a000100L + random.nextInt(8));
            fields.put(OxmField.IP_TTL, 20L + random.nextInt(3));
            fields.put(OxmField.TCP_SRC, 1L + random.nextInt(3));
            fields.put(OxmField.TCP_DST, 1L + random.nextInt(3));
            fields.put(OxmField.METADATA, 0L);
            fields.put(OxmField.REG0, 0L);
            fields.put(OxmField.REG1, 0L);
        }

        Model(Model other) {
            fields.putAll(other.fields);
        }

        long value(OxmField field) {
            return fields.getOrDefault(field, 0L);
        }

        byte[] bytes() {
            int source = (int) value(OxmField.TCP_SRC);
            int destination = (int) value(OxmField.TCP_DST);
            byte[] payload = value(OxmField.IP_PROTO) == 6
                    ? Packets.tcpSegment(source, destination, Packets.ACK, 3)
                    : Packets.udpDatagram(source, destination, 3);
            String from = new Ipv4Address((int) value(OxmField.IPV4_SRC)).toString();
            String to = new Ipv4Address((int) value(OxmField.IPV4_DST)).toString();
            byte[] frame = Packets.ipv4((int) value(OxmField.IP_PROTO), from, to, payload);
            frame = Packets.with(frame, 0, bytes(value(OxmField.ETH_DST)));
            frame = Packets.with(frame, 6, bytes(value(OxmField.ETH_SRC)));
            return Packets.complete(Packets.with(frame, 22, (int) value(OxmField.IP_TTL)));
        }

        private static int[] bytes(long mac) {
            int[] bytes = new int[6];
            for (int i = 0; i < 6; i++) {
                bytes[i] = (int) (mac >>> 8 * (5 - i)) & 0xff;
            }
            return bytes;
        }
    }

    /** A flow of the list, with what it should have counted. */
    private static final class Rule {
        final FlowMod mod;
        long packets;

        Rule(FlowMod mod, long packets) {
            this.mod = mod;
            this.packets = packets;
        }

        boolean matches(Model packet) {
            for (FieldMatch field : mod.match().fields()) {
                if ((packet.value(field.field()) & field.maskLow()) != field.low()) {
                    return false;
                }
            }
            return true;
        }
    }

    private final List<Rule> rules = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();

    private @Nullable Rule find(int table, Model packet) {
        Rule best = null;
        for (Rule rule : rules) {
            if (rule.mod.tableId() == table
                    && rule.matches(packet)
                    && (best == null || rule.mod.priority() > best.mod.priority())) {
                best = rule;
            }
        }
        return best;
    }

    private void walk(int first, Model packet) {
        int table = first;
        while (table >= 0) {
            Rule rule = find(table, packet);
            if (rule == null) {
                return;
            }
            rule.packets++;
            table = -1;
            for (Instruction instruction : rule.mod.instructions()) {
                if (instruction instanceof Instruction.ApplyActions apply) {
                    apply.actions().forEach(action -> act(action, packet));
                } else if (instruction instanceof Instruction.WriteMetadata write) {
                    packet.fields.merge(
                            OxmField.METADATA, write.value(), (old, now) -> old & ~write.mask() | now & write.mask());
                } else if (instruction instanceof Instruction.GotoTable go) {
                    table = go.tableId();
                }
            }
        }
    }

    private void act(Action action, Model packet) {
        switch (action) {
            case Action.Output output -> {
                if (output.port() != packet.value(OxmField.IN_PORT)) {
                    expected.add(output.port() + " " + java.util.HexFormat.of().formatHex(packet.bytes()));
                }
            }
            case Action.SetField set -> packet.fields.put(set.field(), set.low());
            case Action.DecNwTtl dec -> packet.fields.merge(OxmField.IP_TTL, -1L, Long::sum);
            case Action.RegMove move -> {
                long ones = (1L << move.bits()) - 1;
                long bits = packet.value(move.source()) >>> move.sourceOffset() & ones;
                long cleared = packet.value(move.destination()) & ~(ones << move.destinationOffset());
                packet.fields.put(move.destination(), cleared | bits << move.destinationOffset());
            }
            case Action.Resubmit resubmit -> walk(resubmit.table(), packet);
            default -> throw new IllegalArgumentException("not modelled: " + action);
        }
    }

    private static Match randomMatch(Random random) {
        Match.Builder match = Match.builder();
        if (random.nextInt(3) == 0) {
            match.inPort(1 + random.nextInt(2));
        }
        if (random.nextInt(3) == 0) {
            match.ethDst(new MacAddress(0x0200_0000_0010L + random.nextInt(3)));
        }
        if (random.nextInt(4) == 0) {
            match.metadata(random.nextInt(4), 3);
        }
        if (random.nextInt(4) == 0) {
            match.masked(OxmField.REG0, random.nextInt(2), 1);
        }
        if (random.nextInt(3) == 0) {
            return match.build();
        }
        match.ethType(0x0800);
        if (random.nextInt(3) == 0) {
            match.ipv4Dst(new Ipv4Address(0x0a000100 + random.nextInt(8)), 29 + random.nextInt(4));
        }
        if (random.nextInt(4) == 0) {
            match.ipv4Src(new Ipv4Address(0x0a000000 + random.nextInt(8)));
        }
        if (random.nextInt(6) == 0) {
            match.exact(OxmField.IP_TTL, 17 + random.nextInt(6));
        }
        if (random.nextInt(4) == 0) {
            match.ipProto(6);
            if (random.nextBoolean()) {
                match.tcpDst(1 + random.nextInt(3));
            }
        }
        return match.build();
    }

    private static List<Instruction> randomInstructions(Random random, int table, Match match) {
        List<Action> actions = new ArrayList<>();
        boolean ip = match.has(OxmField.ETH_TYPE);
        for (int i = random.nextInt(4); i >= 0; i--) {
            switch (random.nextInt(ip ? 8 : 4)) {
                case 0 -> actions.add(Action.output(2 + random.nextInt(3)));
                case 1 -> actions.add(Action.set(OxmField.REG0, random.nextInt(4)));
                case 2 -> actions.add(Action.set(OxmField.ETH_DST, 0x0200_0000_0010L + random.nextInt(3)));
                case 3 -> actions.add(new Action.RegMove(OxmField.ETH_SRC, 0, OxmField.REG0, 0, 2));
                case 4 -> actions.add(new Action.RegMove(OxmField.IPV4_DST, 0, OxmField.REG0, 1, 2));
                case 5 -> actions.add(new Action.RegMove(OxmField.REG0, 0, OxmField.IPV4_DST, 0, 2));
                case 6 -> actions.add(Action.set(OxmField.IPV4_DST, 0x0a000100 + random.nextInt(8)));
                default -> {
                    if (table == 0) {
                        actions.add(new Action.DecNwTtl());
                    }
                }
            }
        }
        if (table + 1 < TABLES && random.nextInt(4) == 0) {
            actions.add(new Action.Resubmit(OpenFlow.PORT_IN_PORT, TABLES - 1));
        }
        List<Instruction> instructions = new ArrayList<>(List.of(new Instruction.ApplyActions(actions)));
        if (table + 1 < TABLES && random.nextInt(3) != 0) {
            instructions.add(new Instruction.WriteMetadata(random.nextInt(4), 1 + random.nextInt(3)));
            instructions.add(new Instruction.GotoTable(table + 1));
        }
        return instructions;
    }

    private void change(Random random, Rig rig, int priority) {
        int kind = random.nextInt(10);
        if (kind < 5 || rules.isEmpty()) {
            int table = random.nextInt(TABLES);
            Match match = random.nextInt(8) == 0 ? Match.ANY : randomMatch(random);
            FlowMod mod = FlowMod.add(table)
                    .priority(match == Match.ANY ? 0 : priority)
                    .match(match)
                    .instructions(randomInstructions(random, table, match))
                    .build();
            rig.control.flowMod(mod);
            long packets = 0;
            for (Rule same : List.copyOf(rules)) {
                if (same.mod.tableId() == table && same.mod.priority() == mod.priority()) {
                    packets = same.packets;
                    rules.remove(same);
                }
            }
            rules.add(new Rule(mod, packets));
            return;
        }
        Rule rule = rules.get(random.nextInt(rules.size()));
        FlowMod mod = rule.mod;
        rules.remove(rule);
        if (kind < 8) {
            rig.flow(
                    FlowMod.deleteStrict(mod.tableId()).priority(mod.priority()).match(mod.match()));
            return;
        }
        List<Instruction> instructions = randomInstructions(random, mod.tableId(), mod.match());
        rig.flow(FlowMod.modifyStrict(mod.tableId())
                .priority(mod.priority())
                .match(mod.match())
                .instructions(instructions));
        FlowMod now = FlowMod.add(mod.tableId())
                .priority(mod.priority())
                .match(mod.match())
                .instructions(instructions)
                .build();
        rules.add(new Rule(now, rule.packets));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void doesWhatAListOfFlowsWouldDo(long seed) {
        Random random = new Random(seed);
        try (Rig rig = new Rig()) {
            List<Model> packets = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                packets.add(new Model(random));
            }
            int priority = 1;
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = random.nextInt(4); i >= 0; i--) {
                    change(random, rig, priority++);
                }
                rig.settle();
                for (int i = 0; i < 40; i++) {
                    check(rig, packets.get(random.nextInt(packets.size())), "seed " + seed + " round " + round);
                }
            }
            assertThat(rig.control.flowStats(FlowQuery.ALL))
                    .extracting(FlowStats::tableId, FlowStats::priority, FlowStats::packets)
                    .containsExactlyInAnyOrderElementsOf(rules.stream()
                            .map(rule -> org.assertj.core.groups.Tuple.tuple(
                                    rule.mod.tableId(), rule.mod.priority(), rule.packets))
                            .toList());
            CacheCounters counters = rig.datapath.cacheCounters();
            assertThat(counters.lookups()).isEqualTo(ROUNDS * 40);
            assertThat(counters.megaflowHits()).isPositive();
            assertThat(counters.revalidations()).isPositive();
            assertThat(counters.translations()).isLessThan(counters.lookups());
        }
    }

    private void check(Rig rig, Model packet, String where) {
        expected.clear();
        walk(0, new Model(packet));
        rig.receive((int) packet.value(OxmField.IN_PORT), packet.bytes());
        List<String> sent = new ArrayList<>();
        for (int port = 1; port < rig.ports.length; port++) {
            for (byte[] frame : rig.sent(port)) {
                sent.add(port + " " + java.util.HexFormat.of().formatHex(frame));
            }
        }
        assertThat(sent).as("%s, %s", where, packet.fields).containsExactlyInAnyOrderElementsOf(expected);
    }
}
