package io.hopline.bench;

import io.hopline.cli.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The kernel's own NAT, told by nftables to take the servers in turn, between veth pairs. */
final class NftablesBalancer implements Balancer {
    @Override
    public Layer layer() {
        return Layer.L4;
    }

    @Override
    public String id() {
        return "nftables";
    }

    @Override
    public String tuning() {
        return "prerouting dnat to numgen inc, a second in TIME_WAIT so that the table never fills; veth pairs";
    }

    @Override
    public List<String> programs() {
        return List.of("nft");
    }

    @Override
    public List<String> packages() {
        return List.of("nftables");
    }

    @Override
    public boolean inKernel() {
        return true;
    }

    @Override
    public Joined start(Rig rig) throws Exception {
        String host = RoutedHost.join(rig).netns();
        Path rules = rig.directory().resolve("balance.nft");
        List<Rig.Guest> backends = Frontage.backends(rig);
        var map = new StringBuilder();
        for (int i = 0; i < backends.size(); i++) {
            map.append(i == 0 ? "" : ", ")
                    .append(i)
                    .append(" : ")
                    .append(backends.get(i).ip());
        }
        Files.writeString(rules, """
                table ip balance {
                  chain arriving {
                    type nat hook prerouting priority dstnat;
                    ip daddr %s tcp dport %d dnat to numgen inc mod %d map { %s }
                  }
                }
                """.formatted(Frontage.VIP, Frontage.HTTP_PORT, backends.size(), map));
        Program.run("nsenter", "--net=/run/netns/" + host, "--", "nft", "-f", rules.toString());
        Rig.shellIn(host, "echo 1 >/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_time_wait");
        return List::of;
    }
}
