// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.History;
import dev.espalier.api.settings.Names;
import dev.espalier.runner.results.Level.Comparison;
import dev.espalier.runner.store.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What each ticket is worth, a row each in results.csv; what it is compared with, a row each in
 * verdicts.csv; what it cost, three rows each in ledger.csv; and what was found on the way to it, a
 * row a finding in findings.csv.
 */
public final class Results {

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
          "mask",
          "effective_macs",
          "n",
          "accuracy_mean",
          "accuracy_low",
          "accuracy_high",
          "verdict");

  private final List<TicketResult> rows = new ArrayList<>();
  private final Path folder;
  private final double margin;
  private final long rowsBefore;

  /**
   * The results of a run, which may have been begun before: see {@link #write}.
   *
   * @param margin how small a difference does not matter; see {@link Verdict}
   */
  public Results(Path folder, double margin) throws IOException {
    this.folder = folder;
    this.margin = margin;
    Path file = folder.resolve(FILE);
    rowsBefore = Files.exists(file) ? Files.readAllLines(file).size() - 1 : 0;
  }

  /** Writes the files, unless those that are there are of an earlier start that got further. */
  public void write() throws IOException {
    if (isAhead()) {
      List<Level> levels = Level.of(rows, margin);
      write(FILE, csv(levels));
      write("verdicts.csv", verdicts(levels));
      write("ledger.csv", LedgerTable.csv(sorted().toList()));
      if (rows.stream().anyMatch(row -> !row.findings().isEmpty())) {
        write("findings.csv", findings());
      }
    }
  }

  /**
   * Writes results.png, as far as there is anything to be seen in it, and under the same condition.
   *
   * @return whether it was written
   */
  public boolean draw(Pictures pictures) throws IOException {
    return isAhead()
        && pictures.write(
            folder.resolve("results.png"), () -> ResultsPicture.charts(Panels.of(rows)));
  }

  private void write(String name, String text) throws IOException {
    AtomicFile.write(folder.resolve(name), text);
  }

  private boolean isAhead() {
    return rows.size() >= rowsBefore;
  }

  /** Adds a ticket. */
  public void add(TicketResult row) {
    rows.add(row);
  }

  /**
   * results.csv: rows by variant as they came, replicate, round and branch; numbers in full, empty
   * where there is none. The mean over n replicates and its 95 % interval are of the accuracy that
   * verdicts go by, and the same in every replicate's row.
   */
  private String csv(List<Level> all) {
    IdentityHashMap<TicketResult, Level> levels = new IdentityHashMap<>();
    all.forEach(level -> level.rows().forEach(row -> levels.put(row, level)));
    return sorted()
        .map(row -> line(row, levels.get(row)) + "\n")
        .collect(Collectors.joining("", HEADER + "\n", ""));
  }

  /**
   * verdicts.csv: what each level is compared with, in accuracy and speed, with the 95 % intervals;
   * the verdict beside the dense network.
   */
  private static String verdicts(List<Level> levels) {
    return levels.stream()
        .flatMap(level -> level.comparisons().stream().map(comparison -> line(level, comparison)))
        .collect(
            Collectors.joining(
                "",
                "variant,round,branch,against,n,difference_mean,difference_low,difference_high,"
                    + "speed_n,speed_mean,speed_low,speed_high,verdict,more_replicates,why\n",
                ""));
  }

  private static String line(Level level, Comparison comparison) {
    Optional<Verdict> verdict =
        comparison.against().equals(Level.DENSE) ? level.verdict() : Optional.empty();
    TicketResult row = level.first();
    return String.join(
            ",",
            row.variant(),
            Integer.toString(row.round()),
            row.branch(),
            comparison.against(),
            numbers(comparison.difference()),
            numbers(comparison.speed()),
            verdict(verdict))
        + "\n";
  }

  /** The cells of a verdict: the word, how many more replicates, why; empty where there is none. */
  static String verdict(Optional<Verdict> verdict) {
    return verdict
        .map(
            of ->
                String.join(
                    ",",
                    Names.word(of.word()),
                    of.more().isPresent() ? Integer.toString(of.more().getAsInt()) : "",
                    quoted(of.why())))
        .orElse(",,");
  }

  private static String numbers(Estimate estimate) {
    return String.join(
        ",",
        Integer.toString(estimate.n()),
        number(estimate.mean()),
        number(estimate.low()),
        number(estimate.high()));
  }

  /** findings.csv: rows in the order of results.csv, findings as the method gave them. */
  String findings() {
    return sorted()
        .flatMap(row -> row.findings().entrySet().stream().map(finding -> line(row, finding)))
        .collect(Collectors.joining("", "variant,replicate,round,branch,finding,value\n", ""));
  }

  private Stream<TicketResult> sorted() {
    return rows.stream()
        .sorted(
            TicketResult.byVariant(rows)
                .thenComparingInt(TicketResult::replicate)
                .thenComparing(TicketResult.BY_ROUND));
  }

  private static String line(TicketResult row, Level level) {
    History.Point stop = row.earlyStop().orElse(null);
    return String.join(
        ",",
        row.cells(),
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
        row.mask(),
        Long.toString(row.effectiveMacs()),
        numbers(level.accuracy()),
        level.verdict().map(verdict -> Names.word(verdict.word())).orElse(""));
  }

  private static String line(TicketResult row, Map.Entry<String, String> finding) {
    return String.join(",", row.cells(), finding.getKey(), quoted(finding.getValue())) + "\n";
  }

  /** As a cell of a CSV (RFC 4180): a value may be a list, or whatever a method likes to say. */
  public static String quoted(String value) {
    return value.matches("[^,\"\r\n]*") ? value : '"' + value.replace("\"", "\"\"") + '"';
  }

  /** The means of the replicates, for the screen. */
  public String table() {
    return ResultsTable.of(rows, margin);
  }

  public static String number(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }
}
