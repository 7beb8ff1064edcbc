package io.hopline.cli;

import io.hopline.controller.Controller;
import io.hopline.node.Node;
import io.hopline.node.NodeOptions;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hopline up}: a controller and this host's node in one process. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a controller and this host's node in one process, until it is told to end.",
            "More hosts join with `hopline node`, if --rest, --openflow and --vtep are addresses they reach."
        },
        footer = {
            "",
            "Examples:",
            "  hopline up",
            "  hopline up --uplink eth1 --vtep 10.0.0.1 --rest 10.0.0.1:8080 --openflow ptcp:6653:10.0.0.1"
        })
final class UpCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ControllerSettings settings = new ControllerSettings();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "host1",
            description = "of this host (default: ${DEFAULT-VALUE})")
    private String name = "";

    @Option(
            names = "--openflow",
            paramLabel = "ptcp:PORT[:IP]",
            defaultValue = "ptcp:6653:127.0.0.1",
            description = "where switches connect to (default: ${DEFAULT-VALUE})")
    private String openflow = "";

    @Option(
            names = "--vtep",
            paramLabel = "IP",
            defaultValue = "127.0.0.1",
            description = "this host's end of the overlay (default: ${DEFAULT-VALUE}, enough for one host)")
    private String vtep = "";

    @Option(names = "--uplink", paramLabel = "IF", description = "host NIC by which outside clients come")
    private @Nullable String uplink;

    @Option(names = "--metrics", paramLabel = "IP:PORT", description = "Prometheus endpoint of the node")
    private @Nullable String metrics;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "threads that forward, each with a queue of every port (default: ${DEFAULT-VALUE})")
    private int workers;

    @Option(
            names = "--guest-probe",
            description = {
                "ask the kernel, by its tracepoints, when servers in guests that share it (namespaces, containers)",
                "read requests and answered: their split into kernel and server is then exact"
            })
    private boolean guestProbe;

    @Override
    public Integer call() throws Exception {
        Files.createDirectories(NodeControl.DEFAULT_DIRECTORY);
        Path control = NodeControl.DEFAULT_DIRECTORY.resolve(name + ".ctl");
        Path management = NodeControl.DEFAULT_DIRECTORY.resolve(name + ".mgmt");
        try (var termination = new Termination();
                var probes = ProbeSockets.of(null);
                var controller = Controller.start(settings.options(List.of(openflow), probes));
                var node = Node.start(nodeOptions(controller, control, management))) {
            Hangup.runs(node::reopenLogs);
            spec.commandLine()
                    .getOut()
                    .println("node " + name + " forwards, controller on http://" + controller.restAddress()
                            + "/, OpenFlow on unix:" + management);
            spec.commandLine().getOut().flush();
            termination.await();
            return 0;
        }
    }

    private NodeOptions nodeOptions(Controller controller, Path control, Path management) {
        int port = ((InetSocketAddress) controller.openFlowAddresses().getFirst()).getPort();
        return new NodeOptions(
                name,
                NodeOptions.datapathIdOf(name),
                List.of("tcp:" + hostOf(openflow) + ":" + port),
                List.of("punix:" + management),
                Optional.of(URI.create("http://" + controller.restAddress())),
                Optional.of(NodeCommand.address(vtep)),
                Optional.ofNullable(uplink),
                List.of(),
                Optional.of("punix:" + control),
                Optional.empty(),
                Optional.ofNullable(metrics),
                NodeOptions.DEFAULT_BUSY_POLL_NS,
                workers,
                NodeOptions.DEFAULT_STAMP_PORT,
                guestProbe);
    }

    /** The address after {@code ptcp:PORT:}; an address that means all of them is reached over loopback. */
    private static String hostOf(String address) {
        String[] parts = address.split(":");
        return parts.length < 3 || parts[2].equals("0.0.0.0") ? "127.0.0.1" : parts[2];
    }
}
