// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Objective;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.Regression;
import dev.espalier.api.data.Rows;
import dev.espalier.api.settings.Nearest;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table: CSV (RFC 4180) in UTF-8 with a header. Columns are numbers, or categories, each of which
 * becomes a number that is 1 in its rows and 0 in others. Examples are float32 of shape (numbers).
 *
 * <p>Columns of numbers are standardised by the mean and standard deviation of their training rows.
 * If the target is a column of numbers, the task is regression, and the target is standardised,
 * too: the root mean squared error is in standard deviations of the training targets. If the target
 * is named in {@code categorical} or has no numbers, the task is classification; classes are in the
 * order of their names.
 *
 * @param path the file
 * @param target the column to predict
 * @param columns the columns of the inputs; all but the target if empty
 * @param categorical the columns of categories
 * @param separator the character between cells
 * @param test the share of test rows, whose draw is the same for every experiment; or a file of
 *     test rows with the same columns
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Table(
    @Setting("CSV file of UTF-8 with a header") String path,
    @Setting("column to predict") String target,
    @Setting("columns of the inputs; by default all but the target") Optional<List<String>> columns,
    @Setting(
            value =
                "columns of categories, each of which becomes a number of 0 or 1; classification, if"
                    + " the target is one",
            defaults = "[]")
        List<String> categorical,
    @Setting(
            value = "character between cells, such as \";\" or \"\\t\"",
            defaults = "\",\"",
            pattern = "[^\"\\r\\n ]")
        String separator,
    @Setting(
            value =
                "share of rows that are drawn for the test part, the same in every experiment; or a"
                    + " CSV file of test rows",
            defaults = "0.2")
        String test)
    implements DataSource {

  private static final Logger LOG = LoggerFactory.getLogger(Table.class);

  /** Creates the data source and checks the settings. */
  public Table {
    columns = columns.map(List::copyOf);
    categorical = List.copyOf(categorical);
    Ranges.check(Table.class, path, target, columns, categorical, separator, test);
    TestPart.share(test);
    List<String> named = columns.orElse(List.of("inputs"));
    if (named.isEmpty()
        || (columns.isPresent() && named.contains(target))
        || Set.copyOf(named).size() < named.size()) {
      throw new RefusedException(
          "columns", named, "one or more different columns without the target, " + target);
    }
  }

  /**
   * The rows of both parts.
   *
   * @param train the training rows
   * @param test the test rows
   * @param inputs the names of the columns of the inputs
   */
  private record Parts(Sheet train, Sheet test, List<String> inputs) {

    List<double[]> numbers(List<String> names) throws IOException {
      List<double[]> first = train.numbers(names);
      List<double[]> second = test.numbers(names);
      return IntStream.range(0, names.size())
          .mapToObj(i -> join(first.get(i), second.get(i)))
          .toList();
    }

    private static double[] join(double[] first, double[] second) {
      return Stream.of(first, second).flatMapToDouble(Arrays::stream).toArray();
    }

    /** Returns the categories of the training rows, in order. */
    List<String> categories(String column) {
      return List.copyOf(new TreeSet<>(train.column(column)));
    }

    /** Returns the cells of both parts. */
    List<String> cells(String column) {
      return Stream.of(train, test).flatMap(part -> part.column(column).stream()).toList();
    }
  }

  @Override
  public Data load(Prepared prepared) throws IOException {
    Parts parts = read();
    int rows = parts.train.rows().size();
    Columns inputs = inputs(parts);
    boolean isOfClasses = isOfClasses(parts);
    List<String> classes = isOfClasses ? parts.categories(target) : List.of();
    Objective objective = isOfClasses ? new Classification() : new Regression();
    Rows train;
    Rows tested;
    if (isOfClasses) {
      train = labels(classes, parts.train);
      tested = labels(classes, parts.test);
    } else {
      Columns targets = new Columns(rows);
      double[] numbers = parts.numbers(List.of(target)).get(0);
      if (!targets.addStandardised(numbers)) {
        throw new RefusedException(
            "target",
            target + ", which is " + numbers[0] + " in all " + rows + " training rows",
            "a column of different numbers");
      }
      train = targets.train();
      tested = targets.test();
    }
    Examples trained = new Examples(inputs.train(), train);
    return new Data(
        "table",
        trained,
        trained.take(),
        new Examples(inputs.test(), tested),
        Inputs.of(trained.shape(), Normalisation.NONE),
        classes.size(),
        objective,
        Optional.empty());
  }

  @Override
  public String className(int label) throws IOException {
    Parts parts = read();
    return isOfClasses(parts) ? parts.categories(target).get(label) : Integer.toString(label);
  }

  private boolean isOfClasses(Parts parts) {
    return categorical.contains(target)
        || parts.train.column(target).stream().noneMatch(Sheet::isNumber);
  }

  private Parts read() throws IOException {
    char between = separator.charAt(0);
    Sheet all = Sheet.read(path, between);
    List<String> inputs =
        columns.orElseGet(
            () -> all.header().stream().filter(name -> !name.equals(target)).toList());
    check(all, inputs);
    OptionalDouble share = TestPart.share(test);
    int least = share.isPresent() ? 3 : 2;
    if (all.rows().size() < least) {
      throw new IOException(
          path
              + ": expected at least "
              + least
              + " rows after the header, found "
              + all.rows().size()
              + "; add rows");
    }
    if (share.isPresent()) {
      TestPart split = TestPart.draw(all.rows().size(), share.getAsDouble());
      return filled(new Parts(all.take(split.train()), all.take(split.test()), inputs));
    }
    Sheet other = Sheet.read(test, between);
    List<String> missing =
        Stream.concat(inputs.stream(), Stream.of(target))
            .filter(name -> !other.header().contains(name))
            .toList();
    if (!missing.isEmpty() || other.rows().isEmpty()) {
      throw new IOException(
          test
              + ": expected rows with the columns of "
              + path
              + ", found "
              + (missing.isEmpty() ? "no row" : "no column " + String.join(", ", missing))
              + "; add what is missing");
    }
    return filled(new Parts(all, other, inputs));
  }

  /** Checks the names of columns. */
  private void check(Sheet sheet, List<String> inputs) {
    Refusals.require(
        refusals -> {
          checkNames("target", List.of(target), sheet.header(), refusals);
          checkNames("columns", inputs, sheet.header(), refusals);
          checkNames("categorical", categorical, sheet.header(), refusals);
        });
    if (inputs.isEmpty()) {
      throw new RefusedException("path", path + " with the target alone", "a column of inputs");
    }
  }

  private static void checkNames(
      String key, List<String> names, Collection<String> known, Refusals refusals) {
    for (String name : names) {
      if (!known.contains(name)) {
        refusals.add(
            key,
            "no column \"" + name + "\"",
            "one of " + String.join(", ", known),
            Nearest.remedy(name, known));
      }
    }
  }

  private Parts filled(Parts parts) throws IOException {
    List<String> names =
        Stream.concat(
                parts.inputs.stream().filter(categorical::contains),
                isOfClasses(parts) ? Stream.of(target) : Stream.of())
            .toList();
    parts.train.requireFilled(names);
    parts.test.requireFilled(names);
    return parts;
  }

  private Columns inputs(Parts parts) throws IOException {
    Columns columns = new Columns(parts.train.rows().size());
    List<String> ofNumbers =
        parts.inputs.stream().filter(name -> !categorical.contains(name)).toList();
    List<double[]> numbers = parts.numbers(ofNumbers);
    for (String name : parts.inputs) {
      if (categorical.contains(name)) {
        addCategories(name, parts, columns);
      } else if (!columns.addStandardised(numbers.get(ofNumbers.indexOf(name)))) {
        LOG.warn(
            "{}: column {} is constant in the training rows and tells nothing. Leave it out by"
                + " data.columns",
            path,
            name);
      }
    }
    return columns;
  }

  private void addCategories(String name, Parts parts, Columns columns) {
    List<String> categories = parts.categories(name);
    List<String> cells = parts.cells(name);
    for (String category : categories) {
      columns.add(cells.stream().mapToDouble(cell -> cell.equals(category) ? 1 : 0).toArray());
    }
    List<String> unknown =
        parts.test.column(name).stream().filter(cell -> !categories.contains(cell)).toList();
    if (!unknown.isEmpty()) {
      LOG.warn(
          "{}: column {} has {} test rows of categories without a training row, such as \"{}\";"
              + " they are 0 in all its inputs. Add training rows",
          parts.test.file(),
          name,
          unknown.size(),
          unknown.get(0));
    }
  }

  private Rows labels(List<String> classes, Sheet part) throws IOException {
    Map<String, Integer> labels = new HashMap<>();
    for (int label = 0; label < classes.size(); label++) {
      labels.put(classes.get(label), label);
    }
    List<String> cells = part.column(target);
    Faults faults = new Faults();
    for (int i = 0; i < cells.size(); i++) {
      if (!labels.containsKey(cells.get(i))) {
        faults.add(part.cell(i, target));
      }
    }
    faults.require(
        part.file(),
        "a training row of the class of each test row",
        "add training rows of the class, or remove these rows");
    return Rows.ofInts(cells.stream().mapToInt(labels::get).toArray(), new Shape());
  }
}
