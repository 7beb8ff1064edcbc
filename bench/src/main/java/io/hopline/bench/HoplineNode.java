package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import io.hopline.cli.CliException;
import io.hopline.cli.JavaProcess;
import io.hopline.cli.LoopbackPort;
import io.hopline.cli.NodeControl;
import io.hopline.node.Node;
import io.hopline.openflow.ErrorMessage;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.OpenFlowAddress;
import io.hopline.openflow.OpenFlowConnection;
import io.hopline.openflow.OpenFlowMessage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A {@code hopline node} process, driven by its control socket and by OpenFlow as any controller would. */
final class HoplineNode implements Contender.MorePorts {
    private static final int HEAP_MIB = 256;
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

    private final Path controlSocket;
    private final Path openflowSocket;
    private final MetricsPage metrics;
    private final ChildProcess process;

    private HoplineNode(Path controlSocket, Path openflowSocket, MetricsPage metrics, ChildProcess process) {
        this.controlSocket = controlSocket;
        this.openflowSocket = openflowSocket;
        this.metrics = metrics;
        this.process = process;
    }

    /**
     * Starts a node and waits until it forwards.
     *
     * @param flags further options of {@code hopline node}
     */
    static HoplineNode start(Rig rig, String name, List<String> flags) throws InterruptedException {
        Path control = rig.directory().resolve(name + ".ctl");
        Path openflow = rig.directory().resolve(name + ".mgmt");
        int metricsPort = LoopbackPort.free();
        var arguments = new ArrayList<>(List.of(
                "node",
                "--name=" + name,
                "--openflow-listen=punix:" + openflow,
                "--control=punix:" + control,
                "--metrics=127.0.0.1:" + metricsPort));
        arguments.addAll(flags);
        ChildProcess process = rig.startHere("node " + name, JavaProcess.command(HEAP_MIB, arguments));
        // The control socket is the last thing a node opens.
        process.await("not started", START_TIMEOUT, () -> Files.exists(control));
        return new HoplineNode(
                control,
                openflow,
                new MetricsPage(URI.create("http://127.0.0.1:" + metricsPort + "/metrics")),
                process);
    }

    long pid() {
        return process.pid();
    }

    MetricsPage metrics() {
        return metrics;
    }

    /** Plugs a guest in with a TAP of the node's own. */
    void plug(Rig.Guest guest) {
        attach("vnic" + guest.port(), guest.netns(), "eth0", guest.mac(), guest.port());
    }

    /** Plugs a guest in as the controller knows it. */
    void plug(String name, String netns, String mac, int mtu) {
        new NodeControl(controlSocket)
                .request(Map.of(
                        "cmd", "attach", "name", name, "netns", netns, "ifname", "eth0", "mac", mac, "mtu", mtu));
    }

    /** Makes a TAP for a VMM to open, in the namespace that the node's ports are in. */
    void plugTap(String name, String tap, int mtu) {
        new NodeControl(controlSocket).request(Map.of("cmd", "attach", "name", name, "tap", tap, "mtu", mtu));
    }

    private void attach(String name, String netns, String device, String mac, int number) {
        Map<String, Object> command = new LinkedHashMap<>();
        command.put("cmd", "attach");
        command.put("name", name);
        command.put("netns", netns);
        command.put("ifname", device);
        command.put("mac", mac);
        command.put("ofport", number);
        new NodeControl(controlSocket).request(command);
    }

    @Override
    public void plug(String guestNetns, int from, int to) {
        for (int number = from; number < to; number++) {
            String mac = String.format(java.util.Locale.ROOT, "02:00:0a:64:%02x:%02x", number >> 8, number & 0xff);
            attach("vnic" + number, guestNetns, "tap" + number, mac, number);
        }
    }

    /** OpenFlow number of the overlay's port. */
    int tunnelPort() {
        for (JsonNode port :
                new NodeControl(controlSocket).request(Map.of("cmd", "list")).path("ports")) {
            if (port.path("name").asString().equals(Node.TUNNEL_PORT)) {
                return port.path("ofport").asInt();
            }
        }
        throw CliException.failed("the node has no port " + Node.TUNNEL_PORT);
    }

    /** Adds flows; when this returns, they are in force. */
    void program(List<FlowMod> flows) throws IOException {
        try (var connection = OpenFlowConnection.connect(OpenFlowAddress.parse("unix:" + openflowSocket))) {
            for (FlowMod flow : flows) {
                connection.send(connection.nextXid(), flow);
            }
            int barrier = connection.nextXid();
            connection.send(barrier, new OpenFlowMessage.BarrierRequest());
            OpenFlowConnection.Received received;
            do {
                received = connection.receive();
                if (received.message() instanceof ErrorMessage error) {
                    throw CliException.failed("the switch refuses a flow: " + error);
                }
            } while (!(received.message() instanceof OpenFlowMessage.BarrierReply) || received.xid() != barrier);
        }
    }
}
