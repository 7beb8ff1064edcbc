package io.hopline.controller;

import io.hopline.packet.Ipv6Address;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Values to JSON; the other direction is {@link Requests}. */
final class Replies {
    private Replies() {}

    static ObjectNode object() {
        return JsonBody.MAPPER.createObjectNode();
    }

    static ObjectNode error(String field, String reason) {
        ObjectNode json = object();
        json.putObject("error").put("field", field).put("reason", reason);
        return json;
    }

    /** The whole state; {@code statuses} by node name. */
    static ObjectNode state(NetworkState state, Map<String, NodeStatus> statuses, List<String> unknownDpids) {
        ObjectNode json = object().put("version", state.version());
        json.set("networks", networks(state));
        json.set("vnics", vnics(state));
        json.set("services", services(state));
        json.set("nodes", nodes(state, statuses));
        ArrayNode unknown = json.putArray("unknownSwitches");
        unknownDpids.forEach(unknown::add);
        return json;
    }

    static ArrayNode networks(NetworkState state) {
        ArrayNode list = JsonBody.MAPPER.createArrayNode();
        state.networks().values().forEach(n -> list.add(network(n)));
        return list;
    }

    static ObjectNode network(Network network) {
        ObjectNode json = object().put("name", network.name())
                .put("vni", network.vni())
                .put("subnet", network.subnet().toString())
                .put("gateway", network.subnet().gateway().toString())
                .put("gatewayMac", network.gatewayMac().toString())
                .put("exposed", network.exposed());
        network.ipv6()
                .ifPresent(subnet -> json.put("subnet6", subnet.toString())
                        .put(
                                "gateway6",
                                Ipv6Address.linkLocal(network.gatewayMac()).toString()));
        return json;
    }

    static ArrayNode vnics(NetworkState state) {
        ArrayNode list = JsonBody.MAPPER.createArrayNode();
        state.vnics().values().forEach(v -> list.add(vnic(state, v)));
        return list;
    }

    static ObjectNode vnic(NetworkState state, Vnic vnic) {
        Network network = state.network("network", vnic.network());
        ObjectNode json = object().put("name", vnic.name())
                .put("network", vnic.network())
                .put("vni", network.vni())
                .put("mac", vnic.mac().toString())
                .put("ip", vnic.ip().toString())
                .put("prefix", network.subnet().prefix())
                .put("gateway", network.subnet().gateway().toString())
                .put("mtu", state.vnicMtu());
        network.ipv6()
                .ifPresent(subnet -> json.put("ip6", subnet.address(vnic.mac()).toString()));
        state.binding(vnic.name())
                .ifPresentOrElse(
                        b -> json.put("state", "bound").put("node", b.node()).put("port", b.port()),
                        () -> json.put("state", "pending"));
        labels(json, vnic);
        return json;
    }

    static void labels(ObjectNode json, Vnic vnic) {
        ObjectNode labels = json.putObject("labels");
        vnic.labels().forEach(labels::put);
    }

    static ArrayNode services(NetworkState state) {
        ArrayNode list = JsonBody.MAPPER.createArrayNode();
        state.services().values().forEach(s -> list.add(service(state, s)));
        return list;
    }

    static ObjectNode service(NetworkState state, Service service) {
        ObjectNode json = object().put("name", service.name())
                .put("network", service.network())
                .put("vip", service.vip().toString())
                .put("mode", service.mode().toString())
                .put("protocol", service.protocol().toString())
                .put("status", state.available(service).isEmpty() ? "no healthy backend" : "ok");
        ArrayNode backends = json.putArray("backends");
        List<Backend> keeping = state.keepingClients(service);
        for (Backend backend : service.backends()) {
            Health health = state.healthOf(service, backend);
            backends.addObject()
                    .put("name", backend.vnic())
                    .put("endpoint", state.endpoint(service, backend).toString())
                    .put("port", backend.port())
                    .put("weight", backend.weight())
                    .put("state", state.status(service, backend).toString())
                    .put("detail", detail(health, keeping.contains(backend)));
        }
        service.selector().ifPresent(selector -> json.put(BackendSelector.FIELD, selector.toString()));
        check(json.putObject("check"), service.check());
        routes(json.putArray("routes"), service.routes());
        if (service.mode() == Service.Mode.L4) {
            json.set("l4", service.l4().json());
        }
        if (service.mode() == Service.Mode.L7) {
            json.set("l7", L7Json.options(service.l7()));
        }
        return json;
    }

    private static String detail(@Nullable Health health, boolean keepsClients) {
        String checked = health == null ? "" : health.detail();
        if (!keepsClients) {
            return checked;
        }
        return (checked.isEmpty() ? "" : checked + "; ") + "keeps the clients whose cookie names it";
    }

    static void check(ObjectNode json, Check check) {
        json.put("kind", check.kind().name().toLowerCase(Locale.ROOT));
        if (check.kind() == Check.Kind.HTTP) {
            json.put("path", check.path());
        }
        if (check.port() != 0) {
            json.put("port", check.port());
        }
        json.put("intervalMs", check.intervalMs())
                .put("timeoutMs", check.timeoutMs())
                .put("rise", check.rise())
                .put("fall", check.fall());
    }

    static void routes(ArrayNode json, List<L7Route> routes) {
        for (L7Route route : routes) {
            L7Json.route(json.addObject(), route);
        }
    }

    static ArrayNode nodes(NetworkState state, Map<String, NodeStatus> statuses) {
        ArrayNode list = JsonBody.MAPPER.createArrayNode();
        state.nodes().values().forEach(n -> list.add(nodeWithStatus(state, n, statuses)));
        return list;
    }

    static ObjectNode nodeWithStatus(NetworkState state, NodeInfo node, Map<String, NodeStatus> statuses) {
        ObjectNode json = object();
        node(json, node);
        NodeStatus status = statuses.getOrDefault(node.name(), NodeStatus.NEVER_CONNECTED.gone(state.version()));
        json.put(
                        "gateway",
                        state.gatewayNode()
                                .filter(g -> g.name().equals(node.name()))
                                .isPresent())
                .put("connected", status.connected())
                .put("desired", status.desired())
                .put("applied", status.applied())
                .put("flows", status.flows())
                .put("groups", status.groups())
                .put("error", status.error());
        ArrayNode ports = json.putArray("ports");
        SortedMap<String, Integer> numbers = state.ports().get(node.name());
        if (numbers != null) {
            numbers.forEach((name, number) -> ports.addObject()
                    .put("name", name)
                    .put("number", Integer.toUnsignedLong(number))
                    .put("up", status.connected() && !status.downPorts().contains(name)));
        }
        return json;
    }

    /** What the node said about itself. */
    static void node(ObjectNode json, NodeInfo node) {
        json.put("name", node.name())
                .put("dpid", node.dpidText())
                .put("vtep", node.vtep().toString());
        if (node.uplink() != null && node.uplinkMac() != null) {
            json.put("uplink", node.uplink()).put("uplinkMac", node.uplinkMac().toString());
        }
        json.put("vnicMtu", node.vnicMtu())
                .put("control", node.control())
                .put("metrics", node.metrics())
                .put("bootId", node.bootId());
    }
}
