package io.hopline.openflow;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import java.util.ArrayList;
import java.util.List;

/** One of every message, every field, every action and every instruction. */
final class Samples {
    static final MacAddress MAC = MacAddress.parse("02:00:0a:00:01:0b");
    static final Ipv4Address IP = Ipv4Address.parse("10.0.1.11");

    private Samples() {}

    static List<Match> matches() {
        return List.of(
                Match.ANY,
                Match.builder()
                        .inPort(3)
                        .exact(OxmField.IN_PHY_PORT, 3)
                        .metadata(100, 0xffffff)
                        .ethSrc(MAC)
                        .ethDstGroup()
                        .ethType(0x0800)
                        .vlanVid(7)
                        .exact(OxmField.VLAN_PCP, 5)
                        .exact(OxmField.IP_DSCP, 46)
                        .exact(OxmField.IP_ECN, 1)
                        .ipProto(6)
                        .ipv4Src(IP)
                        .ipv4Dst(IP, 24)
                        .tcpSrc(1024)
                        .tcpDst(80)
                        .masked(OxmField.TCP_FLAGS, 2, 0x12)
                        .build(),
                Match.builder()
                        .untagged()
                        .ethType(0x0800)
                        .ipProto(17)
                        .udpSrc(68)
                        .udpDst(67)
                        .build(),
                Match.builder()
                        .ethType(0x0800)
                        .ipProto(132)
                        .exact(OxmField.SCTP_SRC, 1)
                        .exact(OxmField.SCTP_DST, 2)
                        .build(),
                Match.builder()
                        .ethType(0x0800)
                        .ipProto(1)
                        .exact(OxmField.ICMPV4_TYPE, 8)
                        .exact(OxmField.ICMPV4_CODE, 0)
                        .build(),
                Match.builder()
                        .ethType(0x0806)
                        .arpOp(1)
                        .arpSpa(IP)
                        .arpTpa(IP)
                        .arpSha(MAC)
                        .exact(OxmField.ARP_THA, 0)
                        .build(),
                Match.builder()
                        .ethType(0x86dd)
                        .field(FieldMatch.exact(OxmField.IPV6_SRC, 0xfe80_0000_0000_0000L, 1))
                        .field(new FieldMatch(OxmField.IPV6_DST, 0xff02L << 48, 0, 0xffffL << 48, 0, true))
                        .exact(OxmField.IPV6_FLABEL, 0xfffff)
                        .masked(OxmField.IPV6_EXTHDR, 0x100, 0x100)
                        .ipProto(58)
                        .exact(OxmField.ICMPV6_TYPE, 135)
                        .exact(OxmField.ICMPV6_CODE, 0)
                        .field(FieldMatch.exact(OxmField.IPV6_ND_TARGET, 0xfe80_0000_0000_0000L, 2))
                        .exact(OxmField.IPV6_ND_SLL, MAC.bits())
                        .build(),
                Match.builder()
                        .ethType(0x86dd)
                        .ipProto(58)
                        .exact(OxmField.ICMPV6_TYPE, 136)
                        .exact(OxmField.IPV6_ND_TLL, MAC.bits())
                        .build(),
                Match.builder()
                        .ethType(0x8847)
                        .exact(OxmField.MPLS_LABEL, 0xfffff)
                        .exact(OxmField.MPLS_TC, 7)
                        .exact(OxmField.MPLS_BOS, 1)
                        .build(),
                Match.builder()
                        .ethType(0x88e7)
                        .masked(OxmField.PBB_ISID, 0x00f000, 0xfff000)
                        .build(),
                Match.builder()
                        .tunnelId(100)
                        .tunnelSrc(IP)
                        .exact(OxmField.TUN_IPV4_DST, 1)
                        .reg(0, 0xffff_ffffL)
                        .reg(7, 1)
                        .exact(OxmField.PKT_MARK, 3)
                        .ctState(OpenFlow.CT_NEW | OpenFlow.CT_TRACKED, 0x21)
                        .ctZone(100)
                        .ctMark(5)
                        .field(FieldMatch.exact(OxmField.CT_LABEL, 0, MAC.bits()))
                        .field(FieldMatch.exact(OxmField.TUN_IPV6_SRC, 1, 2))
                        .field(FieldMatch.exact(OxmField.TUN_IPV6_DST, 3, 4))
                        .build(),
                Match.builder().ethType(0x0800).exact(OxmField.IP_TTL, 64).build());
    }

