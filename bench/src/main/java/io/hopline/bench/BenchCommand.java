package io.hopline.bench;

import io.hopline.cli.Subcommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hopline bench}: measurements on the user's own machine. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures Hopline on this machine, side by side with what is used today.",
        footer = {
            "",
            "Examples:",
            "  hopline bench switch                 Hopline, Linux bridge and Open vSwitch between two guests",
            "  hopline bench overlay --rounds 3     VXLAN between two hosts",
            "  hopline bench lb --rounds 3          balancers: Hopline's two, HAProxy, nginx, nftables, Open vSwitch",
            "  hopline bench density --html d.html  what a guest costs, and how many of them this machine carries",
            "  hopline bench soak --minutes 30      two nodes under load, link flaps and flow changes: is every frame accounted for?",
            "  hopline bench maglev                 how much moves when backends of a service fail",
            "  hopline bench micro Maglev           JMH benchmarks whose names match"
        },
        subcommands = {
            SwitchCommand.class,
            OverlayCommand.class,
            BalancerCommand.class,
            DensityCommand.class,
            SoakCommand.class,
            MicroCommand.class,
            MaglevCommand.class,
            UdpLoadCommand.class,
            HttpLoadCommand.class
        })
public final class BenchCommand implements Subcommand {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(), "one of these is wanted: switch, overlay, lb, density, soak, maglev, micro");
    }
}
