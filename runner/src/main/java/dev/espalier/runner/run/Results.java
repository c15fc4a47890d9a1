// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Analysis;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Ticket;
import dev.espalier.api.structure.Cost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** What each ticket is worth: as a file with a row each, and as a table of means. */
final class Results {

  private static final String FILE = "results.csv";

  private static final String HEADER =
      String.join(
          ",",
          "variant",
          "replicate",
          "round",
          "branch",
          "density",
          "sparsity",
          "kept",
          "effective_density",
          "empty_layers",
          "dead_units",
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
          "mask");

  /** One ticket, without its weights. */
  private record Row(
      String variant,
      int replicate,
      int round,
      String branch,
      double density,
      long kept,
      double effective,
      Analysis analysis,
      Cost cost,
      String mask,
      History.Point last,
      History.Point earlyStop) {}

  /** What a line of the table is about. */
  private record Line(String variant, int round) {}

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

  /** Adds a ticket. */
  void add(Published published) {
    Ticket ticket = published.ticket();
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
            published.variant(),
            published.replicate(),
            ticket.round(),
            ticket.branch(),
            published.density(),
            ticket.mask().kept(),
            published.effectiveDensity(),
            ticket.analysis(),
            published.cost(),
            ticket.mask().digest().prefix(16),
            last,
            history.earlyStop().orElse(null)));
  }

  /**
   * results.csv: rows by variant as they came, replicate, round and branch; numbers in full, empty
   * where there is none.
   */
  String csv() {
    return rows.stream()
        .sorted(
            byVariant()
                .thenComparingInt(Row::replicate)
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
        row.variant(),
        Integer.toString(row.replicate()),
        Integer.toString(row.round()),
        row.branch(),
        number(row.density()),
        number(1 - row.density()),
        Long.toString(row.kept()),
        number(row.effective()),
        Integer.toString(row.analysis().empty().size()),
        Long.toString(row.analysis().deadUnits()),
        Long.toString(row.cost().macs()),
        Long.toString(row.cost().parameters()),
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

  /** In the order in which the variants came. */
  private Comparator<Row> byVariant() {
    List<String> variants = rows.stream().map(Row::variant).distinct().toList();
    return Comparator.comparingInt(row -> variants.indexOf(row.variant()));
  }

  /**
   * A line a variant and round: means over the replicates, with what a ticket is compared with
   * beside.
   */
  String table() {
    int names = rows.stream().mapToInt(row -> row.variant().length()).max().orElse(0);
    UnaryOperator<String> named =
        name ->
            names == 0
                ? ""
                : String.format("%-" + Math.max(names, "variant".length()) + "s  ", name);
    List<String> branches =
        rows.stream()
            .map(Row::branch)
            .filter(branch -> !branch.equals(Ticket.TICKET))
            .distinct()
            .toList();
    boolean wastes = rows.stream().anyMatch(row -> row.effective() < row.density());
    boolean narrows = rows.stream().map(Row::cost).distinct().count() > 1;
    boolean stops = rows.stream().anyMatch(row -> row.earlyStop() != null);
    StringBuilder table = new StringBuilder();
    table.append(named.apply("variant"));
    table.append(String.format("%5s  %9s  %10s", "round", "density %", "weights"));
    if (narrows) {
      table.append(String.format("  %10s  %10s", "MMACs", "parameters"));
    }
    if (wastes) {
      table.append(String.format("  %11s", "effective %"));
    }
    if (stops) {
      table.append(String.format("  %10s  %15s", "early stop", "test % at stop"));
    }
    table.append(String.format("  %12s", "test % at end"));
    branches.forEach(branch -> table.append(String.format("  %9s", branch + " %")));
    table.append('\n');
    Map<Line, List<Row>> lines =
        rows.stream()
            .sorted(byVariant().thenComparingInt(Row::round))
            .collect(
                Collectors.groupingBy(
                    row -> new Line(row.variant(), row.round()),
                    LinkedHashMap::new,
                    Collectors.toList()));
    lines.forEach(
        (line, all) -> {
          List<Row> tickets = branch(all, Ticket.TICKET);
          table.append(named.apply(line.variant()));
          table.append(
              String.format(
                  Locale.ROOT,
                  "%5d  %9.2f  %10.0f",
                  line.round(),
                  100 * mean(tickets, Row::density),
                  mean(tickets, row -> (double) row.kept())));
          if (narrows) {
            table.append(
                String.format(
                    Locale.ROOT,
                    "  %10.3f  %10.0f",
                    mean(tickets, row -> row.cost().macs() / 1e6),
                    mean(tickets, row -> (double) row.cost().parameters())));
          }
          if (wastes) {
            table.append(
                String.format(Locale.ROOT, "  %11.2f", 100 * mean(tickets, Row::effective)));
          }
          if (stops) {
            List<Row> stopped = tickets.stream().filter(row -> row.earlyStop() != null).toList();
            table.append(
                stopped.isEmpty()
                    ? String.format("  %10s  %15s", "-", "-")
                    : String.format(
                        Locale.ROOT,
                        "  %10.0f  %15.2f",
                        mean(stopped, row -> (double) row.earlyStop().iteration()),
                        100 * mean(stopped, row -> row.earlyStop().test().accuracy())));
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
