package io.hopline.bench;

import io.hopline.cli.Cleanup;
import io.hopline.cli.CliException;
import io.hopline.cli.Termination;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hopline bench density}. */
@Command(
        name = "density",
        mixinStandardHelpOptions = true,
        description = {
            "What a guest costs: real nginx guests behind the switch, as containers, as VMs with virtio and as VMs with an emulated",
            "e1000, more and more of them with the same open-loop load each, until the objective breaks or there are as many as",
            "allowed; then more load. Prints switch CPU per request and for an idle guest, memory per vNIC, latency, and how many",
            "such guests this machine carries. VMs run without KVM; their image is made once from Debian's packages."
        },
        footer = {
            "",
            "Examples:",
            "  hopline bench density --html density.html --json density.json",
            "  hopline bench density --kinds container --containers 200 --rate 20",
            "  hopline bench density --objective 10ms --vms 24",
            "  hopline bench density --quick --kinds container"
        })
final class DensityCommand implements Callable<Integer> {
    private static final int MAX_GUESTS = 1_000;
    private static final List<String> MACHINE_PROGRAMS = List.of("qemu-system-x86_64", "busybox");
    private static final Pattern OBJECTIVE = Pattern.compile("([1-9][0-9]{0,6})(us|ms|s)");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private DensityOutput output = new DensityOutput();

    @Option(
            names = "--kinds",
            paramLabel = "A,B",
            split = ",",
            description = "of guests: container, virtio, e1000 (default: all)")
    private List<String> kinds = GuestKind.ids();

    @Option(names = "--containers", paramLabel = "N", description = "most containers; default: 64, with --quick 4")
    private @Nullable Integer containers;

    @Option(names = "--vms", paramLabel = "N", description = "most VMs of a kind; default: 12, with --quick 1")
    private @Nullable Integer machines;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "30",
            description = "requests a second to each guest; default: ${DEFAULT-VALUE}")
    private double rate;

    @Option(
            names = "--objective",
            paramLabel = "TIME",
            defaultValue = "20ms",
            description = "longest p99 of a request that is good, such as 500us, 20ms, 1s; default: ${DEFAULT-VALUE}")
    private String objective = "20ms";

    @Option(names = "--step", paramLabel = "S", description = "seconds that a step takes; default: 6, with --quick 1")
    private @Nullable Integer stepS;

    @Option(names = "--quick", description = "few guests, short steps: shows that everything works")
    private boolean quick;

    @Override
    public Integer call() throws Exception {
        DensityPlan plan = plan();
        PrintWriter err = spec.commandLine().getErr();
        List<String> missing = Machine.missing(List.of("ip", "ss", "nsenter", "nginx"));
        if (!missing.isEmpty()) {
            throw CliException.failed(
                    "missing " + String.join(", ", missing) + ": apt-get install iproute2 util-linux nginx-light");
        }
        var cleanup = new Cleanup();
        var results = new ArrayList<KindDensity>();
        var failures = new ArrayList<String>();
        var skipped = new ArrayList<String>();
        try (var termination = new Termination(cleanup::stop);
                cleanup) {
            Path work = Files.createTempDirectory("hopline-bench");
            cleanup.add("directory " + work, () -> Files.deleteIfExists(work));
            for (GuestKind kind : plan.kinds()) {
                List<String> absent = kind.nic().isPresent() ? Machine.missing(MACHINE_PROGRAMS) : List.of();
                if (absent.isEmpty()) {
                    run(kind, plan, work, cleanup, results, failures, line -> progress(err, kind, line));
                } else {
                    skipped.add(kind.id() + ": no " + String.join(", ", absent)
                            + "; apt-get install qemu-system-x86 busybox-static");
                }
            }
        } catch (Exception failure) {
            if (cleanup.stopped()) {
                return 1;
            }
            throw failure;
        }
        cleanup.problems().forEach(problem -> failures.add("left behind: " + problem));
        var report = new DensityReport(
                facts(),
                plan,
                Runtime.getRuntime().availableProcessors(),
                Machine.memoryMib(),
                results,
                failures,
                skipped);
        output.write(report, spec.commandLine().getOut());
        return failures.isEmpty() ? 0 : 1;
    }

    private static void progress(PrintWriter err, GuestKind kind, String line) {
        err.println(String.format(Locale.ROOT, "%-10s %s", kind.id(), line));
        err.flush();
    }

    private static void run(
            GuestKind kind,
            DensityPlan plan,
            Path work,
            Cleanup cleanup,
            List<KindDensity> results,
            List<String> failures,
            Consumer<String> progress)
            throws Exception {
        var rig = new Rig(work, 1);
        try (rig) {
            results.add(KindRun.measure(rig, kind, plan, progress, failures::add));
        } catch (Exception failure) {
            if (cleanup.stopped()) {
                throw failure;
            }
            failures.add(kind.id() + ": " + failure.getMessage());
            progress.accept("FAILED: " + failure.getMessage());
        }
        rig.problems().forEach(problem -> failures.add("left behind: " + problem));
    }

    private DensityPlan plan() {
        var wanted = new ArrayList<GuestKind>();
        for (GuestKind kind : GuestKind.values()) {
            if (kinds.contains(kind.id())) {
                wanted.add(kind);
            }
        }
        for (String id : kinds) {
            if (!GuestKind.ids().contains(id)) {
                throw CliException.badInput(
                        "--kinds: there is no '" + id + "'; known are " + String.join(", ", GuestKind.ids()));
            }
        }
        if (!(rate >= 1 && rate <= 10_000)) {
            throw CliException.badInput("--rate: 1 to 10000 requests a second are wanted, not " + rate);
        }
        return new DensityPlan(
                wanted,
                within("--containers", containers, quick ? 4 : 64, MAX_GUESTS),
                within("--vms", machines, quick ? 1 : 12, MAX_GUESTS),
                rate,
                objective(objective),
                Duration.ofSeconds(within("--step", stepS, quick ? 1 : 6, 600)),
                quick ? 2 : 8,
                quick ? 16 : 100);
    }

    private static int within(String option, @Nullable Integer value, int otherwise, int most) {
        if (value == null) {
            return otherwise;
        }
        if (value < 1 || value > most) {
            throw CliException.badInput(option + ": 1 to " + most + " is wanted, not " + value);
        }
        return value;
    }

    private static Duration objective(String text) {
        Matcher matcher = OBJECTIVE.matcher(text);
        if (!matcher.matches()) {
            throw CliException.badInput("--objective: a time such as 500us, 20ms or 1s is wanted, not '" + text + "'");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "us" -> Duration.ofNanos(count * 1_000);
            case "ms" -> Duration.ofMillis(count);
            default -> Duration.ofSeconds(count);
        };
    }

    private Map<String, String> facts() {
        String command = "hopline "
                + String.join(" ", spec.commandLine().getParseResult().originalArgs());
        var facts = new LinkedHashMap<>(Machine.facts(command));
        facts.put("nginx", Machine.firstLine("nginx", "-v"));
        facts.put("QEMU", Machine.firstLine("qemu-system-x86_64", "--version"));
        return facts;
    }
}
