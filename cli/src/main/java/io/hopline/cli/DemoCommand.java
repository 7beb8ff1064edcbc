package io.hopline.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hopline demo}. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "The main job on this machine, start to report: two hosts, a guest with nginx on each, an overlay, a",
            "load-balanced service, requests from outside, and where each request's time went.",
            "Exits with 0 only when every hop was seen on both hosts, both guests served and no request failed."
        },
        footer = {
            "",
            "Examples:",
            "  hopline demo",
            "  hopline demo --vm --out results",
            "  hopline demo --mode l7 --requests 20000 --rate 1000",
            "  hopline demo --keep        and look around in another terminal"
        })
final class DemoCommand implements Callable<Integer> {
    /** Of the service. */
    enum Mode {
        L4,
        L7
    }

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--vm", description = "guest web1 is a QEMU virtual machine")
    private boolean vm;

    @Option(
            names = "--vm-nic",
            paramLabel = "NIC",
            description = "the VM's network card: virtio (default), or e1000, which is wholly emulated; implies --vm")
    private @Nullable VmNic vmNic;

    @Option(
            names = "--mode",
            defaultValue = "l4",
            description = "l4: the switch balances connections; l7: a proxy balances requests")
    private Mode mode = Mode.L4;

    @Option(names = "--requests", paramLabel = "N", defaultValue = "6000", description = "default: ${DEFAULT-VALUE}")
    private int requests;

    @Option(
            names = "--rate",
            paramLabel = "R",
            defaultValue = "400",
            description = "a second, on average (default: ${DEFAULT-VALUE})")
    private double rate;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "auto",
            description = "time one in N connections, a power of two, or auto: as many as cost 1 %% of a core")
    private String sample = "auto";

    @Option(
            names = "--guest-delay",
            paramLabel = "MS",
            defaultValue = "0",
            description = {
                "the guests' servers sleep so long before they answer, and the nginx hop must show it",
                "(needs Debian's libnginx-mod-http-echo)"
            })
    private int guestDelayMs;

    @Option(
            names = "--slo",
            paramLabel = "FILE",
            description = "objectives to judge the run by, OpenSLO YAML (default: the demo's own)")
    private @Nullable Path slo;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "hopline-demo",
            description = "report and logs (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("hopline-demo");

    @Option(
            names = "--guest-probe",
            description = {
                "ask the kernel, by its tracepoints, when servers in guests that share it (namespaces, containers)",
                "read requests and answered: the report then has the exact split, and the inference's error"
            })
    private boolean guestProbe;

    @Option(names = "--keep", description = "stay up until Ctrl-C")
    private boolean keep;

    @Override
    public Integer call() throws Exception {
        var options = new DemoOptions(
                vm && vmNic == null ? Optional.of(VmNic.VIRTIO) : Optional.ofNullable(vmNic),
                mode == Mode.L4 ? "l4" : "l7",
                LoadPlan.of(requests, rate),
                out.toAbsolutePath().normalize(),
                keep,
                sample,
                slo == null ? defaultObjectives() : SlaCommand.read(slo),
                guestDelayMs,
                guestProbe);
        PrintWriter terminal = spec.commandLine().getOut();
        var cleanup = new Cleanup();
        var demo = new Demo(
                options, terminal, System.console() != null && System.console().isTerminal(), cleanup);
        List<String> missing;
        try (var termination = new Termination(cleanup::stop);
                cleanup) {
            missing = demo.run();
            if (keep) {
                report(terminal, missing, options.out());
                demo.stayUp();
                return missing.isEmpty() ? 0 : 1;
            }
        } catch (Exception failure) {
            if (cleanup.stopped()) {
                return 1;
            }
            throw failure;
        }
        cleanup.problems().forEach(problem -> terminal.println("left behind: " + problem));
        report(terminal, missing, options.out());
        return missing.isEmpty() && cleanup.problems().isEmpty() ? 0 : 1;
    }

    private static String defaultObjectives() throws IOException {
        try (InputStream yaml = Objects.requireNonNull(DemoCommand.class.getResourceAsStream("demo-slo.yaml"))) {
            return new String(yaml.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void report(PrintWriter terminal, List<String> missing, Path out) {
        missing.forEach(what -> terminal.println("MISSING: " + what));
        terminal.printf(Locale.ROOT, "%s%n", missing.isEmpty() ? "All hops seen on both hosts." : "Not all was seen.");
        terminal.printf(Locale.ROOT, "Report: %s/report.html  %s/report.json  %s/hops.txt%n", out, out, out);
        terminal.flush();
    }
}
