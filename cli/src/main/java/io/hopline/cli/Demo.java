package io.hopline.cli;

import io.hopline.packet.MacAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * The main job on one machine: two hosts, a guest on each, an overlay between them, a service in front, requests from
 * outside, and the report of where their time went. Everything it makes is gone when it returns, except what is under
 * the output directory.
 */
final class Demo {
    static final String VIP = "10.0.1.100:80";
    private static final String WARM_UP_VIP = "10.0.1.99:80";
    static final String WEB1_IP = "10.0.1.11";
    static final String WEB2_IP = "10.0.1.12";

    private static final String NETWORK = "blue";
    private static final String SERVICE = "web";
    private static final String WARM_UP = "warm-up";
    private static final String VM_TAP = "tap-web1";
    private static final Duration VM_BOOT_TIMEOUT = Duration.ofSeconds(120);
    private static final int WARM_UP_REQUESTS = 2_000;
    private static final long PROGRESS_MS = 200;

    private final DemoOptions options;
    private final PrintWriter out;
    private final Steps steps;
    private final Cleanup cleanup;
    private final Topology topology;
    private final DemoHosts hosts;
    private final List<ChildProcess> servers = new ArrayList<>();

    Demo(DemoOptions options, PrintWriter out, boolean terminal, Cleanup cleanup) {
        this.options = options;
        this.out = out;
        this.steps = new Steps(out, terminal);
        this.cleanup = cleanup;
        this.topology = new Topology("hl" + ProcessHandle.current().pid());
        this.hosts = new DemoHosts(options, topology, cleanup);
    }

    /** Runs all steps; returns what is missing from a full success, nothing when all is well. */
    List<String> run() throws Exception {
        prepareOutput();
        steps.step("wires: client - host a - host b, and the guests", () -> {
            topology.create(options.vm().isPresent() ? List.of("web2") : List.of("web1", "web2"), cleanup);
            return "";
        });
        steps.step("controller and two nodes", () -> {
            hosts.start();
            hosts.writeEnvironment();
            return "";
        });
        MacAddress web1Mac = steps.step("network " + NETWORK + ", a vNIC on each host", this::attachGuests);
        steps.step(
                "guests: "
                        + options.vm()
                                .map(nic -> "a VM (" + nic.label() + ") and a namespace")
                                .orElse("two namespaces")
                        + ", addresses by DHCP, nginx",
                () -> startGuests(web1Mac));
        steps.step("service " + SERVICE + " on " + VIP + " (" + options.mode() + "), both backends healthy", () -> {
            createService(SERVICE, VIP);
            createService(WARM_UP, WARM_UP_VIP);
            hosts.await("both backends are healthy", state -> DemoHosts.applied(state, 2) && DemoHosts.healthy(state));
            return "";
        });
        steps.step("warm-up: " + warmUp().requests() + " requests to a service of their own", () -> {
            LoadResult result = load(warmUp(), WARM_UP_VIP);
            // Once the service is gone, what is not joined yet would count to the other one with the same servers.
            DemoReport.awaitJoined(hosts.rest());
            hosts.rest().delete("/api/v1/services/" + WARM_UP);
            hosts.await("the warm-up's service is gone", state -> DemoHosts.applied(state, 2));
            return result;
        });
        LoadPlan plan = options.load();
        String what = String.format(
                Locale.ROOT, "load: %d requests, %.0f/s, planned send times", plan.requests(), plan.ratePerSecond());
        LoadResult result = steps.step(what, () -> load(plan, VIP));
        var report =
                steps.step("report", () -> DemoReport.fetch(hosts.rest(), SERVICE, options.objectives(), plan, result));
        SlaCommand.write(report.report(), options.out());
        out.println();
        out.print(report.text());
        out.println();
        out.flush();
        return report.missing(options.mode());
    }

    /** Blocks until the JVM is told to end. */
    void stayUp() throws InterruptedException {
        Path run = options.run();
        out.printf(Locale.ROOT, """
                Staying up until Ctrl-C. In another terminal:
                  web page      %s
                  requests      ip netns exec %s curl -s http://%s/
                  flows         ovs-ofctl -O OpenFlow13 dump-flows unix:%s/a.mgmt
                  groups        ovs-ofctl -O OpenFlow13 dump-groups unix:%s/a.mgmt
                  ports         ovs-ofctl -O OpenFlow13 dump-ports unix:%s/b.mgmt
                  variables     . %s/env
                """, hosts.controllerUrl(), topology.client(), VIP, run, run, run, run);
        if (options.vm().isPresent()) {
            out.printf(
                    "  VM's shell    socat -,raw,echo=0 UNIX-CONNECT:%s%n",
                    run.resolve("web1").resolve(VmGuest.SHELL));
        }
        out.flush();
        while (!cleanup.stopped()) {
            Thread.sleep(PROGRESS_MS);
            servers.forEach(ChildProcess::requireAlive);
        }
    }

