package io.hopline.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** The demo's controller and its two nodes, each a process of its own, and the wait for what they are to reach. */
final class DemoHosts {
    private static final int CONTROLLER_HEAP_MIB = 256;
    private static final int NODE_HEAP_MIB = 256;
    private static final long POLL_MS = 50;
    private static final long START_TIMEOUT_NS = 60_000_000_000L;

    private final DemoOptions options;
    private final Topology topology;
    private final Cleanup cleanup;
    private final int restPort = LoopbackPort.free();
    private final int openflowPort = LoopbackPort.free();
    private final Map<String, Integer> metricsPorts = new TreeMap<>();
    private final List<ChildProcess> children = new ArrayList<>();
    private final RestClient rest;

    DemoHosts(DemoOptions options, Topology topology, Cleanup cleanup) {
        this.options = options;
        this.topology = topology;
        this.cleanup = cleanup;
        this.rest = new RestClient(URI.create(controllerUrl()));
    }

    String controllerUrl() {
        return "http://127.0.0.1:" + restPort;
    }

    RestClient rest() {
        return rest;
    }

    NodeControl control(String node) {
        return new NodeControl(options.run().resolve(node + ".ctl"));
    }

    /** Starts controller and nodes at once and waits until the controller has programmed both switches. */
    void start() throws InterruptedException {
        start(
                "controller",
                CONTROLLER_HEAP_MIB,
                List.of(
                        "controller",
                        "--rest=127.0.0.1:" + restPort,
                        "--openflow=ptcp:" + openflowPort + ":127.0.0.1",
                        "--store=embedded:" + options.run().resolve("store"),
                        "--sample=" + options.sample(),
                        "--probe-netns=" + topology.client()));
        startNode("a", Topology.VTEP_A, List.of("--uplink=" + Topology.UPLINK));
        startNode("b", Topology.VTEP_B, List.of());
        await("both nodes are connected", state -> applied(state, 2));
    }

    private void startNode(String name, String vtep, List<String> more) {
        int metrics = LoopbackPort.free();
        metricsPorts.put(name, metrics);
        var arguments = new ArrayList<>(List.of(
                "node",
                "--name=" + name,
                "--openflow=tcp:127.0.0.1:" + openflowPort,
                "--openflow-listen=punix:" + options.run().resolve(name + ".mgmt"),
                "--controller=" + controllerUrl(),
                "--vtep=" + vtep,
                "--control=punix:" + options.run().resolve(name + ".ctl"),
                "--netns=" + topology.host(name),
                "--metrics=127.0.0.1:" + metrics));
        arguments.addAll(more);
        if (options.guestProbe()) {
            arguments.add("--guest-probe");
        }
        for (String ending : List.of(".mgmt", ".ctl")) {
            Path socket = options.run().resolve(name + ending);
            cleanup.add(socket.toString(), () -> Files.deleteIfExists(socket));
        }
        start("node " + name, NODE_HEAP_MIB, arguments);
    }

    private void start(String name, int heapMib, List<String> arguments) {
        Path log = options.run().resolve(name.replace(' ', '-') + ".log");
        ChildProcess child = ChildProcess.start(name, log, JavaProcess.command(heapMib, arguments));
        cleanup.add(name, child::close);
        children.add(child);
    }

    /** True when {@code nodes} switches are connected and run what they should. */
    static boolean applied(JsonNode state, int nodes) {
        int applied = 0;
        for (JsonNode node : state.path("nodes")) {
            boolean current = node.path("desired").asLong(-1)
                            == node.path("applied").asLong(-2)
                    && node.path("desired").asLong() >= state.path("version").asLong();
            if (node.path("connected").asBoolean(false) && current) {
                applied++;
            }
        }
        return applied >= nodes;
    }

    /** True when every vNIC is bound to a port of a node. */
    static boolean bound(JsonNode state) {
        for (JsonNode vnic : state.path("vnics")) {
            if (!vnic.path("state").asString("").equals("bound")) {
                return false;
            }
        }
        return true;
    }

    /** True when every backend of every service was checked and found well. */
    static boolean healthy(JsonNode state) {
        for (JsonNode service : state.path("services")) {
            for (JsonNode backend : service.path("backends")) {
                if (!backend.path("state").asString("").equals("healthy")) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Asks for the state until it is as wanted; a process that ends meanwhile, or a minute, ends the wait. */
    void await(String what, Predicate<JsonNode> wanted) throws InterruptedException {
        long deadlineNs = System.nanoTime() + START_TIMEOUT_NS;
        String last = "";
        while (true) {
            children.forEach(ChildProcess::requireAlive);
            try {
                JsonNode state = rest.get("/api/v1/state");
                if (wanted.test(state)) {
                    return;
                }
                last = state.toString();
            } catch (CliException notYet) {
                last = String.valueOf(notYet.getMessage());
            }
            if (System.nanoTime() > deadlineNs) {
                throw CliException.failed("waited a minute until " + what + "; the controller's last word: " + last);
            }
            Thread.sleep(POLL_MS);
        }
    }

    /** Shell variables that name everything a user, or another program, may want to reach. */
    void writeEnvironment() throws IOException {
        var lines = new ArrayList<String>();
        lines.add("HOPLINE_CONTROLLER=" + controllerUrl());
        lines.add("OPENFLOW=tcp:127.0.0.1:" + openflowPort);
        lines.add("VIP=" + Demo.VIP);
        lines.add("CLIENT_NS=" + topology.client());
        lines.add("CLIENT_IP=" + Topology.CLIENT_IP);
        for (String host : List.of("a", "b")) {
            String suffix = host.equals("a") ? "_A" : "_B";
            lines.add("HOST_NS" + suffix + "=" + topology.host(host));
            lines.add("VTEP" + suffix + "=" + (host.equals("a") ? Topology.VTEP_A : Topology.VTEP_B));
            lines.add("MGMT" + suffix + "=unix:" + options.run().resolve(host + ".mgmt"));
            lines.add("CTL" + suffix + "=unix:" + options.run().resolve(host + ".ctl"));
            lines.add("METRICS" + suffix + "=http://127.0.0.1:" + metricsPorts.get(host) + "/metrics");
        }
        lines.add("WEB1_IP=" + Demo.WEB1_IP);
        lines.add("WEB2_IP=" + Demo.WEB2_IP);
        if (options.vm().isEmpty()) {
            lines.add("WEB1_NS=" + topology.guest("web1"));
        }
        lines.add("WEB2_NS=" + topology.guest("web2"));
        Files.write(options.run().resolve("env"), lines);
    }
}
