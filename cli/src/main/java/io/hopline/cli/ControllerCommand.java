package io.hopline.cli;

import io.hopline.controller.Controller;
import io.hopline.controller.ControllerOptions;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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

    @Option(
            names = "--rest",
            paramLabel = "IP:PORT",
            defaultValue = "127.0.0.1:8080",
            description = "REST and web page (default: ${DEFAULT-VALUE})")
    private String rest = "";

    @Option(
            names = "--openflow",
            paramLabel = "ADDRESS",
            defaultValue = "ptcp:6653:127.0.0.1",
            description = "where switches connect to: ptcp:PORT[:IP] or punix:PATH (default: ${DEFAULT-VALUE})")
    private List<String> openflow = List.of();

    @Option(
            names = "--store",
            paramLabel = "STORE",
            defaultValue = "embedded:hopline-store",
            description = "embedded:DIR (default: ${DEFAULT-VALUE})")
    private String store = "";

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "auto",
            description = "time one in N connections, a power of two, or auto: as many as cost 1 %% of a core")
    private String sample = "auto";

    @Option(
            names = "--probe-netns",
            paramLabel = "NAME",
            description = "namespace that `hopline path` sends its request from (default: the controller's own)")
    private @Nullable String probeNetns;

    @Option(
            names = "--alert-webhook",
            paramLabel = "URL",
            description = "post burn-rate alerts here, as Alertmanager does (its webhook payload, version 4)")
    private @Nullable URI alertWebhook;

    @Option(
            names = "--otlp",
            paramLabel = "URL",
            description = {
                "send each timed request there as an OpenTelemetry trace with a span for each hop",
                "(OTLP over HTTP, JSON; such as http://localhost:4318/v1/traces)"
            })
    private @Nullable URI traces;

    @Override
    public Integer call() throws Exception {
        try (var termination = new Termination();
                var probes = ProbeSockets.of(probeNetns);
                var controller = Controller.start(new ControllerOptions(
                        rest,
                        openflow,
                        store,
                        ControllerOptions.parseSample(sample),
                        probes::open,
                        alertWebhook,
                        traces))) {
            spec.commandLine().getOut().println("controller on http://" + controller.restAddress() + "/");
            spec.commandLine().getOut().flush();
            termination.await();
            return 0;
        }
    }
}
