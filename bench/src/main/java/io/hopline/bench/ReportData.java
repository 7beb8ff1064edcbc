package io.hopline.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The report as JSON, every sample included. */
final class ReportData {
    private ReportData() {}

    static String json(Report report) {
        var root = new LinkedHashMap<String, Object>();
        root.put("bench", report.bench());
        root.put("rounds", report.rounds());
        root.put("facts", report.facts());
        root.put("systems", report.systems());
        List<Map<String, Object>> measures = new ArrayList<>();
        report.samples().metrics().forEach(metric -> measures.add(measure(report, metric)));
        root.put("measures", measures);
        root.put("failures", report.failures());
        root.put("skipped", report.skipped());
        return JsonMapper.builder()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .build()
                        .writeValueAsString(root)
                + "\n";
    }

    private static Map<String, Object> measure(Report report, Metric metric) {
        Samples samples = report.samples();
        var figures = new LinkedHashMap<String, Object>();
        var ratios = new LinkedHashMap<String, Double>();
        for (Report.System system : report.systems()) {
            samples.spread(metric, system.id()).ifPresent(spread -> {
                var figure = new LinkedHashMap<String, Object>();
                figure.put("median", spread.median());
                figure.put("min", spread.min());
                figure.put("max", spread.max());
                figure.put("samples", samples.of(metric, system.id()));
                figures.put(system.id(), figure);
            });
            report.ratio(metric, system).ifPresent(ratio -> ratios.put(system.id(), ratio));
        }
        var measure = new LinkedHashMap<String, Object>();
        measure.put("id", metric.id());
        measure.put("title", metric.title());
        measure.put("unit", metric.unit());
        measure.put("better", metric.better().name().toLowerCase(Locale.ROOT));
        measure.put("systems", figures);
        measure.put("ratios", ratios);
        return measure;
    }
}
