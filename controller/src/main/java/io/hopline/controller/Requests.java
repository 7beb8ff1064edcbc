package io.hopline.controller;

import io.hopline.packet.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Request bodies to values; the other direction is {@link Replies}. */
final class Requests {
    private Requests() {}

    static NetworkState createNetwork(NetworkState state, JsonBody body) {
        String name = body.text("name");
        Subnet subnet = Subnet.parse(body.text("subnet"));
        Optional<Integer> vni = body.optionalInteger("vni", 1, Network.MAX_VNI);
        Optional<Subnet6> subnet6 = body.optionalText("subnet6").map(Subnet6::parse);
        boolean exposed = body.optionalFlag("exposed").orElse(true);
        body.nothingElse();
        return Changes.createNetwork(state, name, subnet, subnet6, vni, exposed);
    }

    static NetworkState createVnic(NetworkState state, JsonBody body) {
        String name = body.text("name");
        String network = body.text("network");
        Optional<Ipv4Address> ip = body.optionalText("ip").map(text -> Fields.address("ip", text));
        SortedMap<String, String> labels = labels(body).orElseGet(TreeMap::new);
        body.nothingElse();
        return Changes.createVnic(state, name, network, ip, labels);
    }

    /** The labels that are to take the place of a vNIC's; a key of {@code null} goes, the others stay. */
    static NetworkState labelVnic(NetworkState state, String name, JsonBody body) {
        TreeMap<String, String> labels = new TreeMap<>(state.vnic("name", name).labels());
        body.object("labels").fields().forEach(label -> labels.remove(label.getKey()));
        labels.putAll(labels(body).orElseThrow());
        body.nothingElse();
        return Changes.labelVnic(state, name, labels);
    }

    /** Labels as {@code {"app": "web"}}; those of value {@code null} are left out. Empty when the field is missing. */
    static Optional<SortedMap<String, String>> labels(JsonBody body) {
        return body.value("labels").map(node -> {
            JsonBody fields = body.element("labels", node);
            SortedMap<String, String> labels = new TreeMap<>();
            for (String key : fields.names()) {
                fields.optionalText(key).ifPresent(value -> labels.put(key, value));
            }
            return labels;
        });
    }

    static NetworkState createService(NetworkState state, JsonBody body) {
        Service draft = draft(body);
        body.nothingElse();
        return Changes.createService(state, draft);
    }

    /** A service as somebody wants it: its backends are listed or found by a label, not both. */
    static Service draft(JsonBody body) {
        Service draft = service(body, 1);
        if (draft.selector().isPresent() && !draft.backends().isEmpty()) {
            throw StateException.invalid("backends", "are listed or found by " + BackendSelector.FIELD + ", not both");
        }
        return draft;
    }

    /** Reads a service; {@code id} as the caller knows it. */
    static Service service(JsonBody body, int id) {
        String name = body.text("name");
        String network = body.text("network");
        Endpoint vip = Endpoint.parse("vip", body.text("vip"));
        Service.Mode mode = mode(body.optionalText("mode").orElse("l4"));
        Service.Protocol protocol = protocol(body.optionalText("protocol").orElse("tcp"));
        List<Backend> backends = new ArrayList<>();
        for (JsonNode node : body.list("backends")) {
            backends.add(backend("backends", body, node));
        }
        List<L7Route> routes = new ArrayList<>();
        for (JsonNode node : body.list("routes")) {
            routes.add(L7Json.route(body.element("routes", node)));
        }
        return Service.named(name, network, vip)
                .id(id)
                .mode(mode)
                .protocol(protocol)
                .backends(backends)
                .selector(body.optionalText(BackendSelector.FIELD).map(BackendSelector::parse))
                .check(check(body, protocol))
                .l4(L4Options.of(body))
                .routes(routes)
                .l7(L7Json.options(body))
                .build();
    }

