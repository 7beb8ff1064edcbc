package io.hopline.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hopline lb}: services, each a virtual address in front of guests. */
@Command(
        name = "lb",
        mixinStandardHelpOptions = true,
        description = "Load-balanced services: a virtual address in front of guests.",
        footer = {
            "",
            "Examples:",
            "  hopline lb create web --network blue --vip 10.0.1.100:80 --backend web1:80 --backend web2:80",
            "  hopline lb create web --network blue --vip 10.0.1.100:80 --backend web1:80 --mode l7 --check http:/",
            "  hopline lb create shop --network blue --vip 10.0.1.101:80 --backend-label app=shop:80 --mode l7"
                    + " --balance sticky-cookie:SHOP --access-log shop.log",
            "  hopline lb update web --add-backend web3:80",
            "  hopline lb drain web web1"
        },
        synopsisSubcommandLabel = "(create | update | list | show | drain | delete)")
final class LbCommand implements Verbs {
    private static final String PATH = "/api/v1/services";
    private static final String[] COLUMNS = {
        "name", "network", "vip", "protocol", "mode", "status", "backends=backends.name", "states=backends.state"
    };

    private static final int WATCH_MS = 1_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public CommandSpec spec() {
        return spec;
    }

    /** At which layer a service chooses a backend. */
    enum Mode {
        L4,
        L7
    }

    /** What the VIP's port is a port of. */
    enum Protocol {
        TCP,
        UDP
    }