    static List<Action> actions() {
        Bytes address = Bytes.parse("fe800000000000000000000000000001");
        return List.of(
                Action.output(7),
                Action.toController(),
                Action.output(OpenFlow.PORT_LOCAL),
                new Action.Group(0x01020304),
                new Action.SetQueue(9),
                Action.set(OxmField.ETH_SRC, MAC),
                Action.set(OxmField.IPV4_DST, IP),
                Action.set(OxmField.TUNNEL_ID, 100),
                Action.set(OxmField.TUN_IPV4_DST, IP),
                Action.tunnelDestination(new Ipv6Address(1, 2)),
                Action.set(OxmField.REG3, 1),
                new Action.SetField(OxmField.IPV6_SRC, 1, 2),
                new Action.PushVlan(0x88a8),
                new Action.PopVlan(),
                new Action.PushMpls(0x8847),
                new Action.PopMpls(0x0800),
                new Action.PushPbb(0x88e7),
                new Action.PopPbb(),
                new Action.SetNwTtl(64),
                new Action.DecNwTtl(),
                new Action.SetMplsTtl(3),
                new Action.DecMplsTtl(),
                new Action.CopyTtlOut(),
                new Action.CopyTtlIn(),
                Action.move(OxmField.ETH_SRC, OxmField.ETH_DST),
                new Action.RegMove(OxmField.ETH_SRC, 0, OxmField.REG1, 16, 16),
                new Action.RegLoad(OxmField.REG1, 0, 32, 0xdeadbeefL),
                new Action.RegLoad(OxmField.TUNNEL_ID, 0, 64, -1),
                new Action.Resubmit(OpenFlow.PORT_IN_PORT, 5),
                new Action.Resubmit(3, 255),
                Action.Ct.track(100, 3, Action.Nat.restore()),
                Action.Ct.commit(
                        100,
                        4,
                        Action.Nat.destination(IP, 80),
                        new Action.RegMove(OxmField.ETH_SRC, 0, OxmField.CT_LABEL, 0, 48),
                        new Action.RegLoad(OxmField.CT_MARK, 0, 32, 1)),
                new Action.Ct(0, 15, OxmField.REG0, Action.Ct.NO_RECIRC, 21, List.of()),
                Action.Ct.commit(
                        1,
                        255,
                        new Action.Nat(
                                Action.Nat.SRC | Action.Nat.PROTO_RANDOM,
                                null,
                                new Action.Ipv6Range(address, address),
                                new Action.PortRange(1024, 2048))),
                Action.Ct.commit(1, 255, new Action.Nat(Action.Nat.SRC, new Action.Ipv4Range(IP, IP), null, null)),
                new Action.CtClear(),
                new Action.Affinity(600),
                new Action.Note(Bytes.parse("0102030405060708090a0b0c0d0e")));
    }

    static List<Instruction> instructions() {
        return List.of(
                new Instruction.Meter(1),
                new Instruction.ApplyActions(actions()),
                new Instruction.ClearActions(),
                new Instruction.WriteActions(List.of(Action.output(1))),
                new Instruction.WriteMetadata(100, 0xffffff),
                new Instruction.GotoTable(4));
    }

    private static FlowMod flowMod(Match match, List<Instruction> instructions) {
        return FlowMod.add(3)
                .cookie(-2)
                .cookieMask(-1)
                .idleTimeoutS(10)
                .hardTimeoutS(60)
                .priority(1000)
                .flags(OpenFlow.FLOW_SEND_REMOVED | OpenFlow.FLOW_CHECK_OVERLAP)
                .match(match)
                .instructions(instructions)
                .build();
    }

    /** A match under which the action makes sense. */
    private static Match matchFor(Action action) {
        return switch (action) {
            case Action.SetField set
            when set.field() == OxmField.IPV6_SRC ->
                Match.builder().ethType(0x86dd).build();
            case Action.Ct ct
            when ct.toString().contains("ipv6=Ipv6Range") ->
                Match.builder().ethType(0x86dd).build();
            case Action.PopMpls _, Action.SetMplsTtl _, Action.DecMplsTtl _ ->
                Match.builder().ethType(0x8847).build();
            case Action.PopVlan _ -> Match.builder().vlanVid(1).build();
            default -> Match.builder().ethType(0x0800).ipProto(6).build();
        };
    }