    private static Service.Protocol protocol(String text) {
        return switch (text) {
            case "tcp" -> Service.Protocol.TCP;
            case "udp" -> Service.Protocol.UDP;
            default -> throw StateException.invalid("protocol", "must be tcp or udp, not '" + Fields.shown(text) + "'");
        };
    }

    private static Service.Mode mode(String text) {
        return switch (text) {
            case "l4" -> Service.Mode.L4;
            case "l7" -> Service.Mode.L7;
            default -> throw StateException.invalid("mode", "must be l4 or l7, not '" + Fields.shown(text) + "'");
        };
    }

    /** {@code "web1:80"}, or an object that also says the weight. */
    static Backend backend(String list, JsonBody body, JsonNode node) {
        if (node.isString()) {
            return Backend.parse(node.stringValue());
        }
        JsonBody fields = body.element(list, node);
        int port = fields.optionalInteger("port", 1, 65535)
                .orElseThrow(() -> StateException.invalid(list + ".port", "is missing"));
        Backend backend = new Backend(
                fields.text("vnic"),
                port,
                fields.integer("weight", 1, Backend.MAX_WEIGHT, 1),
                fields.optionalFlag("draining").orElse(false),
                fields.optionalFlag("leaving").orElse(false),
                Backend.WARM_PERCENT);
        fields.nothingElse();
        return backend;
    }

    /** {@code "http:/health"}, or an object that also says how often; when missing TCP, of a UDP service none. */
    private static Check check(JsonBody body, Service.Protocol protocol) {
        Optional<JsonNode> value = body.value("check");
        if (value.isEmpty()) {
            return Check.parse(protocol == Service.Protocol.UDP ? "none" : "tcp");
        }
        if (value.get().isString()) {
            return Check.parse(value.get().stringValue());
        }
        JsonBody fields = body.element("check", value.get());
        String kind = fields.text("kind").toLowerCase(Locale.ROOT);
        Check check = Check.parse(
                kind.equals("http") ? "http:" + fields.optionalText("path").orElse("/") : kind);
        fields.optionalText("path");
        check = check.withPort(fields.integer("port", 0, 65_535, check.port()));
        int intervalMs = fields.integer("intervalMs", 100, 600_000, check.intervalMs());
        check = check.timed(
                intervalMs,
                fields.integer("timeoutMs", 10, intervalMs, Math.min(check.timeoutMs(), intervalMs)),
                fields.integer("rise", 1, 100, check.rise()),
                fields.integer("fall", 1, 100, check.fall()));
        fields.nothingElse();
        return check;
    }

    /** A node may be newer than its controller: fields we do not know are its own business. */
    static NodeInfo node(String name, JsonBody body) {
        String dpid = body.text("dpid");
        if (!dpid.matches("[0-9a-fA-F]{1,16}")) {
            throw StateException.invalid("dpid", "not up to 16 hexadecimal digits: '" + Fields.shown(dpid) + "'");
        }
        return new NodeInfo(
                name,
                Long.parseUnsignedLong(dpid, 16),
                Fields.anyAddress("vtep", body.text("vtep")),
                body.optionalText("uplink").filter(u -> !u.isEmpty()).orElse(null),
                body.optionalText("uplinkMac")
                        .filter(m -> !m.isEmpty())
                        .map(m -> Fields.mac("uplinkMac", m))
                        .orElse(null),
                body.integer("vnicMtu", 576, 65_485, NodeInfo.DEFAULT_VNIC_MTU),
                body.optionalText("control").orElse(""),
                body.optionalText("metrics").orElse(""),
                body.optionalText("bootId").orElse(""));
    }

    static Health health(JsonBody body) {
        return new Health(
                body.text("service"),
                body.text("backend"),
                body.flag("healthy"),
                body.optionalText("detail").orElse(""));
    }

    static boolean drain(JsonBody body) {
        boolean drain = body.optionalFlag("drain").orElse(true);
        body.nothingElse();
        return drain;
    }
}
