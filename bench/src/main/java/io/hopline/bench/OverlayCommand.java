package io.hopline.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code hopline bench overlay}. */
@Command(
        name = "overlay",
        mixinStandardHelpOptions = true,
        description = {
            "Two hosts, in network namespaces, with a guest each: Hopline's, the kernel's and Open vSwitch's VXLAN between",
            "them in turn, round after round, under the same load. Prints medians, ranges and Hopline's ratios."
        },
        footer = {
            "",
            "Systems: hopline, kernel-vxlan, ovs",
            "Measures: tcp1, tcp4, rr, cpu, udp64, udp1400",
            "",
            "Examples:",
            "  hopline bench overlay --rounds 5 --json out.json --plot out.svg",
            "  hopline bench overlay --quick --peers hopline,kernel-vxlan"
        })
final class OverlayCommand implements Callable<Integer> {
    /** Open vSwitch's tunnel carries more than this, and so does everything else here. */
    private static final int FIXED_FRAMES_PER_S = 15_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RunOptions options = new RunOptions();

    @Override
    public Integer call() throws Exception {
        List<Contender> contenders = List.of(HoplineOverlay.asShipped(), new KernelVxlan(), new OvsOverlay());
        return options.run(new Bench("overlay", contenders, new FrameWorkload(), FIXED_FRAMES_PER_S), spec);
    }
}
