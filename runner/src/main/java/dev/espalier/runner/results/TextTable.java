// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A table of text with aligned columns. */
public final class TextTable {

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
