// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static dev.espalier.runner.results.Rows.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.data.Metric;
import dev.espalier.api.structure.Cost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {

  private static final Cost SLIM = new Cost(2_512_000, 146_001);

  @TempDir private Path folder;

  private static TicketResult found(
      int replicate, int round, String branch, Map<String, String> findings) {
    return row("", replicate, round, branch, 0.5, Rows.DENSE, findings);
  }

  private static TicketResult network(
      String variant, int replicate, int round, String branch, Cost cost) {
    return row(variant, replicate, round, branch, 0.5, cost, Map.of());
  }

  /** The lines below the table, cell by cell. */
  private static List<List<String>> networks(TicketResult... rows) {
    String[] parts = ResultsTable.of(List.of(rows), 0.005, 1).split("\n\n", -1);
    return parts.length == 1
        ? List.of()
        : parts[1].lines().map(line -> List.of(line.strip().split(" {2,}", -1))).toList();
  }

  private int rows() throws IOException {
    return Files.readAllLines(folder.resolve("results.csv")).size() - 1;
  }

  @Test
  void tablesAreWrittenAtTheFirstTicketThenAtMostOncePerIntervalAndAtTheEnd() throws IOException {
    AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1); // nanoseconds overflow
    try (Results results = new Results(folder, 0.005, now::get)) {
      results.add(row("", 0, 0, "ticket", 1));
      results.writeIfDue();
      assertThat(rows()).isEqualTo(1);
      now.addAndGet(Results.INTERVAL.toNanos() - 1);
      results.add(row("", 0, 1, "ticket", 0.5));
      results.writeIfDue();
      assertThat(rows()).as("rows within the interval").isEqualTo(1);
      now.addAndGet(1);
      results.writeIfDue();
      assertThat(rows()).as("rows after the interval").isEqualTo(2);
      results.add(row("", 0, 2, "ticket", 0.25));
      results.writeIfDue();
      assertThat(rows()).isEqualTo(2);
    }
    assertThat(rows()).as("rows at the end").isEqualTo(3);
  }

  @Test
  void theIntervalGrowsWithTheDurationOfAWrite() throws IOException {
    AtomicLong now = new AtomicLong();
    long second = Duration.ofSeconds(1).toNanos();
    try (Results results = new Results(folder, 0.005, () -> now.addAndGet(second))) {
      results.add(row("", 0, 0, "ticket", 1));
      results.write(); // for one second
      results.add(row("", 0, 1, "ticket", 0.5));
      now.addAndGet(18 * second);
      results.writeIfDue(); // 19 seconds later
      assertThat(rows()).isEqualTo(1);
      results.writeIfDue();
      assertThat(rows()).isEqualTo(2);
    }
  }

  @Test
  void aResumedRunWithFewerTicketsLeavesTheTablesAsTheyAre() throws IOException {
    try (Results first = new Results(folder, 0.005)) {
      first.add(row("", 0, 0, "ticket", 1));
      first.add(row("", 0, 1, "ticket", 0.5));
    }
    try (Results second = new Results(folder, 0.005)) {
      second.add(row("", 0, 0, "ticket", 1));
      second.writeIfDue();
    }
    assertThat(rows()).isEqualTo(2);
  }

  @Test
  void findingsAreInTheOrderOfTheResults() throws IOException {
    Map<String, String> two = new LinkedHashMap<>();
    two.put("z", "1");
    two.put("a", "2");
    Results results = new Results(folder, 0.005);
    results.add(found(1, 1, "ticket", Map.of("z", "3")));
    results.add(found(0, 2, "ticket", Map.of("z", "4")));
    results.add(found(0, 1, "fit", Map.of("z", "5")));
    results.add(found(0, 1, "reset", Map.of()));
    results.add(found(0, 1, "ticket", two));
    results.write();
    assertThat(folder.resolve("findings.csv"))
        .hasContent(
            """
            variant,replicate,round,branch,finding,value
            ,0,1,ticket,z,1
            ,0,1,ticket,a,2
            ,0,1,fit,z,5
            ,0,2,ticket,z,4
            ,1,1,ticket,z,3
            """);
  }

  @Test
  void columnsOfAFurtherMetricAreTheLast() throws IOException {
    Results one = new Results(folder, 0.005);
    one.add(row("", 0, 0, "ticket", 0.5));
    one.write();
    String header = Files.readAllLines(folder.resolve("results.csv")).get(0);
    Evaluation test = new Evaluation(0.1, List.of(0.5, 0.75));
    History history = new History(List.of(new History.Point(100, test, Evaluation.NONE, test)));
    Metric top = new Metric("top-5-accuracy", "%", Metric.Direction.HIGHER, 0.005);
    TicketResult ticket = Rows.with(row("", 0, 0, "ticket", 0.5), history);
    Results two = new Results(folder, 0.005);
    two.add(Rows.with(ticket, Metric.ACCURACY, top));
    two.write();
    List<String> lines = Files.readAllLines(folder.resolve("results.csv"));
    assertThat(lines.get(0))
        .isEqualTo(
            header
                + ",early_stop_validation_top_5_accuracy,early_stop_test_top_5_accuracy"
                + ",train_top_5_accuracy,validation_top_5_accuracy,test_top_5_accuracy");
    assertThat(lines.get(1)).contains(",0.5,").endsWith(",0.5,,,0.75,,0.75");
    assertThat(
            LevelsTable.csv(Level.of(List.of(Rows.with(ticket, Metric.ACCURACY, top)), 0.005), 1))
        .contains(
            ",planned,top_5_accuracy_mean,top_5_accuracy_low,top_5_accuracy_high"
                + ",end_top_5_accuracy_mean,",
            ",1,0.75,,,0.75,,\n");
  }

  @Test
  void valuesWithCommasAndQuotesAreQuoted() throws IOException {
    Results results = new Results(folder, 0.005);
    results.add(found(0, 1, "ticket", Map.of("channels", "64,\"all\" of 32")));
    results.add(found(0, 2, "ticket", Map.of("note", "two\nlines")));
    assertThat(results.findings())
        .endsWith(
            """
            ,0,1,ticket,channels,"64,""all"" of 32"
            ,0,2,ticket,note,"two
            lines"
            """);
  }

  @Test
  void theLastColumnIsTheBestTestAccuracyOfTheTrainingAndEmptyWithoutOne() throws IOException {
    Evaluation loss = new Evaluation(0.1, List.of(0.5));
    TicketResult row = found(0, 1, "ticket", Map.of());
    Results results = new Results(folder, 0.005);
    results.add(
        Rows.with(
            row,
            new History(
                List.of(point(10, loss, 0.7), point(20, loss, 0.9), point(30, loss, 0.8)))));
    results.add(
        Rows.with(
            found(0, 1, "pruned", Map.of()), new History(List.of(point(0, Evaluation.NONE, 0.6)))));
    results.write();
    List<String> lines = Files.readAllLines(folder.resolve("results.csv"));
    assertThat(lines.get(0)).endsWith(",verdict,best_test_accuracy");
    assertThat(lines.stream().skip(1).map(line -> line.substring(line.lastIndexOf(',') + 1)))
        .containsExactly("0.9", "");
    assertThat(cell(lines, "accuracy_mean")).as("means and verdicts use the end").isEqualTo("0.8");
  }

  private static String cell(List<String> lines, String column) {
    int index = List.of(lines.get(0).split(",", -1)).indexOf(column);
    return lines.get(1).split(",", -1)[index];
  }

  private static History.Point point(long iteration, Evaluation train, double test) {
    return new History.Point(iteration, train, Evaluation.NONE, new Evaluation(0.2, List.of(test)));
  }

  @Test
  void withoutFindingsThereIsNoFile() throws IOException {
    Results results = new Results(folder, 0.005);
    results.add(found(0, 1, "ticket", Map.of()));
    results.write();
    assertThat(folder.resolve("results.csv")).exists();
    assertThat(folder.resolve("findings.csv")).doesNotExist();
  }

  @Test
  void findingsOfAnEarlierStartThatGotFurtherAreKept() throws IOException {
    String all;
    Results first = new Results(folder, 0.005);
    first.add(found(0, 1, "ticket", Map.of("a", "1", "b", "2")));
    first.add(found(0, 2, "ticket", Map.of("a", "3")));
    first.write();
    all = Files.readString(folder.resolve("findings.csv"));
    Results second = new Results(folder, 0.005);
    second.add(found(0, 1, "ticket", Map.of("a", "1", "b", "2")));
    second.write();
    assertThat(folder.resolve("findings.csv")).hasContent(all);
    second.add(found(0, 2, "ticket", Map.of("a", "4")));
    second.write();
    assertThat(folder.resolve("findings.csv")).hasContent(all.replace("a,3", "a,4"));
  }

  @Test
  void networksOfAnotherCostThanTheTicketsAreBelowTheTable() {
    assertThat(
            networks(
                network("", 0, 1, "ticket", Rows.DENSE),
                network("", 0, 1, "fit", Rows.DENSE),
                network("", 0, 1, "slim", SLIM),
                network("", 1, 1, "ticket", Rows.DENSE),
                network("", 1, 1, "slim", new Cost(2_512_000, 146_003))))
        .containsExactly(
            List.of("network", "MACs", "parameters"),
            List.of("ticket", "9.88 M", "579098"),
            List.of("slim", "2.51 M", "146002"));
  }

  @Test
  void theTicketBesideThemIsThatOfTheSameRounds() {
    assertThat(
            networks(
                network("", 0, 0, "ticket", Rows.DENSE),
                network("", 0, 1, "penalised", Rows.DENSE),
                network("", 0, 1, "pruned", SLIM),
                network("", 0, 1, "ticket", SLIM)))
        .containsExactly(
            List.of("network", "MACs", "parameters"),
            List.of("ticket", "2.51 M", "146001"),
            List.of("penalised", "9.88 M", "579098"));
  }

  @Test
  void theTableSaysHowManyReplicatesWhereThatDiffers() {
    List<TicketResult> rows =
        new ArrayList<>(
            List.of(
                network("", 0, 0, "ticket", Rows.DENSE), network("", 1, 0, "ticket", Rows.DENSE)));
    assertThat(ResultsTable.of(rows, 0.005, 2)).doesNotContain(" n ");
    rows.add(network("", 0, 1, "ticket", Rows.DENSE));
    assertThat(
            ResultsTable.of(rows, 0.005, 2)
                .lines()
                .limit(3)
                .map(line -> line.strip().split(" +", -1)[1]))
        .containsExactly("n", "2", "1");
  }

  @Test
  void networksAreListedByVariant() {
    assertThat(
            networks(
                network("plain", 0, 1, "ticket", Rows.DENSE),
                network("half", 0, 1, "ticket", Rows.DENSE),
                network("half", 0, 1, "slim", SLIM),
                network("third", 0, 1, "slim", SLIM),
                network("third", 0, 1, "ticket", Rows.DENSE)))
        .containsExactly(
            List.of("variant", "network", "MACs", "parameters"),
            List.of("half", "ticket", "9.88 M", "579098"),
            List.of("half", "slim", "2.51 M", "146001"),
            List.of("third", "ticket", "9.88 M", "579098"),
            List.of("third", "slim", "2.51 M", "146001"));
  }

  @Test
  void networksThatCostAsMuchAsTheirTicketsAreNotListed() {
    TicketResult[] rows = {
      network("", 0, 0, "ticket", Rows.DENSE),
      network("", 0, 1, "ticket", SLIM),
      network("", 0, 1, "reinit", SLIM)
    };
    assertThat(networks(rows)).isEmpty();
    assertThat(ResultsTable.of(List.of(rows), 0.005, 1)).contains("MACs", "2.51 M");
  }
}
