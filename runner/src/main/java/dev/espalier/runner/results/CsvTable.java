// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;

/**
 * A CSV table: columns, each a name and a function of a row. A value that is absent or not a number
 * is an empty cell. The text follows RFC 4180, except that lines end with a line feed; a cell is
 * quoted only if necessary.
 *
 * @param <R> the type of a row
 * @param columns from left to right
 */
public record CsvTable<R>(List<Column<R>> columns) {

  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

  /**
   * A column.
   *
   * @param value the cell of a row: a number, a text, null, or an optional of one
   */
  public record Column<R>(String name, Function<? super R, ?> value) {}

  /** Copies the list. */
  public CsvTable {
    columns = List.copyOf(columns);
  }

  /** Creates a table with one column. */
  public static <R> CsvTable<R> of(String name, Function<? super R, ?> value) {
    return new CsvTable<>(List.of(new Column<>(name, value)));
  }

  /** This table with one more column. */
  public CsvTable<R> and(String name, Function<? super R, ?> value) {
    return and(List.of(new Column<>(name, value)));
  }

  /** This table with the columns of another one, whose row is a part of this one's. */
  public <P> CsvTable<R> and(CsvTable<P> table, Function<? super R, ? extends P> part) {
    return andOptional(table, part.andThen(Optional::ofNullable));
  }

  /** This table with the columns of a part that some rows lack. Their cells are empty. */
  public <P> CsvTable<R> andOptional(
      CsvTable<P> table, Function<? super R, ? extends Optional<? extends P>> part) {
    return and(
        table.columns.stream()
            .map(column -> new Column<R>(column.name(), row -> cell(part.apply(row), column)))
            .toList());
  }

  private static <P> Object cell(Optional<? extends P> part, Column<P> column) {
    return part.isPresent() ? column.value().apply(part.get()) : null;
  }

  private CsvTable<R> and(List<Column<R>> more) {
    return new CsvTable<>(Stream.concat(columns.stream(), more.stream()).toList());
  }

  /** The text of a header and a line for each row. */
  public String text(Iterable<? extends R> rows) {
    StringBuilder text = new StringBuilder();
    try (CSVPrinter printer = new CSVPrinter(text, FORMAT)) {
      printer.printRecord(columns.stream().map(Column::name));
      for (R row : rows) {
        List<Object> cells = new ArrayList<>();
        columns.forEach(column -> cells.add(printed(column.value().apply(row))));
        printer.printRecord(cells);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /**
   * Replaces null by a value that prints nothing, since an empty text at the start of a line would
   * be quoted.
   */
  private static Object printed(Object value) {
    if (value instanceof Optional<?> optional) {
      return printed(optional.orElse(null));
    }
    if (value instanceof OptionalDouble optional) {
      return optional.isPresent() ? printed(optional.getAsDouble()) : null;
    }
    if (value instanceof OptionalLong optional) {
      return optional.isPresent() ? optional.getAsLong() : null;
    }
    return "".equals(value) || (value instanceof Double number && number.isNaN()) ? null : value;
  }

  /**
   * Reads the cells of some columns in a file, a list for each row, without the header.
   *
   * @throws IOException also if the file lacks a column, or is not a table
   */
  static List<List<String>> columns(Path file, List<String> names) throws IOException {
    CSVFormat withHeader = FORMAT.builder().setHeader().setSkipHeaderRecord(true).get();
    try (Reader reader = Files.newBufferedReader(file);
        CSVParser parser = withHeader.parse(reader)) {
      if (!parser.getHeaderNames().containsAll(names)) {
        throw new IOException("columns " + parser.getHeaderNames());
      }
      return parser.stream().map(row -> names.stream().map(row::get).toList()).toList();
    } catch (UncheckedIOException | IllegalStateException | IllegalArgumentException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(cause.getMessage(), e);
    }
  }
}
