package io.hopline.sla;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads objectives from OpenSLO YAML: documents of {@code apiVersion: openslo/v1}, {@code kind: SLO} with an inline
 * indicator that has a {@code thresholdMetric} or a {@code ratioMetric}, one rolling time window, and
 * {@code budgetingMethod: Occurrences}.
 *
 * <p>The metric's source says what is compared, {@code metricSource.spec}: {@code metric} is {@code end_to_end},
 * {@code virtual_network}, {@code virtual_network_share}, {@code unattributed} or a hop's id; {@code direction} and
 * {@code host} narrow a hop; {@code unit} is that of the objectives' {@code value}: ns, us, ms (default) or s, and percent
 * for the share. Each objective has {@code op: lte} or {@code lt}, {@code value} and {@code target} (0 to 1) or
 * {@code targetPercent}.
 *
 * <p>A {@code ratioMetric} is availability: the metric of its {@code good} source is {@code answered}, that of its
 * {@code total} is {@code requests}, and objectives have a target alone.
 */
public final class OpenSlo {
    private static final Map<String, Double> UNITS_NS = Map.of("ns", 1.0, "us", 1e3, "ms", 1e6, "s", 1e9);
    private static final String RATIO = "spec.indicator.spec.ratioMetric";
    private static final double MILLIONTHS_PER_PERCENT = 1e4;
    private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,5})([mhdw])");

    private final JsonNode document;

    private OpenSlo(JsonNode document) {
        this.document = document;
    }

    /**
     * One document.
     *
     * @param name of its metadata
     * @param json the document itself, which is YAML too
     */
    public record Document(String name, String service, String json, List<Objective> objectives) {
        public Document {
            objectives = List.copyOf(objectives);
        }
    }

    /**
     * Reads the objectives of every document of a YAML text.
     *
     * @throws InvalidObjectiveException naming the first field that cannot be used
     */
    public static List<Objective> parse(String yaml) {
        return documents(yaml).stream()
                .flatMap(document -> document.objectives().stream())
                .toList();
    }

    /**
     * Reads every document of a YAML text.
     *
     * @throws InvalidObjectiveException naming the first field that cannot be used
     */
    public static List<Document> documents(String yaml) {
        List<Document> read = new ArrayList<>();
        try (MappingIterator<JsonNode> documents =
                new YAMLMapper().readerFor(JsonNode.class).readValues(yaml)) {
            while (documents.hasNext()) {
                OpenSlo slo = new OpenSlo(documents.next());
                List<Objective> objectives = slo.objectives();
                read.add(new Document(
                        slo.text("metadata.name"), slo.text("spec.service"), slo.document.toString(), objectives));
            }
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new InvalidObjectiveException(
                    "yaml",
                    "line " + line + ": " + e.getOriginalMessage().strip().replaceAll("\\s+", " "));
        }
        if (read.isEmpty()) {
            throw new InvalidObjectiveException("yaml", "no document");
        }
        return read;
    }

    private List<Objective> objectives() {
        if (!document.isObject()) {
            throw new InvalidObjectiveException("yaml", "a document is not a mapping");
        }
        expect("apiVersion", "openslo/v1");
        expect("kind", "SLO");
        String name = text("metadata.name");
        String service = text("spec.service");
        if (!at("spec.budgetingMethod").isMissingNode()) {
            expect("spec.budgetingMethod", "Occurrences");
        }
        Duration window = window();
        boolean ratio = !at(RATIO).isMissingNode();
        if (!ratio && at("spec.indicator.spec.thresholdMetric").isMissingNode()) {
            throw new InvalidObjectiveException(
                    "spec.indicator.spec.thresholdMetric", "missing, and there is no ratioMetric either");
        }
        if (ratio) {
            expect(RATIO + ".good.metricSource.spec.metric", "answered");
            expect(RATIO + ".total.metricSource.spec.metric", "requests");
        }
        Series series = ratio ? Series.AVAILABILITY : series();
        JsonNode list = at("spec.objectives");
        if (!list.isArray() || list.isEmpty()) {
            throw new InvalidObjectiveException("spec.objectives", "must be a list of at least one objective");
        }
        List<Objective> objectives = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String field = "spec.objectives[" + i + "]";
            String title = list.get(i).path("displayName").asString(list.size() == 1 ? name : name + "-" + (i + 1));
            objectives.add(new Objective(
                    title,
                    service,
                    series,
                    ratio ? 0 : threshold(list.get(i), field, series),
                    !ratio && strict(list.get(i), field),
                    target(list.get(i), field),
                    window));
        }
        return objectives;
    }

    private Series series() {
        String source = "spec.indicator.spec.thresholdMetric.metricSource.spec.";
        String metric = text(source + "metric");
        Direction direction = direction(source + "direction");
        JsonNode host = at(source + "host");
        try {
            return Series.of(metric, direction, host.isMissingNode() ? null : host.asString());
        } catch (IllegalArgumentException e) {
            throw new InvalidObjectiveException(source + "metric", String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Direction direction(String field) {
        JsonNode node = at(field);
        if (node.isMissingNode()) {
            return null;
        }
        return switch (node.asString("")) {
            case "request" -> Direction.REQUEST;
            case "response" -> Direction.RESPONSE;
            default -> throw new InvalidObjectiveException(field, "must be request or response, is " + shown(node));
        };
    }

    private long threshold(JsonNode objective, String field, Series series) {
        JsonNode value = objective.path("value");
        if (!value.isNumber() || !(value.asDouble() >= 0)) {
            throw new InvalidObjectiveException(field + ".value", "must be a number from 0 on, is " + shown(value));
        }
        return Math.round(value.asDouble() * scale(series));
    }

    private double scale(Series series) {
        String field = "spec.indicator.spec.thresholdMetric.metricSource.spec.unit";
        JsonNode node = at(field);
        boolean share = series.equals(Series.VIRTUAL_NETWORK_SHARE);
        String unit = node.isMissingNode() ? share ? "percent" : "ms" : node.asString("");
        if (share && unit.equals("percent")) {
            return MILLIONTHS_PER_PERCENT;
        }
        Double scale = UNITS_NS.get(unit);
        if (share || scale == null) {
            throw new InvalidObjectiveException(
                    field, "must be " + (share ? "percent" : "ns, us, ms or s") + ", is " + shown(node));
        }
        return scale;
    }

    private static boolean strict(JsonNode objective, String field) {
        JsonNode op = objective.path("op");
        return switch (op.asString("")) {
            case "lte" -> false;
            case "lt" -> true;
            default -> throw new InvalidObjectiveException(field + ".op", "must be lte or lt, is " + shown(op));
        };
    }

    private static double target(JsonNode objective, String field) {
        boolean percent = objective.path("target").isMissingNode();
        String name = percent ? "targetPercent" : "target";
        JsonNode node = objective.path(name);
        if (percent && node.isMissingNode()) {
            throw new InvalidObjectiveException(field + ".target", "missing");
        }
        double target = !node.isNumber()
                ? -1
                : percent ? node.decimalValue().movePointLeft(2).doubleValue() : node.asDouble();
        if (!(target > 0 && target < 1)) {
            throw new InvalidObjectiveException(
                    field + "." + name, "must be above 0 and below " + (percent ? "100" : "1") + ", is " + shown(node));
        }
        return target;
    }

    private Duration window() {
        JsonNode windows = at("spec.timeWindow");
        if (!windows.isArray() || windows.size() != 1) {
            throw new InvalidObjectiveException("spec.timeWindow", "must be a list of one window");
        }
        JsonNode window = windows.get(0);
        JsonNode rolling = window.path("isRolling");
        if (!rolling.isMissingNode() && !rolling.asBoolean(false)) {
            throw new InvalidObjectiveException("spec.timeWindow[0].isRolling", "must be true");
        }
        String field = "spec.timeWindow[0].duration";
        Matcher matcher = DURATION.matcher(window.path("duration").asString(""));
        if (!matcher.matches()) {
            throw new InvalidObjectiveException(
                    field, "must be a number and m, h, d or w, such as 1h, is " + shown(window.path("duration")));
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            default -> Duration.ofDays(7 * count);
        };
    }

    private void expect(String field, String value) {
        JsonNode node = at(field);
        if (!node.asString("").equals(value)) {
            throw new InvalidObjectiveException(field, "must be " + value + ", is " + shown(node));
        }
    }

    private String text(String field) {
        JsonNode node = at(field);
        if (!node.isString() || node.asString().isBlank()) {
            throw new InvalidObjectiveException(field, node.isMissingNode() ? "missing" : "must be a text");
        }
        return node.asString();
    }

    private JsonNode at(String field) {
        JsonNode node = document;
        for (String part : field.split("\\.")) {
            node = node.path(part);
        }
        return node;
    }

    private static String shown(JsonNode node) {
        return node.isMissingNode() ? "missing" : node.toString();
    }
}