    static List<OpenFlowMessage> messages() {
        List<OpenFlowMessage> all = new ArrayList<>();
        matches().forEach(match -> all.add(flowMod(match, List.of())));
        actions().forEach(action -> all.add(flowMod(matchFor(action), List.of(Instruction.apply(action)))));
        instructions().forEach(instruction -> all.add(flowMod(Match.ANY, List.of(instruction))));
        all.add(FlowMod.delete(OpenFlow.TABLE_ALL).outPort(3).outGroup(4).build());
        all.add(FlowMod.deleteStrict(1).build());
        all.add(FlowMod.modifyStrict(1)
                .instructions(new Instruction.GotoTable(2))
                .build());
        all.add(GroupMod.add(GroupType.ALL, 1, List.of(Bucket.of(Action.output(1)), Bucket.of(Action.output(2)))));
        all.add(GroupMod.modify(GroupType.SELECT, 2, List.of(Bucket.weighted(50, Action.output(1)))));
        all.add(GroupMod.add(
                GroupType.FAST_FAILOVER, 3, List.of(new Bucket(0, 1, OpenFlow.GROUP_ANY, List.of(Action.output(1))))));
        all.add(GroupMod.delete(OpenFlow.GROUP_ALL));
        all.add(new MeterMod(
                MeterMod.Command.ADD,
                MeterMod.KBPS | MeterMod.BURST,
                1,
                List.of(new MeterMod.Drop(1000, 100), new MeterMod.DscpRemark(500, 50, 1))));
        all.addAll(plainMessages());
        all.addAll(asyncMessages());
        queries().forEach(query -> all.add(new MultipartRequest(query)));
        reports().forEach(report -> all.add(new MultipartReply(report)));
        all.add(new MultipartReply(true, new MultipartReply.Flows(List.of())));
        List<TableStats> tables = new ArrayList<>();
        for (int id = 0; id < 64; id++) {
            tables.add(new TableStats(id, id, id, id));
        }
        all.add(new MultipartReply(new MultipartReply.Tables(tables)));
        return all;
    }

    private static List<OpenFlowMessage> plainMessages() {
        return List.of(
                OpenFlowMessage.Hello.ours(),
                new OpenFlowMessage.Hello(4, 0),
                new ErrorMessage(4, 9, Bytes.parse("0405001000000001")),
                new OpenFlowMessage.EchoRequest(Bytes.parse("0102")),
                new OpenFlowMessage.EchoReply(Bytes.EMPTY),
                new OpenFlowMessage.Experimenter(0x1234, 7, Bytes.parse("0102030405")),
                new OpenFlowMessage.FeaturesRequest(),
                new OpenFlowMessage.FeaturesReply(10, 0, 64, 0, 0xf),
                new OpenFlowMessage.GetConfigRequest(),
                new OpenFlowMessage.GetConfigReply(0, 128),
                new OpenFlowMessage.SetConfig(0, 0xffff),
                new OpenFlowMessage.PortMod(1, MAC, 1, 1, 0),
                new OpenFlowMessage.TableMod(255, 3),
                new OpenFlowMessage.BarrierRequest(),
                new OpenFlowMessage.BarrierReply(),
                new OpenFlowMessage.QueueConfigRequest(1),
                new OpenFlowMessage.QueueConfigReply(1, Bytes.EMPTY),
                new OpenFlowMessage.RoleRequest(OpenFlowMessage.Role.MASTER, 5),
                new OpenFlowMessage.RoleReply(OpenFlowMessage.Role.SLAVE, -1),
                new AsyncMasks.Request(),
                new AsyncMasks.Reply(AsyncMasks.DEFAULT),
                new AsyncMasks.Set(new AsyncMasks(1, 2, 3, 4, 5, 6)),
                new BundleControl(1, BundleControl.Type.OPEN_REQUEST, BundleControl.ATOMIC | BundleControl.ORDERED),
                new BundleAdd(1, 3, flowMod(Match.ANY, instructions())));
    }

    private static List<OpenFlowMessage> asyncMessages() {
        Match pipeline = new Match(List.of(FieldMatch.exact(OxmField.IN_PORT, 1), FieldMatch.exact(OxmField.REG0, 4)));
        Bytes frame = Bytes.parse("ffffffffffff02000a00010b08060001");
        return List.of(
                new PacketIn(OpenFlow.NO_BUFFER, 1500, PacketIn.Reason.ACTION, 4, 77, pipeline, frame),
                new PacketOut(OpenFlow.NO_BUFFER, OpenFlow.PORT_CONTROLLER, List.of(Action.output(1)), frame),
                new PortStatus(PortStatus.Reason.ADD, port(1, "web1")),
                new FlowRemoved(
                        5,
                        100,
                        FlowRemoved.Reason.IDLE_TIMEOUT,
                        2,
                        3_000_000_007L,
                        10,
                        20,
                        30,
                        40,
                        Match.builder().inPort(1).build()));
    }

    static PortDescription port(int number, String name) {
        return new PortDescription(number, MAC, name, 1, 4, 0x840, 0, 0x840, 0, 10_000_000, 10_000_000);
    }