    @Command(
            description = "Make a service.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Examples:",
                "  hopline lb create web --network blue --vip 10.0.1.100:80 --backend web1:80 --backend web2:80",
                "  hopline lb create shop --network blue --vip 10.0.1.101:80 --backend web1:80 --backend web2:80"
                        + " --affinity client --affinity-timeout 30m",
                "  hopline lb create dns --network blue --vip 10.0.1.53:53 --protocol udp --backend ns1:53 --check tcp:53"
            })
    int create(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--network", required = true, paramLabel = "NETWORK") String network,
            @Option(
                            names = "--vip",
                            required = true,
                            paramLabel = "IP:PORT",
                            description = "10.0.1.100:80, or [fd00:1::100]:80 for an l4 service")
                    String vip,
            @Option(names = "--backend", paramLabel = "VNIC:PORT", description = "may be repeated") @Nullable
                    List<String> backends,
            @Option(
                            names = "--backend-label",
                            paramLabel = "KEY=VALUE:PORT",
                            description = "instead of --backend: vNICs with this label join by themselves")
                    @Nullable
                    String backendLabel,
            @Option(
                            names = "--mode",
                            defaultValue = "l4",
                            description =
                                    "l4: a connection at a time, in the switch; l7: a request at a time, by a proxy")
                    Mode mode,
            @Option(names = "--protocol", defaultValue = "tcp", description = "tcp, or for l4 also udp")
                    Protocol protocol,
            @Option(
                            names = "--check",
                            paramLabel = "CHECK",
                            description = {
                                "http:/PATH, tcp or none, with a port when it is another: http:8080/PATH, tcp:8080",
                                "without it http:/, of a udp service none"
                            })
                    @Nullable
                    String check,
            @ArgGroup(exclusive = false) @Nullable L4Flags l4,
            @ArgGroup(exclusive = false) @Nullable L7Flags l7,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output) {
        Map<String, Object> body = new LinkedHashMap<>(Map.of("name", name, "network", network, "vip", vip));
        body.put("mode", mode == Mode.L4 ? "l4" : "l7");
        body.put("protocol", protocol == Protocol.TCP ? "tcp" : "udp");
        putBackends(body, backends, backendLabel);
        body.put("check", check != null ? check : protocol == Protocol.TCP ? "http:/" : "none");
        Optional.ofNullable(l4).ifPresent(flags -> body.put("l4", flags.body()));
        Optional.ofNullable(l7).ifPresent(flags -> body.put("l7", flags.body()));
        output.print(out(), controller.client().post(PATH, body), COLUMNS);
        return 0;
    }

    private static void putBackends(
            Map<String, Object> body, @Nullable List<String> backends, @Nullable String backendLabel) {
        if (backends != null && backendLabel == null) {
            body.put("backends", backends);
        } else if (backends == null && backendLabel != null) {
            body.put("backendLabel", backendLabel);
        } else {
            throw CliException.badInput("--backend or --backend-label: one of them is wanted");
        }
    }

    @Command(
            description = "Change a service while it serves: what is not named stays.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Examples:",
                "  hopline lb update web --add-backend web3:80 --weight web1=2",
                "  hopline lb update web --remove-backend web1          (it leaves when its connections have ended)",
                "  hopline lb update web --remove-backend web1 --now",
                "  hopline lb update web --check http:/health --check-interval-ms 500",
                "  hopline lb update web --backend-label app=web:80"
            })
    int update(
            @Parameters(paramLabel = "NAME") String name,
            @ArgGroup(exclusive = false, multiplicity = "1") ServiceChange change,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output) {
        String path = PATH + "/" + RestClient.segment(name);
        output.print(out(), controller.client().patch(path, change.body()), COLUMNS);
        if (!output.json() && !change.removed().isEmpty()) {
            new ServiceView(controller.client(), name).leaving(change.removed()).forEach(out()::println);
            out().flush();
        }
        return 0;
    }

    @Command(
            description = "All services.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline lb list"})
    int list(@Mixin ControllerOption controller, @Mixin OutputOption output) {
        output.print(out(), controller.client().get(PATH), COLUMNS);
        return 0;
    }

    @Command(
            description = {
                "One service now: its backends' health, open and new connections, and what requests of the last minute took.",
                "Connections are those that the hosts' switches translate; requests are those that are timed."
            },
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Examples:",
                "  hopline lb show web",
                "  hopline lb show web --watch",
                "  hopline lb show web -o json"
            })
    int show(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--watch", description = "every second, until q") boolean watch,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output)
            throws InterruptedException {
        ServiceView view = new ServiceView(controller.client(), name);
        if (output.json()) {
            output.print(out(), view.now());
        } else if (watch && Screen.possible()) {
            watch(view);
        } else {
            ServiceView.lines(view.now()).forEach(out()::println);
            out().flush();
        }
        return 0;
    }

    private void watch(ServiceView view) throws InterruptedException {
        Screen screen = Screen.take(out());
        try (Termination termination = new Termination(screen::close);
                screen) {
            while (!screen.quit()) {
                screen.show(ServiceView.lines(view.now()));
                Thread.sleep(WATCH_MS);
            }
        }
    }

    @Command(
            description = "Give a backend no new connections; those it has stay.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Examples:",
                "  hopline lb drain web web1",
                "  hopline lb drain web web1 --wait --timeout 300     (ends when no connection is left; 1 when some are)",
                "  hopline lb drain web web1 --undo"
            })
    int drain(
            @Parameters(paramLabel = "NAME") String name,
            @Parameters(paramLabel = "VNIC") String backend,
            @Option(names = "--undo", description = "let it have new connections again") boolean undo,
            @Option(names = "--wait", description = "until no connection is left, and say how many are") boolean wait,
            @Option(
                            names = "--timeout",
                            paramLabel = "S",
                            defaultValue = "600",
                            description = "of --wait, seconds (default: ${DEFAULT-VALUE})")
                    int timeoutS,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output)
            throws InterruptedException {
        if (wait && (undo || timeoutS < 1)) {
            throw CliException.badInput("--wait: cannot be had with --undo, and --timeout must be at least 1");
        }
        String path = PATH + "/" + RestClient.segment(name) + "/backends/" + RestClient.segment(backend) + "/drain";
        var answer = controller.client().post(path, Map.of("drain", !undo));
        if (!wait) {
            output.print(out(), answer, COLUMNS);
            return 0;
        }
        if (new ServiceView(controller.client(), name).awaitDrained(backend, timeoutS, out())) {
            return 0;
        }
        throw CliException.failed("backend '" + backend + "' still has connections after " + timeoutS + " s");
    }

    @Command(
            description = "Take a service away.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline lb delete web"})
    int delete(@Parameters(paramLabel = "NAME") String name, @Mixin ControllerOption controller) {
        controller.client().delete(PATH + "/" + RestClient.segment(name));
        return 0;
    }
}
