// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A table of text with aligned columns. */
public final class TextTable {

  /** Stands between a mean and half of its interval. */
  private static final String INTERVAL = " ±";

  private final List<List<String>> rows = new ArrayList<>();
  private final int texts;

  /**
   * Creates a table.
   *
   * @param texts the number of columns that are texts, aligned at the left; numbers are aligned at
   *     the right
   * @param head the titles of the columns; the last is aligned at the left, too
   */
  public TextTable(int texts, String... head) {
    this.texts = texts;
    row(head);
  }

  public void row(String... cells) {
    rows.add(List.of(cells));
  }

  /** Returns the lines, each with its end. */
  @Override
  public String toString() {
    return lines(IntStream.range(0, rows.get(0).size()).toArray());
  }

  /**
   * Returns the lines, folded: columns that do not fit are in a further table below, with the first
   * columns repeated.
   *
   * @param width the width to fold to
   * @param keys the number of columns that say what a row is about
   */
  public String fold(ScreenWidth width, int keys) {
    List<String> blocks = new ArrayList<>();
    int columns = rows.get(0).size();
    int next = keys;
    do {
      int end = Math.min(next + 1, columns);
      while (end < columns && length(keys, next, end + 1) <= width.columns()) {
        end++;
      }
      blocks.add(
          lines(IntStream.concat(IntStream.range(0, keys), IntStream.range(next, end)).toArray()));
      next = end;
    } while (next < columns);
    return String.join("\n", blocks);
  }

  /** The table as LaTeX, for the package booktabs. */
  String latex() {
    int columns = rows.get(0).size();
    StringBuilder table = new StringBuilder("  \\begin{tabular}{");
    for (int column = 0; column < columns; column++) {
      table.append(column < texts || column == columns - 1 ? 'l' : 'r');
    }
    table.append("}\n    \\toprule\n");
    for (List<String> row : rows) {
      table
          .append("    ")
          .append(row.stream().map(TextTable::latex).collect(Collectors.joining(" & ")))
          .append(" \\\\\n")
          .append(row == rows.get(0) ? "    \\midrule\n" : "");
    }
    return table.append("    \\bottomrule\n  \\end{tabular}\n").toString();
  }

  /** The table as Markdown. */
  String markdown() {
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows) {
      table.append("| ").append(String.join(" | ", row)).append(" |\n");
      if (row == rows.get(0)) {
        for (int column = 0; column < row.size(); column++) {
          table.append(column < texts || column == row.size() - 1 ? "|---" : "|--:");
        }
        table.append("|\n");
      }
    }
    return table.toString();
  }

  /** A text in LaTeX. */
  static String latex(String text) {
    StringBuilder latex = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\\' -> latex.append("\\textbackslash{}");
                case '~' -> latex.append("\\textasciitilde{}");
                case '^' -> latex.append("\\textasciicircum{}");
                case '&', '%', '$', '#', '_', '{', '}' -> latex.append('\\').appendCodePoint(c);
                case '|' -> latex.append("\\textbar{}");
                case '±' -> latex.append("$\\pm$");
                case '<', '>' -> latex.append('$').appendCodePoint(c).append('$');
                default -> latex.appendCodePoint(c);
              }
            });
    return latex.toString();
  }

  /** The table as CSV. Means and half intervals have separate columns. */
  String csv() {
    CsvTable<List<String>> csv = new CsvTable<>(List.of());
    for (int i = 0; i < rows.get(0).size(); i++) {
      int column = i;
      String title = rows.get(0).get(i);
      csv = csv.and(title, row -> row.get(column).split(INTERVAL, -1)[0]);
      if (rows.stream().anyMatch(row -> row.get(column).contains(INTERVAL))) {
        csv =
            csv.and(
                title + INTERVAL,
                row ->
                    row.get(column).contains(INTERVAL)
                        ? row.get(column).split(INTERVAL, -1)[1]
                        : null);
      }
    }
    return csv.text(rows.subList(1, rows.size()));
  }

  /** The length of a line of the key columns and of the columns of a range. */
  private int length(int keys, int from, int to) {
    return IntStream.concat(IntStream.range(0, keys), IntStream.range(from, to))
            .map(column -> width(column) + 2)
            .sum()
        - 2;
  }

  private String lines(int... columns) {
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column : columns) {
        boolean left = column < texts || column == row.size() - 1;
        line.append(column == columns[0] ? "" : "  ")
            .append(String.format("%" + (left ? "-" : "") + width(column) + "s", row.get(column)));
      }
      table.append(line.toString().stripTrailing()).append('\n');
    }
    return table.toString();
  }

  private int width(int column) {
    return rows.stream()
        .mapToInt(row -> row.get(column).length())
        .filter(length -> length > 0)
        .max()
        .orElse(1);
  }
}
