package io.hopline.cli;

import io.hopline.node.Node;
import io.hopline.node.NodeOptions;
import io.hopline.packet.IpAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hopline node}: runs one host's switch until it is told to end. */
@Command(
        name = "node",
        mixinStandardHelpOptions = true,
        description = {
            "Runs one host's node: virtual switch, overlay, vNICs, health checks and proxies.",
            "Without --controller it is a plain OpenFlow 1.3 switch. Addresses are in Open vSwitch's notation."
        },
        footer = {
            "",
            "Examples:",
            "  hopline node --name a --controller http://10.0.0.1:8080 --openflow tcp:10.0.0.1:6653 --vtep 10.0.0.2 \\",
            "               --uplink eth1 --control punix:/run/hopline/a.ctl",
            "  hopline node --name s1 --port 1=veth1 --port 2=veth2 --openflow-listen punix:/run/hopline/s1.mgmt",
            "  hopline node --name a --controller http://10.0.0.1:8080 --vtep 10.0.0.2 --workers 4 \\",
            "               --control punix:/run/hopline/a.ctl"
        })
final class NodeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--name", required = true, paramLabel = "NAME", description = "of this host")
    private String name = "";

    @Option(
            names = "--dpid",
            paramLabel = "N",
            description = "datapath id, decimal or 0x hexadecimal (default: from the name)")
    private @Nullable String dpid;

    @Option(
            names = "--openflow",
            paramLabel = "ADDRESS",
            description = "connect to tcp:HOST:PORT or unix:PATH; may be repeated")
    private List<String> openflow = List.of();

    @Option(
            names = "--openflow-listen",
            paramLabel = "ADDRESS",
            description = "listen on ptcp:PORT[:IP] or punix:PATH; may be repeated")
    private List<String> openflowListen = List.of();

    @Option(
            names = "--controller",
            paramLabel = "URL",
            description = "REST of the controller, for what OpenFlow has no words for")
    private @Nullable String controller;

    @Option(names = "--vtep", paramLabel = "IP", description = "this host's end of the overlay, IPv4 or IPv6")
    private @Nullable String vtep;

    @Option(names = "--uplink", paramLabel = "IF", description = "host NIC by which outside clients come")
    private @Nullable String uplink;

    @Option(names = "--port", paramLabel = "[N=]IF", description = "an existing netdev as a port; may be repeated")
    private List<String> ports = List.of();

    @Option(names = "--control", paramLabel = "punix:PATH", description = "where to listen for `hopline vnic`")
    private @Nullable String control;

    @Option(
            names = "--netns",
            paramLabel = "NAME",
            description = "namespace of uplink, ports and tunnel (default: our own)")
    private @Nullable String netns;

    @Option(names = "--metrics", paramLabel = "IP:PORT", description = "Prometheus endpoint")
    private @Nullable String metrics;

    @Option(
            names = "--busy-poll",
            paramLabel = "US",
            defaultValue = "20",
            description = {
                "microseconds to look for more frames after the last before sleeping (default: ${DEFAULT-VALUE});",
                "0 saves the most CPU time, more than 1000 takes a core and answers fastest"
            })
    private long busyPollUs;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = {
                "threads that forward, 1 to 16 (default: ${DEFAULT-VALUE}); a connection stays with one of them.",
                "More pay where cores are to spare and many connections carry the load"
            })
    private int workers;

    @Option(
            names = "--stamp-port",
            paramLabel = "PORT",
            defaultValue = "862",
            description = {
                "UDP port on which hosts compare their clocks (STAMP, RFC 8762), the same on every host",
                "(default: ${DEFAULT-VALUE}); 0 for none"
            })
    private int stampPort;

    @Option(
            names = "--guest-probe",
            description = {
                "ask the kernel, by its tracepoints, when servers in guests that share it (namespaces, containers)",
                "read requests and answered: their split into kernel and server is then exact"
            })
    private boolean guestProbe;

    @Override
    public Integer call() throws Exception {
        if (controller != null && vtep == null) {
            throw CliException.badInput(
                    "--vtep: a controller wants to know this host's end of the overlay; 127.0.0.1 will do for one host");
        }
        var options = new NodeOptions(
                name,
                dpid == null ? NodeOptions.datapathIdOf(name) : datapathId(dpid),
                openflow,
                openflowListen,
                Optional.ofNullable(controller).map(NodeCommand::uri),
                Optional.ofNullable(vtep).map(NodeCommand::address),
                Optional.ofNullable(uplink),
                ports.stream().map(NodeOptions.NetdevPort::parse).toList(),
                Optional.ofNullable(control),
                Optional.ofNullable(netns),
                Optional.ofNullable(metrics),
                TimeUnit.MICROSECONDS.toNanos(busyPollUs),
                workers,
                stampPort,
                guestProbe);
        try (var termination = new Termination();
                var node = Node.start(options)) {
            Hangup.runs(node::reopenLogs);
            spec.commandLine().getOut().println("node " + name + " forwards");
            spec.commandLine().getOut().flush();
            termination.await();
            return 0;
        }
    }

    static IpAddress address(String text) {
        try {
            return IpAddress.parse(text);
        } catch (IllegalArgumentException wrong) {
            throw CliException.badInput("--vtep: not an IP address: '" + text + "'");
        }
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException wrong) {
            throw CliException.badInput("--controller: not a URL: '" + text + "'");
        }
    }

    private static long datapathId(String text) {
        try {
            return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseUnsignedLong(text);
        } catch (NumberFormatException wrong) {
            throw CliException.badInput("--dpid: a number of up to 64 bits is wanted, not '" + text + "'");
        }
    }
}
