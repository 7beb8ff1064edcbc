package io.hopline.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code hopline bench switch}. */
@Command(
        name = "switch",
        mixinStandardHelpOptions = true,
        description = {
            "Two guests on one host, in network namespaces: Hopline, the Linux bridge and Open vSwitch between them in",
            "turn, round after round, under the same load. Prints medians, ranges and Hopline's ratio over each peer."
        },
        footer = {
            "",
            "Systems: hopline, linux-bridge, ovs, ovs-tso; and variants of Hopline for a few measures:",
            "  hopline-sleepy, hopline-busy              its worker sleeps at once, or keeps a core busy looking for frames",
            "  hopline-2w                                two workers",
            "  hopline-timing-off, hopline-timing, hopline-timing-all",
            "                                            a controller has it time nothing, as many connections as it sees fit, or all",
            "Measures: tcp1, tcp4, tcp32 (of the timing variants only), udp64, udp1400, rr, cpu, memory",
            "",
            "Examples:",
            "  hopline bench switch --rounds 5 --json out.json --plot out.svg",
            "  hopline bench switch --quick --peers hopline,linux-bridge",
            "  hopline bench switch --install-peers --measures tcp1,rr",
            "  hopline bench switch --peers hopline-timing-off,hopline-timing-all --measures tcp1"
        })
final class SwitchCommand implements Callable<Integer> {
    /** Open vSwitch carries more than this, and so does everything else here. */
    private static final int FIXED_FRAMES_PER_S = 50_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RunOptions options = new RunOptions();

    @Override
    public Integer call() throws Exception {
        return options.run(new Bench("switch", contenders(), new FrameWorkload(), FIXED_FRAMES_PER_S), spec);
    }

    private static List<Contender> contenders() {
        return List.of(
                HoplineSwitch.asShipped(),
                HoplineSwitch.with("hopline-sleepy", List.of("--busy-poll=0"), "tcp1", "rr", "cpu"),
                HoplineSwitch.with("hopline-busy", List.of("--busy-poll=2000"), "tcp1", "rr", "cpu"),
                HoplineSwitch.with("hopline-2w", List.of("--workers=2"), "tcp1", "tcp4", "udp64", "rr"),
                HoplineSwitch.timing("hopline-timing-off", HoplineSwitch.Timing.NOTHING, "tcp1", "tcp32", "rr"),
                HoplineSwitch.timing("hopline-timing", HoplineSwitch.Timing.AS_SHIPPED, "tcp32"),
                HoplineSwitch.timing(
                        "hopline-timing-all", HoplineSwitch.Timing.EVERY_CONNECTION, "tcp1", "tcp32", "rr"),
                new LinuxBridge(),
                new OvsSwitch(false),
                new OvsSwitch(true));
    }
}
