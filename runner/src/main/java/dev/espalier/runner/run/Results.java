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
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What each ticket is worth, a row each in results.csv, and what was found on the way to it, a row
 * a finding in findings.csv.
 */
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
  record Row(
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
      History.Point earlyStop,
      Map<String, String> findings) {}

  private final List<Row> rows = new ArrayList<>();
  private final RunFolder folder;
  private final long rowsBefore;

  /** The results of a run, which may have been begun before: see {@link #write}. */
  Results(RunFolder folder) throws IOException {
    this.folder = folder;
    Path file = folder.file(FILE);
    rowsBefore = Files.exists(file) ? Files.readAllLines(file).size() - 1 : 0;
  }

  /** Writes the files, unless those that are there are of an earlier start that got further. */
  void write() throws IOException {
    if (isAhead()) {
      folder.write(FILE, csv());
      if (rows.stream().anyMatch(row -> !row.findings().isEmpty())) {
        folder.write("findings.csv", findings());
      }
    }
  }

  /**
   * Writes results.png, as far as there is anything to be seen in it, and under the same condition.
   *
   * @return whether it was written
   */
  boolean draw(Pictures pictures) throws IOException {
    return isAhead()
        && pictures.write(folder.file("results.png"), () -> ResultsPicture.charts(Panels.of(rows)));
  }

  private boolean isAhead() {
    return rows.size() >= rowsBefore;
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
    add(
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
            history.earlyStop().orElse(null),
            ticket.findings()));
  }

  void add(Row row) {
    rows.add(row);
  }

  /**
   * results.csv: rows by variant as they came, replicate, round and branch; numbers in full, empty
   * where there is none.
   */
  String csv() {
    return sorted().map(row -> line(row) + "\n").collect(Collectors.joining("", HEADER + "\n", ""));
  }

  /** findings.csv: rows in the order of results.csv, findings as the method gave them. */
  String findings() {
    return sorted()
        .flatMap(row -> row.findings().entrySet().stream().map(finding -> line(row, finding)))
        .collect(Collectors.joining("", "variant,replicate,round,branch,finding,value\n", ""));
  }

  private Stream<Row> sorted() {
    return rows.stream()
        .sorted(
            byVariant(rows)
                .thenComparingInt(Row::replicate)
                .thenComparingInt(Row::round)
                .thenComparing(Row::branch, Comparator.comparing(Ticket.TICKET::equals).reversed())
                .thenComparing(Row::branch));
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

  private static String line(Row row, Map.Entry<String, String> finding) {
    return String.join(
            ",",
            row.variant(),
            Integer.toString(row.replicate()),
            Integer.toString(row.round()),
            row.branch(),
            finding.getKey(),
            quoted(finding.getValue()))
        + "\n";
  }

  /** As a cell of a CSV (RFC 4180): a value may be a list, or whatever a method likes to say. */
  private static String quoted(String value) {
    return value.matches("[^,\"\r\n]*") ? value : '"' + value.replace("\"", "\"\"") + '"';
  }

  /** The means of the replicates, for the screen. */
  String table() {
    return ResultsTable.of(rows);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }

  /** In the order in which the variants came. */
  static Comparator<Row> byVariant(List<Row> rows) {
    List<String> variants = rows.stream().map(Row::variant).distinct().toList();
    return Comparator.comparingInt(row -> variants.indexOf(row.variant()));
  }
}
