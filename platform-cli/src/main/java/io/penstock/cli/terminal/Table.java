package io.penstock.cli.terminal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Text in columns that are as wide as their widest cell, two spaces apart. A column whose title begins with {@code >}
 * (which is not shown) stands to the right, as numbers should.
 */
public final class Table {

    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();
    private final boolean[] right;

    public Table(String... titles) {
        right = new boolean[titles.length];
        List<String> header = new ArrayList<>();
        for (int i = 0; i < titles.length; i++) {
            right[i] = titles[i].startsWith(">");
            header.add(right[i] ? titles[i].substring(1) : titles[i]);
        }
        rows.add(header);
    }

    /**
     * Adds a row.
     *
     * @throws IllegalArgumentException if it has not one cell a column
     */
    public Table row(Object... cells) {
        if (cells.length != right.length) {
            throw new IllegalArgumentException(cells.length + " cells for " + right.length + " columns");
        }
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(String.valueOf(cell));
        }
        rows.add(row);
        return this;
    }

    /** The title line and the rows, without blanks at their ends. */
    public List<String> lines() {
        int[] widths = new int[right.length];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.toList());
    }

    private String line(List<String> row, int[] widths) {
        List<String> padded = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            String blanks = String.join("", Collections.nCopies(widths[i] - width(row.get(i)), " "));
            padded.add(right[i] ? blanks + row.get(i) : row.get(i) + blanks);
        }
        return String.join(GAP, padded).stripTrailing();
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
