package io.hopline.bench;

import io.hopline.cli.RestClient;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A Hopline service: a controller and a node as they are shipped, client and servers on TAPs in one network. */
final class HoplineBalancer implements Balancer {
    private static final String NETWORK = "bench";

    private final Layer layer;
    private final boolean published;

    /** @param published whether the client reaches it on the host, by a veth pair, instead of in the virtual network */
    HoplineBalancer(Layer layer, boolean published) {
        this.layer = layer;
        this.published = published;
    }

    @Override
    public Layer layer() {
        return layer;
    }

    @Override
    public String id() {
        return layer.hopline(published);
    }

    @Override
    public Optional<String> comparedWith() {
        return Optional.of(id());
    }

    @Override
    public String tuning() {
        String mode = layer == Layer.L4
                ? "a service in the switch's path, Maglev and connection tracking, one worker"
                : "a service by the proxy, one event loop, beside the switch's one worker";
        return "hopline controller and node as shipped: " + mode
                + (published
                        ? "; published on the host, the client on a veth pair, the guests on TAP ports"
                        : "; TAP ports")
                + ", timing at its default, heap 256 MiB, serial collector";
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
    public boolean compilesItself() {
        return true;
    }

    @Override
    public Joined start(Rig rig) throws Exception {
        HoplineHost host = HoplineHost.start(rig, "bench");
        RestClient rest = host.rest();
        HoplineNode node = host.node();
        rest.post("/api/v1/networks", Map.of("name", NETWORK, "subnet", "10.99.0.0/24", "vni", 100));
        if (published) {
            RoutedHost.prepare(host.namespace());
            RoutedHost.join(host.namespace(), rig.first());
        }
        for (Rig.Guest guest : published ? Frontage.backends(rig) : rig.guests()) {
            JsonNode vnic =
                    rest.post("/api/v1/vnics", Map.of("name", name(guest), "network", NETWORK, "ip", guest.ip()));
            node.plug(
                    name(guest),
                    guest.netns(),
                    vnic.path("mac").asString(),
                    vnic.path("mtu").asInt());
            Rig.ip(guest.netns(), "addr", "add", guest.ip() + "/24", "dev", "eth0");
        }
        rest.post("/api/v1/services", service(rig, "web", Frontage.HTTP_PORT));
        if (layer == Layer.L7) {
            rest.post("/api/v1/services", service(rig, "web-h2", Frontage.HTTP2_PORT));
            rest.post("/api/v1/services", overTls(rig));
        }
        return () -> List.of(node.pid());
    }

    private Map<String, Object> service(Rig rig, String name, int port) {
        Map<String, Object> service = new LinkedHashMap<>();
        service.put("name", name);
        service.put("network", NETWORK);
        service.put("vip", Frontage.VIP + ":" + port);
        service.put("mode", layer == Layer.L4 ? "l4" : "l7");
        service.put(
                "backends",
                Frontage.backends(rig).stream()
                        .map(guest -> name(guest) + ":" + Frontage.BACKEND_PORT)
                        .toList());
        service.put("check", "http:/");
        if (layer == Layer.L7) {
            service.put("l7", options(port, Map.of()));
        }
        return service;
    }

    private Map<String, Object> overTls(Rig rig) {
        Certificate certificate = Certificate.make(rig);
        var files = Map.of(
                "cert", certificate.cert().toString(), "key", certificate.key().toString());
        Map<String, Object> service = service(rig, "web-tls", Frontage.TLS_PORT);
        service.put("l7", options(Frontage.TLS_PORT, Map.of("certificates", List.of(files))));
        return service;
    }

    private Map<String, Object> options(int port, Map<String, Object> tls) {
        return Map.of("tls", tls, "publish", published ? List.of(Frontage.VIP + ":" + port) : List.of());
    }

    private static String name(Rig.Guest guest) {
        return "g" + guest.port();
    }
}
