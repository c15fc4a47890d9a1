// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.data.Metric;
import dev.espalier.api.settings.Names;
import dev.espalier.runner.results.Level.Comparison;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Writes the tables of a run. results.csv has a row for each ticket, verdicts.csv one for each
 * comparison, and findings.csv one for each finding of the method; ledger.csv has the costs.
 */
public final class Results implements AutoCloseable {

  /** The shortest time between two writes while a run adds tickets. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /** A pause is at least this many times the write before it: large tables cost at most 5 %. */
  private static final int PAUSE = 20;

  /** A ticket with the level that it is a replicate of, and the score of that. */
  private record Row(TicketResult ticket, Level level, Estimate score) {}

  /** A level with one of its comparisons. */
  private record Compared(Level level, Comparison comparison) {

    /** The verdict is about the dense network. */
    Optional<Verdict> verdict() {
      return comparison.against().equals(Level.DENSE) ? level.verdict() : Optional.empty();
    }
  }

  /** A finding of a ticket. */
  private record Finding(TicketResult ticket, String name, String value) {}

  private static final CsvTable<TicketResult> TICKET =
      TicketResult.PLACE
          .and("density", TicketResult::density)
          .and("sparsity", row -> 1 - row.density())
          .and("kept", TicketResult::kept)
          .and("effective_density", TicketResult::effective)
          .and("empty_layers", row -> row.analysis().empty().size())
          .and("dead_units", row -> row.analysis().deadUnits())
          .and("macs", row -> row.cost().macs())
          .and("parameters", row -> row.cost().parameters())
          .and("last_iteration", row -> row.last().iteration());

  /**
   * The columns of results.csv: rows by variant in their order, replicate, round and branch. The
   * mean over n replicates and its 95 % interval are of the metric that verdicts use, and the same
   * in every replicate's row. The best test value is optimistic, and no verdict uses it. Columns of
   * further metrics are the last.
   *
   * @param metrics the metrics, of which the first decides
   */
  private static CsvTable<Row> columns(List<Metric> metrics) {
    String first = new MetricFormat(metrics.get(0)).column();
    CsvTable<Row> columns =
        new CsvTable<Row>(List.of())
            .and(ticket(metrics.get(0)), Row::ticket)
            .and("n", row -> row.score().n())
            .and(Estimate.interval(first), Row::score)
            .and("verdict", row -> row.level().verdict().map(found -> Names.word(found.kind())))
            .and("best_test_" + first, row -> row.ticket().bestTest());
    for (Metric metric : metrics.subList(1, metrics.size())) {
      columns = columns.and(further(metric), Row::ticket);
    }
    return columns;
  }

  private static CsvTable<TicketResult> ticket(Metric metric) {
    String name = new MetricFormat(metric).column();
    return TICKET
        .and("early_stop_iteration", row -> row.earlyStop().map(History.Point::iteration))
        .and(
            "early_stop_validation_loss",
            row -> row.earlyStop().map(stop -> stop.validation().loss()))
        .and("early_stop_validation_" + name, atStop(History.Point::validation, metric))
        .and("early_stop_test_" + name, atStop(History.Point::test, metric))
        .and("train_loss", row -> row.last().train().loss())
        .and("train_" + name, atEnd(History.Point::train, metric))
        .and("validation_loss", row -> row.last().validation().loss())
        .and("validation_" + name, atEnd(History.Point::validation, metric))
        .and("test_loss", row -> row.last().test().loss())
        .and("test_" + name, atEnd(History.Point::test, metric))
        .and("mask", TicketResult::mask)
        .and("effective_macs", TicketResult::effectiveMacs);
  }

  /** The columns of a metric that decides nothing. */
  private static CsvTable<TicketResult> further(Metric metric) {
    String name = new MetricFormat(metric).column();
    return CsvTable.<TicketResult>of(
            "early_stop_validation_" + name, atStop(History.Point::validation, metric))
        .and("early_stop_test_" + name, atStop(History.Point::test, metric))
        .and("train_" + name, atEnd(History.Point::train, metric))
        .and("validation_" + name, atEnd(History.Point::validation, metric))
        .and("test_" + name, atEnd(History.Point::test, metric));
  }

  private static Function<TicketResult, Object> atStop(
      Function<History.Point, Evaluation> part, Metric metric) {
    return row -> row.earlyStop().map(stop -> row.metrics().value(part.apply(stop), metric));
  }

  private static Function<TicketResult, Object> atEnd(
      Function<History.Point, Evaluation> part, Metric metric) {
    return row -> row.metrics().value(part.apply(row.last()), metric);
  }

