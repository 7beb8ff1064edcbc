package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.hopline.openflow.Action;
import io.hopline.openflow.AsyncMasks;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.BundleAdd;
import io.hopline.openflow.BundleControl;
import io.hopline.openflow.Bytes;
import io.hopline.openflow.ErrorMessage;
import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowRemoved;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.FlowTrace;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.MatchPacket;
import io.hopline.openflow.MatchText;
import io.hopline.openflow.MeterMod;
import io.hopline.openflow.MultipartReply;
import io.hopline.openflow.MultipartRequest;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowAddress;
import io.hopline.openflow.OpenFlowConnection;
import io.hopline.openflow.OpenFlowListener;
import io.hopline.openflow.OpenFlowMessage;
import io.hopline.openflow.OxmField;
import io.hopline.openflow.PacketIn;
import io.hopline.openflow.PacketOut;
import io.hopline.openflow.PortStatus;
import io.hopline.packet.Ipv4Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class OpenFlowAgentTest {
    /** Broadcast from 02:00:00:00:00:01, an Ethernet type of its own, 46 bytes. */
    private static final byte[] FRAME = HexFormat.of().parseHex("ffffffffffff02000000000188b5" + "00".repeat(46));

    @TempDir
    Path directory;

    private AgentRig rig;
    private OpenFlowConnection client;

    @BeforeEach
    void start() throws IOException {
        rig = new AgentRig(directory);
        client = rig.client();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    /** Sends a request and returns the first message with its transaction id. */
    private OpenFlowMessage ask(OpenFlowMessage request) throws IOException {
        int xid = client.nextXid();
        client.send(xid, request);
        return reply(client, xid);
    }

    private static OpenFlowMessage reply(OpenFlowConnection from, int xid) throws IOException {
        while (true) {
            OpenFlowConnection.Received received = from.receive();
            boolean unasked = received.message() instanceof PacketIn
                    || received.message() instanceof PortStatus
                    || received.message() instanceof FlowRemoved;
            if (!unasked && received.xid() == xid) {
                return received.message();
            }
        }
    }

    /** Sends a change and a barrier; returns the error that came back, or "ok". */
    private String change(OpenFlowMessage message) throws IOException {
        int xid = client.nextXid();
        client.send(xid, message);
        int barrier = client.nextXid();
        client.send(barrier, new OpenFlowMessage.BarrierRequest());
        String result = "ok";
        while (true) {
            OpenFlowConnection.Received received = client.receive();
            if (received.xid() == xid && received.message() instanceof ErrorMessage error) {
                assertThat(error.data().length()).isBetween(8, 64 + 4);
                result = error.describe();
            }
            if (received.message() instanceof OpenFlowMessage.BarrierReply) {
                return result;
            }
        }
    }

    private List<FlowStats> flows() throws IOException {
        int xid = client.nextXid();
        client.send(xid, new MultipartRequest(new MultipartRequest.Flows(MultipartRequest.FlowFilter.all())));
        List<FlowStats> flows = new ArrayList<>();
        MultipartReply reply;
        do {
            reply = (MultipartReply) reply(client, xid);
            flows.addAll(((MultipartReply.Flows) reply.report()).flows());
        } while (reply.more());
        return flows;
    }

    private static <T> T next(OpenFlowConnection from, Class<T> type) throws IOException {
        while (true) {
            OpenFlowMessage message = from.receive().message();
            if (type.isInstance(message)) {
                return type.cast(message);
            }
        }
    }

    private static FlowMod flow(int inPort, Action... actions) {
        return FlowMod.add(0)
                .priority(10)
                .match(Match.builder().inPort(inPort).build())
                .instructions(Instruction.apply(actions))
                .build();
    }

    @Test
    void saysWhatItIs() throws IOException {
        OpenFlowMessage.FeaturesReply features =
                (OpenFlowMessage.FeaturesReply) ask(new OpenFlowMessage.FeaturesRequest());
        assertThat(features.datapathId()).isEqualTo(AgentRig.DATAPATH_ID);
        assertThat(features.tables()).isEqualTo(VirtualSwitch.TABLES);
        assertThat(ask(new MultipartRequest(new MultipartRequest.PortDescriptions()))
                        .toString())
                .contains("name=web1", "name=web2", "02:00:00:00:00:01");
        assertThat(ask(new MultipartRequest(new MultipartRequest.Description())).toString())
                .contains("node a");
        assertThat(ask(new OpenFlowMessage.GetConfigRequest())).isEqualTo(new OpenFlowMessage.GetConfigReply(0, 128));
        assertThat(ask(new MultipartRequest(new MultipartRequest.MeterFeatures())))
                .isEqualTo(new MultipartReply(new MultipartReply.MeterFeatures(0, 0, 0, 0, 0)));
    }

    @Test
    void readsFlowsBackAsTheyWereSent() throws IOException {
        Match match = Match.builder()
                .ethType(0x0800)
                .inPort(1)
                .ipv4Dst(Ipv4Address.parse("10.0.1.0"), 24)
                .field(FieldMatch.masked(OxmField.METADATA, 100, -1))
                .build();
        Instruction[] instructions = {
            new Instruction.GotoTable(4),
            Instruction.apply(Action.set(OxmField.TUNNEL_ID, 7), Action.output(2)),
            new Instruction.WriteMetadata(5, 0xff)
        };
        FlowMod mod = FlowMod.add(3)
                .cookie(-1)
                .priority(7)
                .idleTimeoutS(100)
                .hardTimeoutS(200)
                .flags(OpenFlow.FLOW_SEND_REMOVED)
                .match(match)
                .instructions(instructions)
                .build();
        assertThat(change(mod)).isEqualTo("ok");
        FlowStats flow = flows().getFirst();
        assertThat(flow.match()).isEqualTo(match);
        assertThat(flow.instructions()).containsExactly(instructions);
        assertThat(List.of(flow.tableId(), flow.priority(), flow.idleTimeoutS(), flow.hardTimeoutS(), flow.flags()))
                .containsExactly(3, 7, 100, 200, OpenFlow.FLOW_SEND_REMOVED);
        assertThat(flow.cookie()).isEqualTo(-1);
    }

    @Test
    void forwardsOnceTheBarrierIsAnswered() throws IOException {
        assertThat(change(flow(1, Action.output(2)))).isEqualTo("ok");
        rig.port1.toSwitch.add(FRAME);
        await().until(() -> !rig.port2.fromSwitch.isEmpty());
        assertThat(rig.port2.fromSwitch.remove()).isEqualTo(FRAME);
        await().untilAsserted(() -> assertThat(flows().getFirst().packets()).isEqualTo(1));
        assertThat(flows().getFirst().bytes()).isEqualTo(FRAME.length);
        assertThat(ask(new MultipartRequest(new MultipartRequest.Ports(1))).toString())
                .contains("rxPackets=1", "rxBytes=60");
    }

    @Test
    void refusalsCarryTheErrorAndLeaveTheStateAsItWas() throws IOException {
        assertThat(change(flow(1, Action.output(2)))).isEqualTo("ok");
        List<Instruction> before = flows().getFirst().instructions();
        assertThat(change(flow(1, new Action.Group(9)))).isEqualTo("BAD_ACTION_OUT_GROUP");
        assertThat(change(flow(1, Action.output(0)))).isEqualTo("BAD_ACTION_OUT_PORT");
        assertThat(change(FlowMod.add(200).build())).isEqualTo("FLOW_MOD_TABLE_ID");
        assertThat(change(FlowMod.add(3)
                        .instructions(new Instruction.GotoTable(3))
                        .build()))
                .isEqualTo("BAD_INSTRUCTION_TABLE_ID");
        FlowMod overlapping =
                FlowMod.add(0).priority(10).flags(OpenFlow.FLOW_CHECK_OVERLAP).build();
        assertThat(change(overlapping)).isEqualTo("FLOW_MOD_OVERLAP");
        assertThat(change(new MeterMod(MeterMod.Command.ADD, MeterMod.KBPS, 1, List.of())))
                .isEqualTo("METER_MOD_OUT_OF_METERS");
        assertThat(change(new OpenFlowMessage.TableMod(200, 0))).isEqualTo("TABLE_MOD_TABLE");
        assertThat(change(new OpenFlowMessage.PortMod(77, rig.port1.mac(), 0, 0, 0)))
                .isEqualTo("PORT_MOD_PORT");
        assertThat(change(new OpenFlowMessage.SetConfig(1, 0))).isEqualTo("SWITCH_CONFIG_FLAGS");
        assertThat(change(new OpenFlowMessage.Experimenter(0x1234, 1, Bytes.EMPTY)))
                .isEqualTo("BAD_REQUEST_EXPERIMENTER");
        assertThat(change(new OpenFlowMessage.FeaturesReply(1, 0, 0, 0, 0))).isEqualTo("BAD_REQUEST_TYPE");
        assertThat(change(new MultipartRequest(new MultipartRequest.Ports(77)))).isEqualTo("BAD_REQUEST_PORT");
        assertThat(change(new PacketOut(5, 1, List.of(), Bytes.EMPTY))).isEqualTo("BAD_REQUEST_BUFFER_UNKNOWN");
        assertThat(flows()).hasSize(1);
        assertThat(flows().getFirst().instructions()).isEqualTo(before);
    }

    @Test
    void tracesAPacketWithoutSendingIt() throws IOException {
        assertThat(change(FlowMod.add(0)
                        .priority(9)
                        .match(MatchText.parse("ip,nw_dst=10.0.0.2"))
                        .instructions(Instruction.apply(Action.output(2)))
                        .build()))
                .isEqualTo("ok");
        FlowTrace.Request request = new FlowTrace.Request(
                MatchText.parse("in_port=1"), Bytes.of(MatchPacket.frame(MatchText.parse("ip,nw_dst=10.0.0.2"))));
        OpenFlowMessage.Experimenter answer = (OpenFlowMessage.Experimenter) ask(FlowTrace.message(request));
        assertThat(FlowTrace.steps(answer.data()))
                .containsExactly(
                        new FlowTrace.Step(FlowTrace.Kind.FLOW, 0, 0, "priority=9,ip,nw_dst=10.0.0.2 actions=output:2"),
                        new FlowTrace.Step(FlowTrace.Kind.OUTPUT, 0, 0, "to port 2 (web2)"));
        assertThat(change(new OpenFlowMessage.Experimenter(
                        FlowTrace.EXPERIMENTER, FlowTrace.REQUEST, Bytes.parse("0001"))))
                .startsWith("BAD_");
        assertThat(flows()).allMatch(flow -> flow.packets() == 0);
        assertThat(rig.port2.fromSwitch).isEmpty();
    }

    @Test
    void refusesGroupsThatMakeNoSense() throws IOException {
        Bucket toOne = Bucket.of(Action.output(1));
        assertThat(change(GroupMod.add(GroupType.ALL, 1, List.of(toOne)))).isEqualTo("ok");
        assertThat(change(GroupMod.add(GroupType.ALL, 1, List.of(toOne)))).isEqualTo("GROUP_MOD_EXISTS");
        assertThat(change(GroupMod.modify(GroupType.ALL, 2, List.of()))).isEqualTo("GROUP_MOD_UNKNOWN_GROUP");
        Bucket toGroupOne = Bucket.of(new Action.Group(1));
        assertThat(change(GroupMod.add(GroupType.ALL, 2, List.of(toGroupOne)))).isEqualTo("ok");
        Bucket toGroupTwo = Bucket.of(new Action.Group(2));
        assertThat(change(GroupMod.modify(GroupType.ALL, 1, List.of(toGroupTwo))))
                .isEqualTo("GROUP_MOD_LOOP");
        assertThat(change(GroupMod.delete(1))).isEqualTo("GROUP_MOD_CHAINED_GROUP");
        assertThat(ask(new MultipartRequest(new MultipartRequest.GroupDescriptions()))
                        .toString())
                .contains("groupId=1", "groupId=2");
    }

    @Test
    void sendsPacketInsAndTakesPacketOuts() throws IOException {
        assertThat(change(flow(1, Action.toController()))).isEqualTo("ok");
        rig.port1.toSwitch.add(FRAME);
        PacketIn packetIn = next(client, PacketIn.class);
        assertThat(packetIn.reason()).isEqualTo(PacketIn.Reason.ACTION);
        assertThat(packetIn.match().isExactly(OxmField.IN_PORT, 1)).isTrue();
        assertThat(packetIn.data()).isEqualTo(Bytes.of(FRAME));
        assertThat(packetIn.bufferId()).isEqualTo(OpenFlow.NO_BUFFER);
        PacketOut out =
                new PacketOut(OpenFlow.NO_BUFFER, OpenFlow.PORT_CONTROLLER, List.of(Action.output(2)), Bytes.of(FRAME));
        assertThat(change(out)).isEqualTo("ok");
        await().until(() -> FRAME.length
                == rig.port2.fromSwitch.stream().mapToInt(f -> f.length).sum());
        PacketOut nowhere = new PacketOut(OpenFlow.NO_BUFFER, 0, List.of(Action.output(2)), Bytes.of(FRAME));
        assertThat(change(nowhere)).isEqualTo("BAD_REQUEST_PORT");
    }

    @Test
    void tellsOfRemovedFlowsAndPorts() throws IOException {
        FlowMod mod = FlowMod.add(0).cookie(9).flags(OpenFlow.FLOW_SEND_REMOVED).build();
        assertThat(change(mod)).isEqualTo("ok");
        client.send(client.nextXid(), FlowMod.delete(0).build());
        FlowRemoved removed = next(client, FlowRemoved.class);
        assertThat(removed.cookie()).isEqualTo(9);
        assertThat(removed.reason()).isEqualTo(FlowRemoved.Reason.DELETE);
        rig.virtualSwitch.addPort(3, new AgentRig.QueuePort("web3", 3));
        assertThat(next(client, PortStatus.class).port().name()).isEqualTo("web3");
        rig.virtualSwitch.removePort(3);
        assertThat(next(client, PortStatus.class).reason()).isEqualTo(PortStatus.Reason.DELETE);
    }

    @Test
    void servesSeveralControllersByTheirRoles() throws IOException {
        OpenFlowConnection second = rig.client();
        assertThat(ask(new OpenFlowMessage.RoleRequest(OpenFlowMessage.Role.MASTER, 5)))
                .isEqualTo(new OpenFlowMessage.RoleReply(OpenFlowMessage.Role.MASTER, 5));
        second.send(1, new OpenFlowMessage.RoleRequest(OpenFlowMessage.Role.MASTER, 6));
        assertThat(reply(second, 1)).isEqualTo(new OpenFlowMessage.RoleReply(OpenFlowMessage.Role.MASTER, 6));
        assertThat(change(flow(1))).isEqualTo("BAD_REQUEST_IS_SLAVE");
        assertThat(ask(new OpenFlowMessage.RoleRequest(OpenFlowMessage.Role.NO_CHANGE, 0)))
                .isEqualTo(new OpenFlowMessage.RoleReply(OpenFlowMessage.Role.SLAVE, 6));
        assertThat(ask(new OpenFlowMessage.RoleRequest(OpenFlowMessage.Role.MASTER, 5))
                        .toString())
                .contains("type=11, code=0");
        assertThat(ask(new OpenFlowMessage.RoleRequest(OpenFlowMessage.Role.EQUAL, 0)))
                .isEqualTo(new OpenFlowMessage.RoleReply(OpenFlowMessage.Role.EQUAL, 6));
        assertThat(change(flow(1))).isEqualTo("ok");
    }

    @Test
    void sendsOnlyWhatWasAskedFor() throws IOException {
        AsyncMasks portsOnly = new AsyncMasks(0, 0, 7, 7, 0, 0);
        client.send(1, new AsyncMasks.Set(portsOnly));
        assertThat(ask(new AsyncMasks.Request())).isEqualTo(new AsyncMasks.Reply(portsOnly));
        assertThat(change(flow(1, Action.toController(), Action.output(2)))).isEqualTo("ok");
        rig.port1.toSwitch.add(FRAME);
        await().until(() -> !rig.port2.fromSwitch.isEmpty());
        rig.port2.up = false;
        while (true) {
            OpenFlowMessage first = client.receive().message();
            assertThat(first).isNotInstanceOf(PacketIn.class);
            if (first instanceof PortStatus status) {
                assertThat(status.port().state()).isEqualTo(OpenFlow.PORT_STATE_LINK_DOWN);
                return;
            }
        }
    }

    @Test
    void commitsABundleWholeOrNotAtAll() throws IOException {
        int flags = BundleControl.ATOMIC | BundleControl.ORDERED;
        assertThat(change(flow(1, Action.output(2)))).isEqualTo("ok");
        assertThat(ask(new BundleControl(1, BundleControl.Type.OPEN_REQUEST, flags)))
                .isEqualTo(new BundleControl(1, BundleControl.Type.OPEN_REPLY, flags));
        client.send(
                client.nextXid(),
                new BundleAdd(1, flags, FlowMod.delete(OpenFlow.TABLE_ALL).build()));
        client.send(
                client.nextXid(),
                new BundleAdd(1, flags, GroupMod.add(GroupType.ALL, 7, List.of(Bucket.of(Action.output(1))))));
        client.send(client.nextXid(), new BundleAdd(1, flags, flow(2, new Action.Group(99))));
        assertThat(flows()).hasSize(1);
        assertThat(ask(new BundleControl(1, BundleControl.Type.COMMIT_REQUEST, flags))
                        .toString())
                .contains("type=65535, code=2313");
        assertThat(flows()).hasSize(1);
        assertThat(flows().getFirst().match().isExactly(OxmField.IN_PORT, 1)).isTrue();
        assertThat(rig.virtualSwitch.groupDescriptions()).isEmpty();
        rig.port1.toSwitch.add(FRAME);
        await().until(() -> rig.port2.fromSwitch.size() == 1);

        client.send(
                client.nextXid(),
                new BundleAdd(2, flags, FlowMod.delete(OpenFlow.TABLE_ALL).build()));
        client.send(client.nextXid(), new BundleAdd(2, flags, flow(2, Action.output(1))));
        assertThat(ask(new BundleControl(2, BundleControl.Type.COMMIT_REQUEST, flags)))
                .isEqualTo(new BundleControl(2, BundleControl.Type.COMMIT_REPLY, flags));
        assertThat(flows()).hasSize(1);
        assertThat(flows().getFirst().match().isExactly(OxmField.IN_PORT, 2)).isTrue();
    }

    @Test
    void reportsManyFlowsInSeveralMessages() throws IOException {
        for (int i = 0; i < 3000; i++) {
            client.send(client.nextXid(), FlowMod.add(1).priority(i).build());
        }
        assertThat(change(new OpenFlowMessage.BarrierReply())).isEqualTo("ok");
        assertThat(flows()).hasSize(3000);
    }

    @Test
    void connectsAndConnectsAgain() throws Exception {
        BlockingQueue<OpenFlowConnection> controllers = new LinkedBlockingQueue<>();
        Path socket = directory.resolve("controller");
        rig.agent.connect("unix:" + socket);
        OpenFlowAddress passive = OpenFlowAddress.parse("punix:" + socket);
        try (OpenFlowListener listener = OpenFlowListener.listen(passive, channel -> {
            try {
                controllers.add(OpenFlowConnection.open(channel, "switch"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        })) {
            assertThat(listener.localAddress()).isNotNull();
            for (int i = 0; i < 2; i++) {
                OpenFlowConnection controller = controllers.poll(20, TimeUnit.SECONDS);
                assertThat(controller).isNotNull();
                controller.send(5, new OpenFlowMessage.FeaturesRequest());
                assertThat(reply(controller, 5)).isInstanceOf(OpenFlowMessage.FeaturesReply.class);
                controller.close();
            }
        }
    }

    @Test
    void listensOnTcpAndSaysWhatIsWrongWithAnAddress() throws IOException {
        InetSocketAddress bound = (InetSocketAddress) rig.agent.listen("ptcp:0:127.0.0.1");
        try (OpenFlowConnection tcp =
                OpenFlowConnection.connect(OpenFlowAddress.parse("tcp:127.0.0.1:" + bound.getPort()))) {
            tcp.send(3, new OpenFlowMessage.FeaturesRequest());
            assertThat(reply(tcp, 3)).isInstanceOf(OpenFlowMessage.FeaturesReply.class);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> rig.agent.connect("ptcp:1"));
        assertThatIllegalArgumentException().isThrownBy(() -> rig.agent.listen("tcp:h:1"));
    }
}