    /** What an earlier run left there goes, so that nothing old is taken for a result. */
    private void prepareOutput() throws IOException {
        Files.createDirectories(options.out());
        for (String name : List.of("report.json", "report.html", "report.md", "hops.txt")) {
            Files.deleteIfExists(options.out().resolve(name));
        }
        if (Files.isDirectory(options.run())) {
            try (Stream<Path> old = Files.walk(options.run())) {
                for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.createDirectories(options.run());
    }

    private MacAddress attachGuests() throws InterruptedException {
        hosts.rest().post("/api/v1/networks", Map.of("name", NETWORK, "subnet", Topology.SUBNET, "vni", 100));
        MacAddress web1Mac =
                attach("web1", "a", WEB1_IP, options.vm().isPresent() ? virtualMachine() : namespace("web1"));
        attach("web2", "b", WEB2_IP, namespace("web2"));
        hosts.await("both vNICs are bound", state -> DemoHosts.bound(state) && DemoHosts.applied(state, 2));
        return web1Mac;
    }

    private MacAddress attach(String guest, String node, String ip, GuestPlace place) {
        JsonNode vnic = new VnicAttachment(hosts.control(node), Optional.empty())
                .inNetwork(hosts.rest(), guest, NETWORK, Optional.of(ip), Map.of(), place);
        return MacAddress.parse(vnic.path("mac").asString());
    }

    private GuestPlace namespace(String guest) {
        return GuestPlace.of(topology.guest(guest), null, null, "eth0");
    }

    /** A TAP in host a's namespace, held by QEMU and reached by the node through its netdev. */
    private GuestPlace virtualMachine() {
        return GuestPlace.of(null, null, VM_TAP, "eth0");
    }

    private String startGuests(MacAddress web1Mac) throws InterruptedException {
        Optional<VmGuest> machine = options.vm().map(nic -> startVirtualMachine(nic, web1Mac));
        startNamespaceGuest("web2", WEB2_IP);
        if (machine.isPresent()) {
            machine.get().awaitReady(VM_BOOT_TIMEOUT);
        } else {
            startNamespaceGuest("web1", WEB1_IP);
        }
        return "";
    }

    private VmGuest startVirtualMachine(VmNic nic, MacAddress mac) {
        VmImage image = VmImage.prepare(nic, VmImage.defaultCache(System.getenv()), steps::at);
        var plan = new VmGuest.Plan(
                "web1", Optional.of(topology.host("a")), VM_TAP, nic, mac, options.guestDelayMs(), Optional.empty());
        VmGuest machine = VmGuest.start(image, plan, options.run().resolve("web1"));
        cleanup.add("VM web1", machine::close);
        return machine;
    }

    private void startNamespaceGuest(String guest, String ip) throws InterruptedException {
        Path directory = options.run().resolve(guest);
        DhcpClient.configure(topology.guest(guest), "eth0", directory, ip);
        ChildProcess nginx = NginxGuest.start(topology.guest(guest), guest, directory, options.guestDelayMs());
        cleanup.add("nginx of " + guest, nginx::close);
        servers.add(nginx);
        NginxGuest.awaitListening(nginx, topology.guest(guest));
    }

    private void createService(String name, String vip) {
        Map<String, Object> service = new LinkedHashMap<>();
        service.put("name", name);
        service.put("network", NETWORK);
        service.put("vip", vip);
        service.put("mode", options.mode());
        service.put("backends", List.of("web1:80", "web2:80"));
        service.put("check", "http:/");
        hosts.rest().post("/api/v1/services", service);
    }

    /** As the load, but in a service of its own, so that the report is about code the JVMs have compiled. */
    private LoadPlan warmUp() {
        LoadPlan plan = options.load();
        int requests = Math.min(WARM_UP_REQUESTS, plan.requests());
        return new LoadPlan(
                requests,
                plan.ratePerSecond(),
                plan.connections(),
                plan.requestsPerConnection(),
                plan.timeoutMs(),
                plan.seed() + 1);
    }

    /** Sends the requests from the client's namespace: a socket belongs to the namespace it was made in. */
    private LoadResult load(LoadPlan plan, String vip) throws Exception {
        var pages = Map.of("web1", NginxGuest.page("web1"), "web2", NginxGuest.page("web2"));
        int colon = vip.indexOf(':');
        var target = new InetSocketAddress(vip.substring(0, colon), Integer.parseInt(vip.substring(colon + 1)));
        try (var sockets = ProbeSockets.of(topology.client())) {
            var load = new OpenLoopLoad(plan, target, "/", pages, sockets::open);
            cleanup.add("load", load::stop);
            Thread progress = Thread.ofVirtual().start(() -> {
                try {
                    while (load.finished() < plan.requests()) {
                        steps.at("load: " + load.finished() + " of " + plan.requests() + " requests");
                        Thread.sleep(PROGRESS_MS);
                    }
                } catch (InterruptedException done) {
                    Thread.currentThread().interrupt();
                }
            });
            try {
                return load.run();
            } finally {
                progress.interrupt();
                progress.join();
            }
        }
    }
}
