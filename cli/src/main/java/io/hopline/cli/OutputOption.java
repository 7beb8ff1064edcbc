package io.hopline.cli;

import java.io.PrintWriter;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@code -o json|table}: the answer as it came, or the columns that a person wants. */
final class OutputOption {
    /** The two ways to show an answer. */
    enum Format {
        TABLE,
        JSON
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table or json (default: ${DEFAULT-VALUE})")
    private Format format = Format.TABLE;

    /** Prints an object, or an array of objects, under {@code columns}, each {@code field} or {@code outer.inner}. */
    void print(PrintWriter out, JsonNode answer, String... columns) {
        if (format == Format.JSON) {
            out.println(JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build()
                    .writeValueAsString(answer));
            out.flush();
            return;
        }
        var headings = new String[columns.length];
        for (int i = 0; i < columns.length; i++) {
            headings[i] = columns[i].substring(columns[i].lastIndexOf('.') + 1);
        }
        var table = new Table(headings);
        Iterable<JsonNode> rows = answer.isArray() ? answer : List.of(answer);
        for (JsonNode row : rows) {
            var cells = new Object[columns.length];
            for (int i = 0; i < columns.length; i++) {
                cells[i] = cell(row, columns[i]);
            }
            table.row(cells);
        }
        table.print(out);
    }

    private static String cell(JsonNode row, String column) {
        JsonNode value = row;
        for (String field : column.split("\\.")) {
            value = value.path(field);
        }
        return cell(value);
    }

    private static String cell(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return "-";
        }
        if (value.isArray()) {
            var text = new StringBuilder();
            for (Iterator<JsonNode> each = value.iterator(); each.hasNext(); ) {
                text.append(cell(each.next())).append(each.hasNext() ? "," : "");
            }
            return text.isEmpty() ? "-" : text.toString();
        }
        return value.isValueNode() ? value.asString() : value.toString();
    }
}
