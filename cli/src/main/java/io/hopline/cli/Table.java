package io.hopline.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows under headings, columns as wide as their widest cell; numbers stand right. */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    /** A table that has no rows yet. */
    public Table(String... headings) {
        rows.add(List.of(headings));
    }

    /** Adds a row, a cell for each heading. */
    public Table row(Object... cells) {
        var row = new ArrayList<String>();
        for (Object cell : cells) {
            row.add(String.valueOf(cell));
        }
        if (row.size() != rows.getFirst().size()) {
            throw new IllegalArgumentException("a row of " + row.size() + " cells under " + rows.getFirst());
        }
        rows.add(row);
        return this;
    }

    /** Writes headings and rows. */
    public void print(PrintWriter out) {
        int columns = rows.getFirst().size();
        var widths = new int[columns];
        var numeric = new boolean[columns];
        for (int column = 0; column < columns; column++) {
            numeric[column] = rows.size() > 1;
            for (int row = 0; row < rows.size(); row++) {
                String cell = rows.get(row).get(column);
                widths[column] = Math.max(widths[column], cell.length());
                numeric[column] &= row == 0 || cell.matches("-|[-+]?[0-9]+(\\.[0-9]+)?%?");
            }
        }
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                String format = numeric[column] ? "%" + widths[column] + "s" : "%-" + widths[column] + "s";
                line.append(column == 0 ? "" : "  ").append(String.format(Locale.ROOT, format, row.get(column)));
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }
}
