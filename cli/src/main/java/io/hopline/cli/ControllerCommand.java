package io.hopline.cli;

import io.hopline.controller.Controller;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hopline controller}: runs a controller until it is told to end. */
@Command(
        name = "controller",
        mixinStandardHelpOptions = true,
        description = "Runs a controller: REST and web page for people, OpenFlow for switches.",
        footer = {
            "",
            "Examples:",
            "  hopline controller",
            "  hopline controller --rest 0.0.0.0:8080 --openflow ptcp:6653:0.0.0.0 --store embedded:/var/lib/hopline"
        })
final class ControllerCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ControllerSettings settings = new ControllerSettings();

    @Option(
            names = "--openflow",
            paramLabel = "ADDRESS",
            defaultValue = "ptcp:6653:127.0.0.1",
            description = "where switches connect to: ptcp:PORT[:IP] or punix:PATH (default: ${DEFAULT-VALUE})")
    private List<String> openflow = List.of();

    @Option(
            names = "--probe-netns",
            paramLabel = "NAME",
            description = "namespace that `hopline path` sends its request from (default: the controller's own)")
    private @Nullable String probeNetns;

    @Override
    public Integer call() throws Exception {
        try (var termination = new Termination();
                var probes = ProbeSockets.of(probeNetns);
                var controller = Controller.start(settings.options(openflow, probes))) {
            spec.commandLine().getOut().println("controller on http://" + controller.restAddress() + "/");
            spec.commandLine().getOut().flush();
            termination.await();
            return 0;
        }
    }
}
