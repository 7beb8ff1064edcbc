package io.hopline.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code hopline bench lb}. */
@Command(
        name = "lb",
        mixinStandardHelpOptions = true,
        description = {
            "A client and two nginx guests, in network namespaces, with a balancer between them: Hopline's two, HAProxy, nginx,",
            "nftables and Open vSwitch in turn, round after round, under the same load. Prints medians, ranges and the ratio of",
            "Hopline's balancer of the same layer and place over each."
        },
        footer = {
            "",
            "Systems: hopline-l4, haproxy-tcp, nftables, ovs, ovs-tso choose a server for a connection;",
            "         hopline-l7, haproxy-http-ovs for a request, in a virtual network;",
            "         hopline-l7-published, haproxy-http, nginx for a request, on the host",
            "Measures: rps, cps, stream, latency, h2, tls-rps, tls-cps, tls-full, memory",
            "",
            "Examples:",
            "  hopline bench lb --rounds 5 --json out.json --plot out.svg",
            "  hopline bench lb --quick --peers hopline-l4,nftables",
            "  hopline bench lb --install-peers --measures rps,cps"
        })
final class BalancerCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RunOptions options = new RunOptions();

    @Override
    public Integer call() throws Exception {
        return options.run(new Bench("lb", contenders(), new WebWorkload(), 0), spec);
    }

    private static List<Contender> contenders() {
        return List.of(
                new HoplineBalancer(Layer.L4, false),
                new HaproxyBalancer(Layer.L4, false),
                new NftablesBalancer(),
                new OvsBalancer(false),
                new OvsBalancer(true),
                new HoplineBalancer(Layer.L7, false),
                new HoplineBalancer(Layer.L7, true),
                new HaproxyBalancer(Layer.L7, false),
                new HaproxyBalancer(Layer.L7, true),
                new NginxBalancer());
    }
}
