package io.hopline.controller;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * What somebody wants there to be: YAML (or JSON) documents with lists of {@code networks}, {@code vnics} and
 * {@code services}, each element as it would be posted to create it. Applying it makes what is missing and changes what
 * differs; what it does not name stays as it is, so that applying it again changes nothing.
 *
 * <p>A change that fails leaves all as it was, and is refused with the element's place: {@code services[1].check}.
 */
final class Manifest {
    /** An element and what became of it. */
    record Outcome(String kind, String name, String change, List<String> fields) {}

    private static final YAMLMapper YAML = new YAMLMapper(YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    private final List<JsonBody> documents;
    private final List<Outcome> outcomes = new ArrayList<>();
    private NetworkState state = NetworkState.EMPTY;

    private Manifest(List<JsonBody> documents) {
        this.documents = documents;
    }

    /** @throws StateException when the text is no YAML, or a document no mapping */
    static Manifest parse(String text) {
        List<JsonNode> documents = new ArrayList<>();
        try (MappingIterator<JsonNode> read = YAML.readerFor(JsonNode.class).readValues(text)) {
            read.forEachRemaining(documents::add);
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw StateException.invalid(
                    "body",
                    "line " + line + ": "
                            + Fields.shown(e.getOriginalMessage().strip().replaceAll("\\s+", " ")));
        }
        if (documents.isEmpty()) {
            throw StateException.invalid("body", "is empty; a document with networks, vnics or services is needed");
        }
        List<JsonBody> bodies = new ArrayList<>();
        for (JsonNode document : documents) {
            bodies.add(JsonBody.document(document, documents.size() == 1 ? "" : "document[" + bodies.size() + "]."));
        }
        return new Manifest(bodies);
    }

    /**
     * The state in which everything is as the documents say; its version is one more than before, however much changed.
     * Called once for every try, since a state may have changed meanwhile.
     */
    NetworkState applyTo(NetworkState before) {
        state = before;
        outcomes.clear();
        each("networks", this::network);
        each("vnics", this::vnic);
        each("services", this::service);
        documents.forEach(JsonBody::nothingElse);
        return state.version() == before.version() ? before : state.withVersion(before.version() + 1);
    }

    private interface Element {
        String apply(JsonBody body);
    }

    private void each(String list, Element element) {
        for (JsonBody document : documents) {
            List<JsonNode> nodes = document.list(list);
            for (int i = 0; i < nodes.size(); i++) {
                JsonBody body = document.element(list + "[" + i + "]", nodes.get(i));
                try {
                    NetworkState before = state;
                    String name = element.apply(body);
                    body.nothingElse();
                    outcomes.add(outcome(list, name, before));
                } catch (StateException e) {
                    throw e.within(body.place());
                }
            }
        }
    }

    private String network(JsonBody body) {
        String name = body.text("name");
        Network old = state.networks().get(name);
        if (old == null) {
            state = Requests.createNetwork(state, body);
            return name;
        }
        Subnet subnet = Subnet.parse(body.text("subnet"));
        requireSame("subnet", old.subnet(), subnet);
        requireSame(
                "vni",
                old.vni(),
                body.optionalInteger("vni", 1, Network.MAX_VNI).orElse(old.vni()));
        Optional<Subnet6> ipv6 = body.optionalText("subnet6").map(Subnet6::parse);
        if (!old.ipv6().equals(ipv6)) {
            throw StateException.conflict("subnet6", "cannot change; make the network anew");
        }
        requireSame("exposed", old.exposed(), body.optionalFlag("exposed").orElse(true));
        return name;
    }

    private String vnic(JsonBody body) {
        String name = body.text("name");
        Vnic old = state.vnics().get(name);
        if (old == null) {
            state = Requests.createVnic(state, body);
            return name;
        }
        requireSame("network", old.network(), body.text("network"));
        Optional<String> ip = body.optionalText("ip");
        ip.ifPresent(text -> requireSame("ip", old.ip(), Fields.address("ip", text)));
        Optional<SortedMap<String, String>> labels = Requests.labels(body);
        if (labels.isPresent()) {
            state = Changes.labelVnic(state, name, labels.get());
        }
        return name;
    }

    private String service(JsonBody body) {
        Service draft = Requests.draft(body);
        Service old = state.services().get(draft.name());
        state = old == null
                ? Changes.createService(state, draft)
                : ServiceChanges.replaceService(state, ServiceChanges.goOnDraining(draft, old));
        return draft.name();
    }

    private static void requireSame(String field, Object old, Object wanted) {
        if (!old.equals(wanted)) {
            throw StateException.conflict(field, "is " + old + " and cannot become " + wanted + "; make it anew");
        }
    }

    private Outcome outcome(String list, String name, NetworkState before) {
        ObjectNode old = tree(before, list, name);
        ObjectNode now = tree(state, list, name);
        String kind = list.substring(0, list.length() - 1);
        if (old.isEmpty()) {
            return new Outcome(kind, name, "created", List.of());
        }
        List<String> changed = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : now.properties()) {
            if (!Objects.equals(old.get(field.getKey()), field.getValue())) {
                changed.add(field.getKey());
            }
        }
        old.propertyNames().stream().filter(field -> !now.has(field)).forEach(changed::add);
        return new Outcome(kind, name, changed.isEmpty() ? "unchanged" : "updated", changed);
    }

    private static ObjectNode tree(NetworkState state, String list, String name) {
        return switch (list) {
            case "networks" ->
                Optional.ofNullable(state.networks().get(name))
                        .map(StateRows::tree)
                        .orElseGet(Replies::object);
            case "vnics" ->
                Optional.ofNullable(state.vnics().get(name))
                        .map(StateRows::tree)
                        .orElseGet(Replies::object);
            default ->
                Optional.ofNullable(state.services().get(name))
                        .map(StateRows::tree)
                        .orElseGet(Replies::object);
        };
    }

    /** What the last {@link #applyTo} did, in the order of the documents. */
    ArrayNode outcomes() {
        ArrayNode json = JsonBody.MAPPER.createArrayNode();
        for (Outcome outcome : outcomes) {
            ObjectNode one = json.addObject()
                    .put("kind", outcome.kind())
                    .put("name", outcome.name())
                    .put("change", outcome.change());
            ArrayNode fields = one.putArray("fields");
            outcome.fields().forEach(fields::add);
        }
        return json;
    }
}
