// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.util.ArrayList;
import java.util.List;

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
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        boolean left = column < texts || column == row.size() - 1;
        line.append(column == 0 ? "" : "  ")
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
