package io.hopline.sla;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes and reads {@code report.json}: a {@link Report}'s fields in snake case, so {@code {"hops":[{"hop","direction",
 * "host","count","p50_ns","p90_ns","p99_ns","p999_ns","max_ns"}],"end_to_end":{...},"unattributed":{...},
 * "clock_error_ns":...,"objectives":[{"name","target","actual","met","budget_left"}]}} and more. {@code clock_error_ns} is
 * null when unknown.
 */
public final class ReportJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private ReportJson() {}

    /** The report as indented JSON. */
    public static String write(Report report) {
        return MAPPER.writeValueAsString(report) + "\n";
    }

    /**
     * Reads what {@link #write} wrote; unknown keys are ignored.
     *
     * @throws IllegalArgumentException when the text is no JSON or no report
     */
    public static Report read(String json) {
        try {
            return MAPPER.readValue(json, Report.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not a report: " + e.getOriginalMessage(), e);
        }
    }
}
