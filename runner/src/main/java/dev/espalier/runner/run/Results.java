// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Analysis;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Ticket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** What each ticket is worth: as a file with a row each, and as a table of means. */
final class Results {

  private static final String FILE = "results.csv";

  private static final String HEADER =
      String.join(
          ",",
          "replicate",
          "round",
          "branch",
          "density",
          "sparsity",
          "kept",
          "effective_density",
          "empty_layers",
          "dead_units",
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
          "mask");

  /** One ticket, without its weights. */
  private record Row(
      int replicate,
      int round,
      String branch,
      double density,
      long kept,
      Analysis analysis,
      String mask,
      History.Point last,
      History.Point earlyStop) {}

  private final List<Row> rows = new ArrayList<>();
  private final RunFolder folder;
  private final long rowsBefore;

  /** The results of a run, which may have been begun before: see {@link #write}. */
  Results(RunFolder folder) throws IOException {
    this.folder = folder;
    Path file = folder.file(FILE);
    rowsBefore = Files.exists(file) ? Files.readAllLines(file).size() - 1 : 0;
  }

  /** Writes results.csv, unless the one that is there from an earlier start still has more rows. */
  void write() throws IOException {
    if (rows.size() >= rowsBefore) {
      folder.write(FILE, csv());
    }
  }

  void add(int replicate, Ticket ticket) {
    History history = ticket.trained().history();
    History.Point last =
        history
            .last()
            .orElse(
                new History.Point(
                    ticket.trained().iteration(),
                    Evaluation.NONE,
                    Evaluation.NONE,
                    Evaluation.NONE));
    rows.add(
        new Row(
            replicate,
            ticket.round(),
            ticket.branch(),
            ticket.mask().density(),
            ticket.mask().kept(),
            ticket.analysis(),
            ticket.mask().digest().prefix(16),
            last,
            history.earlyStop().orElse(null)));
  }

  /**
   * results.csv: rows by replicate, round and branch; numbers in full, empty where there is none.
   */
  String csv() {
    return rows.stream()
        .sorted(
            Comparator.comparingInt(Row::replicate)
                .thenComparingInt(Row::round)
                .thenComparing(Row::branch, Comparator.comparing(Ticket.TICKET::equals).reversed())
                .thenComparing(Row::branch))
        .map(row -> line(row) + "\n")
        .collect(Collectors.joining("", HEADER + "\n", ""));
  }

  private static String line(Row row) {
    History.Point stop = row.earlyStop();
    return String.join(
        ",",
        Integer.toString(row.replicate()),
        Integer.toString(row.round()),
        row.branch(),
        number(row.density()),
        number(1 - row.density()),
        Long.toString(row.kept()),
        number(row.analysis().effectiveDensity()),
        Integer.toString(row.analysis().empty().size()),
        Long.toString(row.analysis().deadUnits()),
        Long.toString(row.last().iteration()),
        stop == null ? "" : Long.toString(stop.iteration()),
        stop == null ? "" : number(stop.validation().loss()),
        stop == null ? "" : number(stop.validation().accuracy()),
        stop == null ? "" : number(stop.test().accuracy()),
        number(row.last().train().loss()),
        number(row.last().train().accuracy()),
        number(row.last().validation().loss()),
        number(row.last().validation().accuracy()),
        number(row.last().test().loss()),
        number(row.last().test().accuracy()),
        row.mask());
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }

  /** A line a round: means over the replicates, with what a ticket is compared with beside. */
  String table() {
    List<String> branches =
        rows.stream()
            .map(Row::branch)
            .filter(branch -> !branch.equals(Ticket.TICKET))
            .distinct()
            .toList();
    boolean wastes =
        rows.stream()
            .map(Row::analysis)
            .anyMatch(analysis -> analysis.effectiveDensity() < analysis.density());
    boolean stops = rows.stream().anyMatch(row -> row.earlyStop() != null);
    StringBuilder table = new StringBuilder();
    table.append(String.format("%5s  %9s  %10s", "round", "density %", "weights"));
    if (wastes) {
      table.append(String.format("  %11s", "effective %"));
    }
    if (stops) {
      table.append(String.format("  %10s  %15s", "early stop", "test % at stop"));
    }
    table.append(String.format("  %12s", "test % at end"));
    branches.forEach(branch -> table.append(String.format("  %9s", branch + " %")));
    table.append('\n');
    Map<Integer, List<Row>> byRound =
        rows.stream().collect(Collectors.groupingBy(Row::round, TreeMap::new, Collectors.toList()));
    byRound.forEach(
        (round, all) -> {
          List<Row> tickets = branch(all, Ticket.TICKET);
          table.append(
              String.format(
                  Locale.ROOT,
                  "%5d  %9.2f  %10.0f",
                  round,
                  100 * mean(tickets, Row::density),
                  mean(tickets, row -> (double) row.kept())));
          if (wastes) {
            table.append(
                String.format(
                    Locale.ROOT,
                    "  %11.2f",
                    100 * mean(tickets, row -> row.analysis().effectiveDensity())));
          }
          if (stops) {
            table.append(
                String.format(
                    Locale.ROOT,
                    "  %10.0f  %15.2f",
                    mean(tickets, row -> (double) row.earlyStop().iteration()),
                    100 * mean(tickets, row -> row.earlyStop().test().accuracy())));
          }
          table.append(
              String.format(
                  Locale.ROOT,
                  "  %13.2f",
                  100 * mean(tickets, row -> row.last().test().accuracy())));
          for (String branch : branches) {
            int width = Math.max(9, branch.length() + 2);
            List<Row> compared = branch(all, branch);
            table.append("  ");
            table.append(
                compared.isEmpty()
                    ? " ".repeat(width - 1) + "-"
                    : String.format(
                        Locale.ROOT,
                        "%" + width + ".2f",
                        100 * mean(compared, row -> row.last().test().accuracy())));
          }
          table.append('\n');
        });
    return table.toString();
  }

  private static List<Row> branch(List<Row> rows, String branch) {
    return rows.stream().filter(row -> row.branch().equals(branch)).toList();
  }

  private static double mean(List<Row> rows, ToDoubleFunction<Row> value) {
    OptionalDouble mean = rows.stream().mapToDouble(value).average();
    return mean.orElse(Double.NaN);
  }
}