    private static List<MultipartRequest.Query> queries() {
        MultipartRequest.FlowFilter filter = new MultipartRequest.FlowFilter(
                1, 2, 3, 4, -1, Match.builder().inPort(1).build());
        return List.of(
                new MultipartRequest.Description(),
                new MultipartRequest.Flows(filter),
                new MultipartRequest.Aggregate(MultipartRequest.FlowFilter.all()),
                new MultipartRequest.Tables(),
                new MultipartRequest.Ports(OpenFlow.PORT_ANY),
                new MultipartRequest.Queues(1, OpenFlow.QUEUE_ALL),
                new MultipartRequest.Groups(OpenFlow.GROUP_ALL),
                new MultipartRequest.GroupDescriptions(),
                new MultipartRequest.GroupFeatures(),
                new MultipartRequest.Meters(OpenFlow.METER_ALL),
                new MultipartRequest.MeterConfigs(1),
                new MultipartRequest.MeterFeatures(),
                new MultipartRequest.Features(List.of()),
                new MultipartRequest.Features(List.of(features())),
                new MultipartRequest.PortDescriptions(),
                new MultipartRequest.Experimenter(0x1234, 3, Bytes.parse("00112233")));
    }

    private static TableFeatures features() {
        return new TableFeatures(
                0,
                "classify",
                -1,
                -1,
                0,
                1_000_000,
                List.of(
                        TableFeatures.Property.ofTypes(TableFeatures.Property.INSTRUCTIONS, List.of(1, 2, 3, 4, 5)),
                        TableFeatures.Property.ofTables(TableFeatures.Property.NEXT_TABLES, List.of(1, 2, 3)),
                        TableFeatures.Property.ofTypes(TableFeatures.Property.WRITE_ACTIONS, List.of(0, 22)),
                        TableFeatures.Property.ofTypes(TableFeatures.Property.APPLY_ACTIONS, List.of(0, 22)),
                        TableFeatures.Property.ofFields(
                                TableFeatures.Property.MATCH, List.of(OxmField.IN_PORT, OxmField.ETH_DST), true),
                        TableFeatures.Property.ofFields(
                                TableFeatures.Property.WILDCARDS, List.of(OxmField.IN_PORT), false),
                        TableFeatures.Property.ofFields(
                                TableFeatures.Property.WRITE_SET_FIELD, List.of(OxmField.ETH_DST), false),
                        TableFeatures.Property.ofFields(
                                TableFeatures.Property.APPLY_SET_FIELD, List.of(OxmField.ETH_DST), false)));
    }

    private static List<MultipartReply.Report> reports() {
        Match match = Match.builder().inPort(1).build();
        List<Bucket> buckets = List.of(Bucket.weighted(1, Action.output(1)), Bucket.weighted(2, Action.output(2)));
        return List.of(
                new MultipartReply.Description("Hopline", "host", "0.1", "none", "node a"),
                new MultipartReply.Flows(List.of(
                        new FlowStats(0, 1_500_000_000L, 5, 0, 0, 1, 9, 10, 11, match, instructions()),
                        new FlowStats(1, 1, 0, 0, 0, 0, 0, 0, 0, Match.ANY, List.of()))),
                new MultipartReply.Aggregate(1, 2, 3),
                new MultipartReply.Tables(List.of(new TableStats(0, 1, 2, 3), new TableStats(1, 0, 0, 0))),
                new MultipartReply.Ports(
                        List.of(new PortStats(1, 2, 3, 4, 5, 6, 7, -1, -1, -1, -1, -1, -1, 2_000_000_003L))),
                new MultipartReply.Queues(List.of(new QueueStats(1, 2, 3, 4, 5, 6))),
                new MultipartReply.Groups(List.of(
                        new GroupStats(1, 2, 3, 4, 5, List.of(new GroupStats.BucketStats(6, 7))),
                        new GroupStats(2, 0, 0, 0, 0, List.of()))),
                new MultipartReply.GroupDescriptions(List.of(new GroupDescription(GroupType.SELECT, 1, buckets))),
                new MultipartReply.GroupFeatures(0xf, 1, List.of(1, 2, 3, 4), List.of(5, 6, 7, 8)),
                new MultipartReply.Meters(
                        List.of(new MeterStats(1, 2, 3, 4, 5, List.of(new MeterStats.BandStats(6, 7))))),
                new MultipartReply.MeterConfigs(
                        List.of(new MeterConfig(MeterMod.PACKETS_PER_S, 1, List.of(new MeterMod.Drop(1, 2))))),
                new MultipartReply.MeterFeatures(0, 0, 0, 0, 0),
                new MultipartReply.Features(List.of(features())),
                new MultipartReply.PortDescriptions(List.of(port(1, "web1"), port(OpenFlow.PORT_LOCAL, "local"))),
                new MultipartReply.Experimenter(0x1234, 3, Bytes.EMPTY));
    }
}
