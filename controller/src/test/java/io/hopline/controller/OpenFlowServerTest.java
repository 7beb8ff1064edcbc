package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hopline.openflow.FlowMod;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlowAddress;
import io.hopline.openflow.OpenFlowMessage;
import io.hopline.openflow.PortStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFlowServerTest {
    private static final OpenFlowAddress ANY_PORT = OpenFlowAddress.parse("ptcp:0:127.0.0.1");

    @TempDir
    Path directory;

    private H2Store store;
    private LiveState live;
    private final EventLog events = new EventLog(System::currentTimeMillis);
    private OpenFlowServer server;
    private FakeSwitch a;

    @BeforeEach
    void start() {
        store = H2Store.open(directory);
        live = new LiveState(store);
        server = OpenFlowServer.start(live, events, List.of(ANY_PORT));
        a = new FakeSwitch(0xa)
                .port("eth0", 1)
                .port("vxlan0", 2)
                .port("web1", 3)
                .port("client", 4)
                .port("svc-blue", 5);
    }

    @AfterEach
    void stop() {
        a.close();
        server.close();
        store.close();
    }

    private SocketAddress address() {
        return server.addresses().getFirst();
    }

    private void load(NetworkState state) {
        live.update(before -> new NetworkState(
                before.version() + 1,
                state.networks(),
                state.vnics(),
                state.services(),
                state.nodes(),
                state.ports(),
                state.health(),
                state.objectives()));
    }

    private NodeStatus status(String node) {
        return server.statuses().getOrDefault(node, NodeStatus.NEVER_CONNECTED);
    }

    private void awaitApplied(String node) {
        await().until(() -> status(node).applied() == live.current().version());
    }

    private int wantedFlows(String node) {
        return FlowCompiler.compile(live.current())
                .getOrDefault(node, NodeProgram.EMPTY)
                .flows()
                .size();
    }

    @Test
    void aSwitchGetsItsProgramAndConfirmsTheVersion() throws IOException {
        load(States.twoHosts());
        a.connect(address());
        awaitApplied("a");
        assertThat(a.flows()).hasSize(wantedFlows("a"));
        assertThat(a.groups()).hasSize(3);
        assertThat(status("a").connected()).isTrue();
        assertThat(status("a").flows()).isEqualTo(a.flows().size());
        assertThat(status("b").connected()).isFalse();
        List<OpenFlowMessage> order = a.order();
        int lastGroup = order.stream()
                .filter(GroupMod.class::isInstance)
                .mapToInt(order::indexOf)
                .max()
                .orElse(-1);
        int firstFlow = order.stream()
                .filter(FlowMod.class::isInstance)
                .mapToInt(order::indexOf)
                .min()
                .orElse(-1);
        assertThat(lastGroup).isLessThan(firstFlow);
    }

    @Test
    void aReconnectChangesNothingThatIsRight() throws IOException {
        load(States.twoHosts());
        a.connect(address());
        awaitApplied("a");
        int mods = a.mods.get();
        a.disconnect();
        await().until(() -> !status("a").connected());
        a.connect(address());
        await().until(() -> status("a").connected()
                && status("a").applied() == live.current().version());
        assertThat(a.mods).hasValue(mods);
        assertThat(a.barriers.get()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aControllerRestartChangesNothingThatIsRight() throws IOException {
        load(States.twoHosts());
        a.connect(address());
        awaitApplied("a");
        int mods = a.mods.get();
        server.close();
        store.close();
        store = H2Store.open(directory);
        live = new LiveState(store);
        server = OpenFlowServer.start(live, events, List.of(ANY_PORT));
        a.connect(address());
        awaitApplied("a");
        assertThat(a.mods).hasValue(mods);
    }

    @Test
    void onlyTheDifferenceIsSent() throws IOException {
        load(States.twoHosts());
        a.connect(address());
        awaitApplied("a");
        int mods = a.mods.get();
        live.update(s -> Changes.observeHealth(s, new Health("web", "web2", false, "timeout")));
        awaitApplied("a");
        assertThat(a.mods).hasValue(mods + 1);
        assertThat(a.order().getLast()).isInstanceOfSatisfying(GroupMod.class, mod -> {
            assertThat(mod.command()).isEqualTo(GroupMod.Command.MODIFY);
            assertThat(mod.buckets()).hasSize(1);
        });
    }

    @Test
    void portsThatComeAndGoBindVnics() throws IOException {
        load(Changes.observePorts(States.twoHosts(), "b", new TreeMap<>()));
        a.connect(address());
        awaitApplied("a");
        assertThat(live.current().binding("web2")).isEmpty();
        a.portStatus(PortStatus.Reason.ADD, "web2", 9);
        await().until(() -> live.current().binding("web2").isPresent());
        assertThat(live.current().binding("web2")).contains(new Binding("a", 9));
        awaitApplied("a");
        int flows = a.flows().size();
        a.portStatus(PortStatus.Reason.DELETE, "web2", 9);
        await().until(() -> live.current().binding("web2").isEmpty());
        awaitApplied("a");
        assertThat(a.flows()).hasSizeLessThan(flows);
    }

    @Test
    void aSwitchNobodyRegisteredIsShownAndLeftAlone() throws IOException {
        load(States.guests());
        a.connect(address());
        await().until(() -> server.unknownDpids().equals(List.of("000000000000000a")));
        assertThat(a.mods).hasValue(0);
        live.update(s -> Changes.registerNode(s, States.nodeA()));
        awaitApplied("a");
        assertThat(server.unknownDpids()).isEmpty();
        assertThat(live.current().binding("web1")).contains(new Binding("a", 3));
        assertThat(a.flows()).hasSize(wantedFlows("a"));
    }

    @Test
    void flowsOfOthersStay() throws IOException {
        load(States.twoHosts());
        a.connect(address());
        awaitApplied("a");
        a.disconnect();
        Match theirs = Match.builder().inPort(77).build();
        a.apply(FlowMod.add(0).priority(1).match(theirs).cookie(0x1234).build());
        a.connect(address());
        live.update(s -> Changes.deleteService(s, "web"));
        awaitApplied("a");
        assertThat(a.flows()).anyMatch(f -> f.match().equals(theirs));
    }

    @Test
    void whatTheSwitchRefusesIsShownAndTriedAgain() throws IOException {
        load(States.twoHosts());
        a.refuse.set(1);
        a.connect(address());
        await().until(() -> status("a").error().contains("FLOW_MOD_TABLE_FULL"));
        assertThat(status("a").applied()).isLessThan(live.current().version());
        await().atMost(Duration.ofSeconds(20)).until(() -> status("a").error().isEmpty());
        awaitApplied("a");
        assertThat(a.flows()).hasSize(wantedFlows("a"));
        assertThat(a.groups()).hasSize(3);
    }

    @Test
    void anAddressInUseSaysSo() {
        String taken = "ptcp:" + ((InetSocketAddress) address()).getPort() + ":127.0.0.1";
        assertThatThrownBy(() -> OpenFlowServer.start(live, events, List.of(OpenFlowAddress.parse(taken))))
                .isInstanceOf(ControllerException.class)
                .hasMessageContaining(taken)
                .hasMessageContaining("in use");
        assertThatThrownBy(() -> OpenFlowServer.start(live, events, List.of(OpenFlowAddress.parse("tcp:127.0.0.1:1"))))
                .isInstanceOf(ControllerException.class)
                .hasMessageContaining("use ptcp:");
    }

    @Test
    void aUnixSocketLeftBehindIsReplaced() throws IOException {
        Path socket = directory.resolve("of.sock");
        OpenFlowAddress address = OpenFlowAddress.parse("punix:" + socket);
        try (var left = ServerSocketChannel.open(address.family())) {
            left.bind(address.socketAddress());
        }
        assertThat(socket).exists();
        try (OpenFlowServer second = OpenFlowServer.start(live, events, List.of(address))) {
            assertThat(second.addresses()).hasSize(1);
            assertThatThrownBy(() -> OpenFlowServer.start(live, events, List.of(address)))
                    .isInstanceOf(ControllerException.class)
                    .hasMessageContaining("in use");
            assertThat(Files.exists(socket)).isTrue();
        }
        assertThat(Files.exists(socket)).isFalse();
    }
}
