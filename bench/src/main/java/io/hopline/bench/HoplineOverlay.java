package io.hopline.bench;

import io.hopline.openflow.Action;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OxmField;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A Hopline node per host, the tunnel between them. */
final class HoplineOverlay implements Contender {
    private final String id;
    private final List<String> flags;
    private final Set<String> onlyMeasures;

    private HoplineOverlay(String id, List<String> flags, Set<String> onlyMeasures) {
        this.id = id;
        this.flags = flags;
        this.onlyMeasures = onlyMeasures;
    }

    /** The node as it is shipped. */
    static HoplineOverlay asShipped() {
        return new HoplineOverlay("hopline", List.of(), Set.of());
    }

    /** The node with other options, put to few measures. */
    static HoplineOverlay with(String id, List<String> flags, String... onlyMeasures) {
        return new HoplineOverlay(id, flags, Set.of(onlyMeasures));
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String tuning() {
        return "a hopline node per host, " + (flags.isEmpty() ? "as shipped" : String.join(" ", flags))
                + ": TAP port, two flows that set and match tunnel id and address, heap 256 MiB, serial collector";
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
    public boolean compilesItself() {
        return true;
    }

    @Override
    public Joined start(Rig rig) throws Exception {
        Underlay underlay = Underlay.of(rig);
        HoplineNode first = join(rig, underlay.first(), underlay.second());
        HoplineNode second = join(rig, underlay.second(), underlay.first());
        return new Joined() {
            @Override
            public List<Long> pids() {
                return List.of(first.pid(), second.pid());
            }

            @Override
            public List<MetricsPage> metrics() {
                return List.of(first.metrics(), second.metrics());
            }
        };
    }

    private HoplineNode join(Rig rig, Underlay.Host host, Underlay.Host other) throws Exception {
        Underlay.address(host, Underlay.DEVICE);
        var options = new ArrayList<>(flags);
        options.addAll(List.of("--netns=" + host.netns(), "--vtep=" + host.vtep()));
        HoplineNode node = HoplineNode.start(rig, "bench" + host.guest().port(), options);
        node.plug(host.guest());
        int tunnel = node.tunnelPort();
        node.program(List.of(toTunnel(host, other, tunnel), fromTunnel(host, tunnel)));
        return node;
    }

    private static FlowMod toTunnel(Underlay.Host host, Underlay.Host other, int tunnel) {
        Match match = Match.builder()
                .inPort(host.guest().port())
                .ethDst(MacAddress.parse(other.guest().mac()))
                .build();
        return flow(
                match,
                Action.set(OxmField.TUNNEL_ID, Underlay.VNI),
                Action.set(OxmField.TUN_IPV4_DST, Ipv4Address.parse(other.vtep())),
                Action.output(tunnel));
    }

    private static FlowMod fromTunnel(Underlay.Host host, int tunnel) {
        Match match = Match.builder()
                .inPort(tunnel)
                .tunnelId(Underlay.VNI)
                .ethDst(MacAddress.parse(host.guest().mac()))
                .build();
        return flow(match, Action.output(host.guest().port()));
    }

    private static FlowMod flow(Match match, Action... actions) {
        return FlowMod.add(0)
                .priority(100)
                .match(match)
                .instructions(Instruction.apply(actions))
                .build();
    }
}
