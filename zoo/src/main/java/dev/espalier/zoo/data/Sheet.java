// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * The cells of a CSV file with a header.
 *
 * @param file the file
 * @param header the names of the columns, all different
 * @param rows the rows
 */
record Sheet(String file, List<String> header, List<Row> rows) {

  /**
   * A row.
   *
   * @param line the line in the file, from 1; the last one of a row of several lines
   * @param cells a text for each column, without surrounding spaces
   */
  record Row(long line, List<String> cells) {}

  /** Reads a file and checks that its rows have a cell for each column. */
  static Sheet read(String file, char separator) throws IOException {
    String text = TextFile.read(Path.of(file));
    CSVFormat format =
        CSVFormat.DEFAULT.builder().setDelimiter(separator).setIgnoreSurroundingSpaces(true).get();
    List<Row> rows = new ArrayList<>();
    try (CSVParser parser = CSVParser.parse(text, format)) {
      for (CSVRecord record : parser) {
        rows.add(new Row(parser.getCurrentLineNumber(), record.toList()));
      }
    } catch (UncheckedIOException | IOException e) {
      throw new IOException(file + ": expected CSV, found a fault: " + reason(e), e);
    }
    if (rows.isEmpty()) {
      throw new IOException(file + ": expected a header and rows, found blank lines; replace it");
    }
    Sheet sheet = new Sheet(file, rows.get(0).cells(), List.copyOf(rows.subList(1, rows.size())));
    sheet.check();
    return sheet;
  }

  private static String reason(Exception e) {
    return e instanceof UncheckedIOException ? e.getCause().getMessage() : e.getMessage();
  }

  private void check() throws IOException {
    Faults twice = new Faults();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < header.size(); i++) {
      String name = header.get(i);
      if (name.isEmpty()) {
        twice.add("no name of column " + (i + 1));
      } else if (!names.add(name)) {
        twice.add("\"" + name + "\" twice");
      }
    }
    twice.require(file, "a header of different names", "rename the columns");
    Faults lengths = new Faults();
    for (Row row : rows) {
      if (row.cells().size() != header.size()) {
        lengths.add("line " + row.line() + ": " + row.cells().size() + " cells");
      }
    }
    lengths.require(
        file,
        header.size() + " cells in each row, as in the header",
        "mend these lines, or set data.separator");
  }

  /** Returns the cells of a column. */
  List<String> column(String name) {
    int index = header.indexOf(name);
    return rows.stream().map(row -> row.cells().get(index)).toList();
  }

  /** Returns some of the rows. */
  Sheet take(List<Integer> indices) {
    return new Sheet(file, header, indices.stream().map(rows::get).toList());
  }

  /**
   * Reads columns as numbers.
   *
   * @param names the columns
   * @return the numbers of each column
   * @throws IOException for cells that are no numbers, naming them
   */
  List<double[]> numbers(List<String> names) throws IOException {
    Faults faults = new Faults();
    for (String name : names) {
      List<String> cells = column(name);
      if (cells.size() > 1 && cells.stream().noneMatch(Sheet::isNumber)) {
        faults.add("no number in column " + name);
        continue;
      }
      IntStream.range(0, cells.size())
          .filter(i -> !isNumber(cells.get(i)))
          .forEach(i -> faults.add(cell(i, name)));
    }
    faults.require(
        file,
        "numbers",
        "mend or remove these rows; name columns of categories in data.categorical, and leave out"
            + " others by data.columns");
    return names.stream()
        .map(name -> column(name).stream().mapToDouble(Double::parseDouble).toArray())
        .toList();
  }

  /** Refuses empty cells of columns of categories. */
  void requireFilled(List<String> names) throws IOException {
    Faults faults = new Faults();
    for (String name : names) {
      List<String> cells = column(name);
      IntStream.range(0, cells.size())
          .filter(i -> cells.get(i).isEmpty())
          .forEach(i -> faults.add(cell(i, name)));
    }
    faults.require(file, "a category in each cell", "fill these cells, or remove the rows");
  }

  /** Describes the cell of a row. */
  String cell(int row, String column) {
    String cell = column(column).get(row);
    return "line "
        + rows.get(row).line()
        + ", column "
        + column
        + ": "
        + (cell.isEmpty() ? "nothing" : "\"" + cell + "\"");
  }

  /** Whether a cell is a decimal number that is finite. */
  static boolean isNumber(String cell) {
    return cell.matches("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?")
        && Double.isFinite(Double.parseDouble(cell));
  }
}