  /**
   * The columns of verdicts.csv: the comparisons of each level, in the metric and in speed, with
   * the 95 % intervals; the verdict in the row of the dense network.
   */
  private static final CsvTable<Compared> VERDICTS =
      CsvTable.<Compared>of(TicketResult.VARIANT, row -> row.level().first().variant())
          .and("round", row -> row.level().first().round())
          .and("branch", row -> row.level().first().branch())
          .and("against", row -> row.comparison().against())
          .and("n", row -> row.comparison().difference().n())
          .and(Estimate.interval("difference"), row -> row.comparison().difference())
          .and("speed_n", row -> row.comparison().speed().n())
          .and(Estimate.interval("speed"), row -> row.comparison().speed())
          .andOptional(Verdict.COLUMNS, Compared::verdict);

  /**
   * The columns of findings.csv: rows in the order of results.csv, findings in the method's order.
   */
  private static final CsvTable<Finding> FINDINGS =
      new CsvTable<Finding>(List.of())
          .and(TicketResult.PLACE, Finding::ticket)
          .and("finding", Finding::name)
          .and("value", Finding::value);

  private final List<TicketResult> rows = new ArrayList<>();
  private final Path folder;
  private final double margin;
  private final LongSupplier clock;
  private final int rowsBefore;
  private long due;
  private boolean isWritten = true;

  /**
   * Creates the results of a run, which may be resumed; see {@link #write}.
   *
   * @param margin the largest loss of the metric that does not matter; see {@link Verdict}
   */
  public Results(Path folder, double margin) {
    this(folder, margin, System::nanoTime);
  }

  /** Creates the results of a run with another clock, which counts nanoseconds. */
  Results(Path folder, double margin, LongSupplier clock) {
    this.folder = folder;
    this.margin = margin;
    this.clock = clock;
    due = clock.getAsLong();
    rowsBefore = rows(folder.resolve(RunLayout.RESULTS));
  }

  /** The number of rows of an earlier start; none of a damaged file, which is written again. */
  private static int rows(Path file) {
    try {
      return Files.exists(file) ? CsvTable.columns(file, TicketResult.KEY).size() : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Writes the files, unless they were written a short time ago: many tickets share a write. */
  public void writeIfDue() throws IOException {
    if (clock.getAsLong() - due >= 0) {
      write();
    }
  }

  /** Writes tickets that no write has covered, also after a failure or an interruption. */
  @Override
  public void close() throws IOException {
    if (!isWritten) {
      write();
    }
  }

  /** Writes the files, unless an earlier start wrote more rows. */
  public void write() throws IOException {
    long begin = clock.getAsLong();
    if (isAhead()) {
      List<Level> levels = Level.of(rows, margin);
      write(RunLayout.RESULTS, results(levels));
      write(RunLayout.VERDICTS, verdicts(levels));
      write(RunLayout.LEDGER, LedgerTable.csv(sorted().toList()));
      if (rows.stream().anyMatch(row -> !row.findings().isEmpty())) {
        write(RunLayout.FINDINGS, findings());
      }
    }
    isWritten = true;
    long end = clock.getAsLong();
    due = end + Math.max(INTERVAL.toNanos(), PAUSE * (end - begin));
  }

  /**
   * Writes results.png if it has any panel, and under the same condition.
   *
   * @param curves the findings that are drawn over others
   * @return whether it was written
   */
  public boolean draw(Pictures pictures, List<Curve> curves) throws IOException {
    return isAhead()
        && pictures.write(
            folder.resolve(RunLayout.PICTURE),
            () -> ResultsPicture.charts(Panels.of(rows, curves)));
  }

  private void write(String name, String text) throws IOException {
    AtomicFile.write(folder.resolve(name), text);
  }

  private boolean isAhead() {
    return rows.size() >= rowsBefore;
  }

  /** Adds a ticket, whose record is written already. */
  public void add(TicketResult row) {
    rows.add(row);
    isWritten = false;
  }

  /** Whether there is no ticket. */
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  private String results(List<Level> all) {
    IdentityHashMap<TicketResult, Row> levels = new IdentityHashMap<>();
    for (Level level : all) {
      Estimate score = level.score();
      level.rows().forEach(row -> levels.put(row, new Row(row, level, score)));
    }
    return columns(Metrics.of(rows)).text(sorted().map(levels::get).toList());
  }

  private static String verdicts(List<Level> levels) {
    return VERDICTS.text(
        levels.stream()
            .flatMap(
                level ->
                    level.comparisons().stream().map(comparison -> new Compared(level, comparison)))
            .toList());
  }

  String findings() {
    return FINDINGS.text(
        sorted()
            .flatMap(
                row ->
                    row.findings().entrySet().stream()
                        .map(found -> new Finding(row, found.getKey(), found.getValue())))
            .toList());
  }

  private Stream<TicketResult> sorted() {
    return rows.stream()
        .sorted(
            TicketResult.byVariant(rows)
                .thenComparingInt(TicketResult::replicate)
                .thenComparing(TicketResult.BY_ROUND));
  }

  /**
   * The means of the replicates, for the screen.
   *
   * @param planned the number of replicates of the experiment
   * @param width the width at which the table is folded
   */
  public String table(int planned, ScreenWidth width) {
    return ResultsTable.of(rows, margin, planned, width);
  }
}
