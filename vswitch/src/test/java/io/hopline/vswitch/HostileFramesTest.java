package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.VnetHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random, truncated and mangled frames through a pipeline that uses everything: nothing throws, nothing is lost or leaks. */
class HostileFramesTest {
    private static final int FRAMES = 20_000;

    private static List<byte[]> seeds() {
        String a = "fd000000000000000000000000000001";
        String b = "fd000000000000000000000000000002";
        byte[] tcp = Packets.tcp("10.0.0.1", 1000, "10.0.0.2", 80, Packets.SYN, 700);
        byte[] quoted = Packets.payload(Packets.tcp("10.0.0.1", 1000, "10.0.0.9", 8080, Packets.SYN), 14);
        return List.of(
                tcp,
                Packets.tcp("10.0.0.1", 1000, "10.0.0.2", 80, Packets.ACK, 1400),
                Packets.udp("10.0.0.1", 1000, "10.0.0.2", 53, 40),
                Packets.echo("10.0.0.1", "10.0.0.2", false, 7),
                Packets.icmp("10.0.0.9", "10.0.0.1", 3, 4, 1400, quoted),
                Packets.arp(1, Packets.MAC_A, "10.0.0.1", 0, "10.0.0.2"),
                Packets.vlan(tcp, 0x8100, 5),
                Packets.vlan(Packets.vlan(tcp, 0x8100, 5), 0x88a8, 6),
                Packets.ipv6(6, a, b, Packets.tcpSegment(1, 80, Packets.SYN, 1350)),
                Packets.ipv6(17, a, b, Packets.udpDatagram(1, 53, 10)),
                Packets.ipv6(58, a, b, Packets.hex("8700000000000000" + b + "0101020000000001")),
                Packets.ipv4(132, "10.0.0.1", "10.0.0.2", new byte[20]));
    }

    private static void pipeline(Rig rig) {
        rig.ports[3].mtu = 1300;
        Action.Nat nat = Action.Nat.destination(Ipv4Address.parse("10.0.0.9"), 8080);
        rig.group(GroupMod.add(
                GroupType.SELECT,
                1,
                List.of(
                        Bucket.weighted(1, Action.Ct.commit(1, 3, nat)),
                        Bucket.weighted(1, new Action.DecNwTtl(), Action.output(2)))));
        rig.group(GroupMod.add(
                GroupType.ALL,
                2,
                List.of(
                        Bucket.of(new Action.PushVlan(0x8100), Action.set(OxmField.VLAN_VID, 0x1009), Action.output(2)),
                        Bucket.of(Action.Ct.track(2, 3)),
                        Bucket.of(
                                Action.set(OxmField.IPV4_DST, 7), Action.set(OxmField.TCP_DST, 9), Action.output(3)))));
        Match tagged = Match.builder().masked(OxmField.VLAN_VID, 0x1000, 0x1000).build();
        rig.flow(0, 50, tagged, Instruction.apply(new Action.PopVlan()), new Instruction.GotoTable(1));
        rig.flow(0, 10, Match.ANY, new Instruction.GotoTable(1));
        rig.flow(1, 10, Match.ANY, Instruction.apply(Action.Ct.track(1, 2, Action.Nat.restore())));
        rig.flow(
                2,
                30,
                Match.builder()
                        .ethType(0x0800)
                        .ipProto(6)
                        .ctState(OpenFlow.CT_NEW, OpenFlow.CT_NEW)
                        .build(),
                Instruction.apply(new Action.Group(1)));
        rig.flow(
                2,
                25,
                Match.builder().ethType(0x0806).build(),
                Instruction.apply(
                        Action.move(OxmField.ARP_SHA, OxmField.ARP_THA), Action.output(OpenFlow.PORT_IN_PORT)));
        rig.flow(
                2,
                20,
                Match.builder().ethType(0x86dd).build(),
                Instruction.apply(new Action.DecNwTtl(), Action.set(OxmField.IP_DSCP, 9), new Action.Group(2)));
        rig.flow(
                2,
                15,
                Match.builder().ethType(0x0800).ipProto(17).build(),
                Instruction.apply(
                        Action.set(OxmField.UDP_DST, 99), Action.toController(), Action.output(OpenFlow.PORT_FLOOD)));
        rig.flow(
                2,
                12,
                Match.builder().ethType(0x0800).ipProto(132).build(),
                Instruction.apply(Action.set(OxmField.SCTP_SRC, 99), Action.output(3)));
        rig.flow(2, 10, Match.ANY, Instruction.apply(new Action.Group(2)));
        rig.flow(
                3,
                10,
                Match.ANY,
                Instruction.apply(Action.move(OxmField.CT_LABEL, OxmField.METADATA), Action.output(3)));
        rig.settle();
    }

    private static byte[] mangle(byte[] seed, Random random) {
        byte[] frame = seed.clone();
        for (int i = random.nextInt(6); i > 0; i--) {
            frame[random.nextInt(Math.min(frame.length, 80))] = (byte) random.nextInt();
        }
        if (random.nextInt(3) == 0) {
            frame = java.util.Arrays.copyOf(frame, random.nextInt(frame.length + 1));
        }
        return frame;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void nothingThrowsAndEveryFrameIsAccountedFor(long seed) {
        Random random = new Random(seed);
        List<byte[]> seeds = new ArrayList<>(seeds());
        try (Rig rig = new Rig()) {
            pipeline(rig);
            for (int i = 0; i < FRAMES; i++) {
                byte[] frame = random.nextInt(10) == 0
                        ? bytes(random)
                        : mangle(seeds.get(random.nextInt(seeds.size())), random);
                long dropsBefore = rig.drops();
                rig.receive(1 + random.nextInt(4), frame, slot -> {
                    if (random.nextInt(3) == 0) {
                        VnetHeader.flags(slot.memory(), slot.vnet(), random.nextInt(4));
                        VnetHeader.gsoType(slot.memory(), slot.vnet(), random.nextInt(7));
                        VnetHeader.gsoSize(slot.memory(), slot.vnet(), random.nextInt(2000));
                        VnetHeader.checksumStart(slot.memory(), slot.vnet(), random.nextInt(100));
                        VnetHeader.checksumOffset(slot.memory(), slot.vnet(), random.nextInt(20));
                        VnetHeader.headerLength(slot.memory(), slot.vnet(), random.nextInt(200));
                    }
                });
                int out = 0;
                for (int port = 1; port <= 4; port++) {
                    out += rig.sent(port).size();
                }
                assertThat(out + rig.drops() - dropsBefore)
                        .as("frame %d is out or dropped", i)
                        .isPositive();
                assertThat(rig.pool.available()).as("slots after frame %d", i).isEqualTo(Rig.POOL);
                if (i % 100 == 0) {
                    rig.after(1);
                    rig.datapath.poll();
                    rig.control.step();
                }
            }
        }
    }

    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        return bytes;
    }
}
