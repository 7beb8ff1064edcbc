package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** HAProxy with one thread, between veth pairs or in a virtual network of Open vSwitch's. */
final class HaproxyBalancer implements Balancer {
    private static final int CONNECTIONS = 6_000;

    private final Layer layer;
    private final boolean behindOvs;

    HaproxyBalancer(Layer layer, boolean behindOvs) {
        this.layer = layer;
        this.behindOvs = behindOvs;
    }

    @Override
    public Layer layer() {
        return layer;
    }

    @Override
    public String id() {
        return "haproxy-" + mode() + (behindOvs ? "-ovs" : "");
    }

    @Override
    public Optional<String> comparedWith() {
        return Optional.of(layer.hopline(!behindOvs));
    }

    private String mode() {
        return layer == Layer.L4 ? "tcp" : "http";
    }

    @Override
    public String tuning() {
        String how = layer == Layer.L4 ? "option splice-auto" : "http-reuse always, kept connections to the servers";
        return "mode " + mode() + ", nbthread 1, balance roundrobin, " + how + ", no log; "
                + (behindOvs ? OvsHost.TUNING : "veth pairs");
    }

    @Override
    public List<String> programs() {
        return with(OpenVSwitch.PROGRAMS);
    }

    @Override
    public List<String> packages() {
        return with(OpenVSwitch.PACKAGES);
    }

    private List<String> with(List<String> ofOvs) {
        return Stream.concat(Stream.of("haproxy"), behindOvs ? ofOvs.stream() : Stream.empty())
                .toList();
    }

    private static String moreFronts(Certificate certificate) throws IOException {
        return "bind " + Frontage.VIP + ":" + Frontage.HTTP2_PORT + " backlog 4096 proto h2\n  bind " + Frontage.VIP
                + ":" + Frontage.TLS_PORT + " backlog 4096 ssl crt " + certificate.both() + " alpn h2,http/1.1";
    }

    @Override
    public Joined start(Rig rig) throws Exception {
        ProxyHost host = behindOvs ? OvsHost.join(rig) : RoutedHost.join(rig);
        Path configuration = rig.directory().resolve("haproxy.cfg");
        String servers = Frontage.backends(rig).stream()
                .map(guest -> "  server g" + guest.port() + " " + guest.ip() + ":" + Frontage.BACKEND_PORT)
                .collect(Collectors.joining("\n"));
        Files.writeString(configuration, """
                global
                  nbthread 1
                  maxconn %1$d
                defaults
                  mode %2$s
                  timeout connect 5s
                  timeout client 300s
                  timeout server 300s
                  %3$s
                frontend front
                  bind %4$s:%5$d backlog 4096
                  %7$s
                  default_backend servers
                backend servers
                  balance roundrobin
                %6$s
                """.formatted(
                        CONNECTIONS,
                        mode(),
                        layer == Layer.L4 ? "option splice-auto" : "http-reuse always",
                        Frontage.VIP,
                        Frontage.HTTP_PORT,
                        servers,
                        layer == Layer.L4 ? "" : moreFronts(Certificate.make(rig))));
        ChildProcess haproxy =
                rig.start(host.netns(), "haproxy", List.of("haproxy", "-db", "-f", configuration.toString()));
        Rig.awaitListener(host.netns(), Frontage.HTTP_PORT, haproxy);
        return () -> host.with(haproxy.pid());
    }
}
