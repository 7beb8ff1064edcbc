package io.hopline.controller;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import io.hopline.sla.OpenSlo;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The state as rows of a store, each one object with its kind, its name and its JSON. */
final class StateRows {
    /** What a row holds; the names are written to disk. */
    enum Kind {
        NETWORK,
        VNIC,
        SERVICE,
        NODE,
        PORTS,
        HEALTH,
        OBJECTIVE
    }

    record Key(Kind kind, String name) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byKind = kind.compareTo(other.kind);
            return byKind != 0 ? byKind : name.compareTo(other.name);
        }
    }

    private StateRows() {}

    /** Rows to write, and, with an empty value, to delete, that turn the rows of {@code before} into those of {@code after}. */
    static SortedMap<Key, Optional<String>> changes(NetworkState before, NetworkState after) {
        SortedMap<Key, Optional<String>> rows = new TreeMap<>();
        changes(
                rows,
                Kind.NETWORK,
                before.networks(),
                after.networks(),
                network -> tree(network).toString());
        changes(
                rows,
                Kind.VNIC,
                before.vnics(),
                after.vnics(),
                vnic -> tree(vnic).toString());
        changes(
                rows,
                Kind.SERVICE,
                before.services(),
                after.services(),
                service -> tree(service).toString());
        changes(rows, Kind.NODE, before.nodes(), after.nodes(), StateRows::json);
        changes(rows, Kind.PORTS, before.ports(), after.ports(), StateRows::json);
        changes(rows, Kind.HEALTH, before.health(), after.health(), StateRows::json);
        changes(rows, Kind.OBJECTIVE, before.objectives(), after.objectives(), OpenSlo.Document::json);
        return rows;
    }

    private static <T> void changes(
            SortedMap<Key, Optional<String>> rows,
            Kind kind,
            SortedMap<String, T> before,
            SortedMap<String, T> after,
            Function<T, String> json) {
        after.forEach((name, value) -> {
            if (!value.equals(before.get(name))) {
                rows.put(new Key(kind, name), Optional.of(json.apply(value)));
            }
        });
        for (String name : before.keySet()) {
            if (!after.containsKey(name)) {
                rows.put(new Key(kind, name), Optional.empty());
            }
        }
    }

    static NetworkState state(long version, SortedMap<Key, String> rows) {
        TreeMap<String, Network> networks = new TreeMap<>();
        TreeMap<String, Vnic> vnics = new TreeMap<>();
        TreeMap<String, Service> services = new TreeMap<>();
        TreeMap<String, NodeInfo> nodes = new TreeMap<>();
        TreeMap<String, SortedMap<String, Integer>> ports = new TreeMap<>();
        TreeMap<String, Health> health = new TreeMap<>();
        TreeMap<String, OpenSlo.Document> objectives = new TreeMap<>();
        rows.forEach((key, json) -> {
            if (key.kind() == Kind.OBJECTIVE) {
                objectives.put(key.name(), OpenSlo.documents(json).getFirst());
                return;
            }
            JsonBody body = JsonBody.parse(json);
            switch (key.kind()) {
                case NETWORK -> networks.put(key.name(), network(body));
                case VNIC -> vnics.put(key.name(), vnic(body));
                case SERVICE ->
                    services.put(
                            key.name(),
                            Requests.service(
                                    body,
                                    body.optionalInteger("id", 1, Service.MAX_ID)
                                            .orElseThrow()));
                case NODE -> nodes.put(key.name(), Requests.node(key.name(), body));
                case PORTS -> ports.put(key.name(), ports(body));
                case HEALTH -> health.put(key.name(), Requests.health(body));
                case OBJECTIVE -> throw new IllegalStateException("read above");
            }
        });
        return new NetworkState(version, networks, vnics, services, nodes, ports, health, objectives);
    }

    static ObjectNode tree(Network network) {
        ObjectNode json = object().put("name", network.name())
                .put("vni", network.vni())
                .put("subnet", network.subnet().toString())
                .put("exposed", network.exposed());
        network.ipv6().ifPresent(subnet -> json.put("subnet6", subnet.toString()));
        return json;
    }

    private static Network network(JsonBody body) {
        return new Network(
                body.text("name"),
                body.optionalInteger("vni", 1, Network.MAX_VNI).orElseThrow(),
                Subnet.parse(body.text("subnet")),
                body.optionalText("subnet6").map(Subnet6::parse).orElse(null),
                body.flag("exposed"));
    }

    static ObjectNode tree(Vnic vnic) {
        ObjectNode json = object().put("name", vnic.name())
                .put("network", vnic.network())
                .put("ip", vnic.ip().toString())
                .put("mac", vnic.mac().toString());
        Replies.labels(json, vnic);
        return json;
    }

    private static Vnic vnic(JsonBody body) {
        return new Vnic(
                body.text("name"),
                body.text("network"),
                Ipv4Address.parse(body.text("ip")),
                MacAddress.parse(body.text("mac")),
                Requests.labels(body).orElseGet(TreeMap::new));
    }

    static ObjectNode tree(Service service) {
        ObjectNode json = object().put("name", service.name())
                .put("id", service.id())
                .put("network", service.network())
                .put("vip", service.vip().toString())
                .put("mode", service.mode().toString())
                .put("protocol", service.protocol().toString());
        ArrayNode backends = json.putArray("backends");
        for (Backend backend : service.backends()) {
            ObjectNode one = backends.addObject()
                    .put("vnic", backend.vnic())
                    .put("port", backend.port())
                    .put("weight", backend.weight())
                    .put("draining", backend.draining());
            if (backend.leaving()) {
                one.put("leaving", true);
            }
        }
        Replies.check(json.putObject("check"), service.check());
        service.selector().ifPresent(selector -> json.put(BackendSelector.FIELD, selector.toString()));
        Replies.routes(json.putArray("routes"), service.routes());
        if (service.mode() == Service.Mode.L4) {
            json.set("l4", service.l4().json());
        }
        if (service.mode() == Service.Mode.L7) {
            json.set("l7", L7Json.options(service.l7()));
        }
        return json;
    }

    private static String json(NodeInfo node) {
        ObjectNode json = object();
        Replies.node(json, node);
        return json.toString();
    }

    private static String json(SortedMap<String, Integer> ports) {
        ObjectNode json = object();
        ports.forEach(json::put);
        return json.toString();
    }

    private static SortedMap<String, Integer> ports(JsonBody body) {
        TreeMap<String, Integer> ports = new TreeMap<>();
        for (String name : body.names()) {
            ports.put(
                    name,
                    body.optionalInteger(name, Integer.MIN_VALUE, Integer.MAX_VALUE)
                            .orElseThrow());
        }
        return ports;
    }

    private static String json(Health health) {
        return object().put("service", health.service())
                .put("backend", health.backend())
                .put("healthy", health.healthy())
                .put("detail", health.detail())
                .toString();
    }

    private static ObjectNode object() {
        return JsonBody.MAPPER.createObjectNode();
    }
}
