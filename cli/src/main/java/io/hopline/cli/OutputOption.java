package io.hopline.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
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

    boolean json() {
        return format == Format.JSON;
    }

    /** Prints an object, or an array of objects, under {@code columns}, each {@code field}, or {@code heading=outer.inner}. */
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
            headings[i] = columns[i].replaceAll("=.*", "");
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
        String path = column.substring(column.indexOf('=') + 1);
        return cell(row, List.of(path.split("\\.")));
    }

    /** Follows a path into the value; where it meets a list, into every element. */
    private static String cell(JsonNode value, List<String> path) {
        if (value.isArray()) {
            var cells = new ArrayList<String>();
            value.forEach(element -> cells.add(cell(element, path)));
            return cells.isEmpty() ? "-" : String.join(",", cells);
        }
        if (!path.isEmpty()) {
            return cell(value.path(path.getFirst()), path.subList(1, path.size()));
        }
        if (value.isMissingNode() || value.isNull()) {
            return "-";
        }
        return value.isValueNode() ? value.asString() : value.toString();
    }
}
