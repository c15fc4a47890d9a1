// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import com.typesafe.config.Config;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.structure.Cost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads results.csv: what figures and tables need of a run whose tickets are not at hand. */
final class CsvRun {

  /** The columns next to those that identify a row. */
  private static final List<String> COLUMNS =
      List.of(
          "density",
          "kept",
          "effective_density",
          "macs",
          "parameters",
          "last_iteration",
          "early_stop_iteration",
          "early_stop_validation_loss",
          "early_stop_validation_accuracy",
          "early_stop_test_accuracy",
          "train_loss",
          "train_accuracy",
          "validation_loss",
          "validation_accuracy",
          "test_loss",
          "test_accuracy",
          "mask",
          "effective_macs");

  private final Map<String, String> cells = new LinkedHashMap<>();

  private CsvRun(List<String> names, List<String> row) {
    for (int i = 0; i < names.size(); i++) {
      cells.put(names.get(i), row.get(i));
    }
  }

  /**
   * Reads the rows.
   *
   * @param experiment the experiment, which names the controls
   * @throws IOException if a column is missing, or a cell has no number
   */
  static List<TicketResult> rows(Path file, Config experiment) throws IOException {
    List<String> names = new ArrayList<>(TicketResult.KEY);
    names.addAll(COLUMNS);
    Set<String> controls = controls(experiment);
    List<TicketResult> rows = new ArrayList<>();
    for (List<String> row : CsvTable.columns(file, names)) {
      try {
        rows.add(new CsvRun(names, row).result(controls));
      } catch (NumberFormatException e) {
        throw new IOException("row " + (rows.size() + 1) + ": " + e.getMessage(), e);
      }
    }
    return rows;
  }

  private static Set<String> controls(Config experiment) {
    return !experiment.hasPath("controls")
        ? Set.of()
        : experiment.getConfigList("controls").stream()
            .map(control -> control.getString("id"))
            .collect(Collectors.toSet());
  }

  private TicketResult result(Set<String> controls) {
    String branch = cells.get("branch");
    long last = (long) number("last_iteration");
    return new TicketResult(
        cells.get(TicketResult.VARIANT),
        (int) number("replicate"),
        (int) number("round"),
        branch,
        controls.contains(branch),
        number("density"),
        (long) number("kept"),
        cells.get("effective_density").isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(number("effective_density")),
        new Analysis(List.of()),
        Map.of(),
        new Cost((long) number("macs"), (long) number("parameters")),
        (long) number("effective_macs"),
        cells.get("mask"),
        last,
        Metrics.ACCURACY,
        new History(points(last)),
        Map.of(),
        new Account(List.of(), List.of()));
  }

  /** The point of the early stop, and the last one. */
  private List<History.Point> points(long last) {
    List<History.Point> points = new ArrayList<>();
    if (!cells.get("early_stop_iteration").isEmpty()) {
      long stop = (long) number("early_stop_iteration");
      if (stop != last) {
        Evaluation test = new Evaluation(Double.NaN, List.of(number("early_stop_test_accuracy")));
        points.add(
            new History.Point(stop, Evaluation.NONE, evaluation("early_stop_validation"), test));
      }
    }
    points.add(
        new History.Point(last, evaluation("train"), evaluation("validation"), evaluation("test")));
    return points;
  }

  private Evaluation evaluation(String part) {
    return cells.get(part + "_accuracy").isEmpty()
        ? Evaluation.NONE
        : new Evaluation(number(part + "_loss"), List.of(number(part + "_accuracy")));
  }

  private double number(String column) {
    String cell = cells.get(column);
    return cell.isEmpty() ? Double.NaN : Double.parseDouble(cell);
  }
}
