package io.hopline.bench;

import io.hopline.openflow.Action;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.packet.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** One Hopline node between the two guests. */
final class HoplineSwitch implements Contender {
    private final String id;
    private final String what;
    private final List<String> flags;
    private final Optional<Timing> timing;
    private final Set<String> onlyMeasures;

    /** What the node is told to time, by a controller of the bench's own. */
    enum Timing {
        NOTHING("nothing timed"),
        AS_SHIPPED("as many connections timed as it sees fit"),
        EVERY_CONNECTION("every connection timed");

        private final String what;

        Timing(String what) {
            this.what = what;
        }
    }

    private HoplineSwitch(
            String id, String what, List<String> flags, Optional<Timing> timing, Set<String> onlyMeasures) {
        this.id = id;
        this.what = what;
        this.flags = flags;
        this.timing = timing;
        this.onlyMeasures = onlyMeasures;
    }

    /** The node as it is shipped. */
    static HoplineSwitch asShipped() {
        return new HoplineSwitch("hopline", "as shipped", List.of(), Optional.empty(), Set.of());
    }

    /** The node with other options, put to few measures. */
    static HoplineSwitch with(String id, List<String> flags, String... onlyMeasures) {
        return new HoplineSwitch(id, String.join(" ", flags), flags, Optional.empty(), Set.of(onlyMeasures));
    }

    /** The node with a controller that has it time nothing, one connection in as many as is shipped, or every one. */
    static HoplineSwitch timing(String id, Timing timing, String... onlyMeasures) {
        return new HoplineSwitch(
                id, "a controller, " + timing.what, List.of(), Optional.of(timing), Set.of(onlyMeasures));
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String tuning() {
        return "hopline node, " + what + ": TAP ports, two flows by port and MAC, heap 256 MiB, serial collector";
    }

    @Override
    public List<String> programs() {
        return List.of("ip");
    }

    @Override
    public List<String> packages() {
        return List.of("iproute2");
    }

    @Override
    public Set<String> onlyMeasures() {
        return onlyMeasures;
    }

    @Override
    public boolean takesMorePorts() {
        return true;
    }

    @Override
    public boolean compilesItself() {
        return true;
    }

    @Override
    public Joined start(Rig rig) throws Exception {
        var options = new ArrayList<>(flags);
        if (timing.isPresent()) {
            var controller = TimingController.start(
                    timing.get() == Timing.NOTHING
                            ? List.of()
                            : List.of(rig.second().ip()),
                    timing.get() == Timing.EVERY_CONNECTION ? OptionalInt.of(1) : OptionalInt.empty());
            rig.undoLater("the bench's controller", controller::close);
            options.add("--controller=" + controller.url());
            options.add("--vtep=127.0.0.1");
        }
        HoplineNode node = HoplineNode.start(rig, "bench", options);
        for (Rig.Guest guest : rig.guests()) {
            node.plug(guest);
        }
        node.program(List.of(forward(rig.first(), rig.second()), forward(rig.second(), rig.first())));
        return new Joined() {
            @Override
            public List<Long> pids() {
                return List.of(node.pid());
            }

            @Override
            public List<MetricsPage> metrics() {
                return List.of(node.metrics());
            }

            @Override
            public Optional<MorePorts> morePorts() {
                return Optional.of(node);
            }
        };
    }

    private static FlowMod forward(Rig.Guest from, Rig.Guest to) {
        Match match = Match.builder()
                .inPort(from.port())
                .ethDst(MacAddress.parse(to.mac()))
                .build();
        return FlowMod.add(0)
                .priority(100)
                .match(match)
                .instructions(Instruction.apply(Action.output(to.port())))
                .build();
    }
}
