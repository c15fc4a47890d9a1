// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static dev.espalier.runner.results.Rows.stopped;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * In every table n is the number of different replicates behind the row: of three planned, with a
 * replicate that failed after round 0, a control that one replicate lacks, and a variant of two.
 */
class ReplicatesTest {

  private static final double MARGIN = 0.005;
  private static final int PLANNED = 3;

  @TempDir private Path folder;

  private static List<TicketResult> rows() {
    List<TicketResult> rows = new ArrayList<>();
    for (int replicate = 0; replicate < PLANNED; replicate++) {
      double accuracy = 0.9 + 0.01 * replicate;
      rows.add(stopped("a", replicate, 0, "ticket", 1, accuracy, 100));
      if (replicate < 2) {
        rows.add(stopped("a", replicate, 1, "ticket", 0.5 + 0.1 * replicate, accuracy, 100));
        rows.add(stopped("b", replicate, 0, "ticket", 1, accuracy, 100));
        rows.add(stopped("b", replicate, 1, "ticket", 0.5, accuracy, 100));
      }
      if (replicate == 0) {
        rows.add(stopped("a", replicate, 1, "reinit", 0.5, 0.8, 100));
      }
    }
    return rows;
  }

  /** Some columns of a table, a line for each row. */
  private static List<String> cells(String csv, String... names) {
    List<List<String>> lines = csv.lines().map(line -> List.of(line.split(",", -1))).toList();
    return lines.stream()
        .skip(1)
        .map(
            line ->
                String.join(
                    " ",
                    List.of(names).stream()
                        .map(name -> line.get(lines.get(0).indexOf(name)))
                        .toList()))
        .toList();
  }

  private String written(String file) throws IOException {
    List<TicketResult> shuffled = rows();
    Collections.shuffle(shuffled, new Random(1));
    // Variants are in the order of their first row.
    shuffled.sort(Comparator.comparing(TicketResult::variant));
    Results results = new Results(folder, MARGIN);
    shuffled.forEach(results::add);
    results.write();
    return Files.readString(folder.resolve(file));
  }

  @Test
  void ofResultsCsv() throws IOException {
    assertThat(cells(written("results.csv"), "variant", "replicate", "round", "branch", "n"))
        .containsExactly(
            "a 0 0 ticket 3",
            "a 0 1 ticket 2",
            "a 0 1 reinit 1",
            "a 1 0 ticket 3",
            "a 1 1 ticket 2",
            "a 2 0 ticket 3",
            "b 0 0 ticket 2",
            "b 0 1 ticket 2",
            "b 1 0 ticket 2",
            "b 1 1 ticket 2");
  }

  @Test
  void anIntervalOfOneReplicateIsEmptyInResultsCsv() throws IOException {
    assertThat(cells(written("results.csv"), "n", "accuracy_low", "accuracy_high"))
        .contains("1  ")
        .filteredOn(cells -> cells.startsWith("1"))
        .containsExactly("1  ");
  }

  @Test
  void ofVerdictsCsvItIsThePairsOfReplicates() throws IOException {
    assertThat(
            cells(written("verdicts.csv"), "variant", "round", "branch", "against", "n", "speed_n"))
        .containsExactly(
            "a 1 ticket dense 2 2",
            "a 1 ticket reinit 1 1",
            "a 1 reinit dense 1 1",
            "b 1 ticket dense 2 2");
  }

  @Test
  void ofLevelsCsvWithThePlannedNumber() {
    assertThat(
            cells(
                LevelsTable.csv(Level.of(rows(), MARGIN), PLANNED),
                "variant",
                "round",
                "branch",
                "n",
                "planned"))
        .containsExactly(
            "a 0 ticket 3 3",
            "a 1 ticket 2 3",
            "a 1 reinit 1 3",
            "b 0 ticket 2 3",
            "b 1 ticket 2 3");
  }

  @Test
  void ofLedgerCsvEachNetworkIsThereOnce() throws IOException {
    assertThat(cells(written("ledger.csv"), "variant", "replicate", "round", "branch", "part"))
        .doesNotHaveDuplicates()
        .hasSize(3 * rows().size() + 1);
  }

  @Test
  void ofTheTableOnTheScreenWithTheNetworksThatLackSome() {
    String table = ResultsTable.of(rows(), MARGIN, PLANNED);
    assertThat(table.lines().limit(5).map(line -> line.strip().split(" +", -1)[2]))
        .containsExactly("n", "3", "2", "2", "2");
    assertThat(table)
        .contains(
            "Fewer replicates than the 3 planned: a, round 1 has 2; a, round 1, reinit has 1;"
                + " b, round 0 has 2; b, round 1 has 2")
        .contains("Intervals of two replicates mean little");
    List<TicketResult> whole =
        rows().stream().filter(row -> row.variant().equals("a") && row.round() == 0).toList();
    assertThat(ResultsTable.of(whole, MARGIN, PLANNED))
        .contains("91.00 ±2.48")
        .doesNotContain(" n ", "planned", "mean little");
  }

  @Test
  void oneAndTwoReplicatesHaveNoIntervalOnTheScreen() {
    List<TicketResult> two = rows().stream().filter(row -> row.variant().equals("b")).toList();
    assertThat(ResultsTable.of(two, MARGIN, 2)).contains("90.50").doesNotContain("±");
    assertThat(ResultsTable.of(two.subList(0, 1), MARGIN, 1)).contains("90.00").doesNotContain("±");
    assertThat(Estimate.of(0.9, 0.91).shown()).isNaN();
    assertThat(Estimate.of(0.9, 0.91).half()).isPositive();
    assertThat(Estimate.of(0.9, 0.91, 0.92).shown()).isEqualTo(Estimate.of(0.9, 0.91, 0.92).half());
  }

  @Test
  void aReplicateWithTwoResultsOfANetworkIsRefused() {
    List<TicketResult> rows = rows();
    rows.add(rows.get(0));
    assertThatThrownBy(() -> Level.of(rows, MARGIN))
        .hasMessage("found two results of a-replicate-0-round-00");
  }

  /** The network of a row, measured at the end of the timetable without a training. */
  private static TicketResult measured(TicketResult row) {
    Evaluation chance = new Evaluation(2.3, List.of(0.1));
    return Rows.with(
        row, new History(List.of(new History.Point(284, Evaluation.NONE, chance, chance))));
  }

  @Test
  void aNetworkThatWasNotTrainedHasAnAccuracyAndNoEarlyStopSpeedOrVerdict() throws IOException {
    Results results = new Results(folder, MARGIN);
    for (TicketResult row : rows()) {
      results.add(row.round() == 1 && row.isTicket() ? measured(row) : row);
    }
    results.write();
    String csv = Files.readString(folder.resolve("results.csv"));
    assertThat(
            cells(
                csv,
                "round",
                "branch",
                "early_stop_iteration",
                "early_stop_test_accuracy",
                "test_accuracy",
                "verdict"))
        .contains("1 ticket   0.1 ", "0 ticket 100 0.9 0.9 ");
    assertThat(
            cells(
                Files.readString(folder.resolve("verdicts.csv")),
                "against",
                "n",
                "speed_n",
                "verdict"))
        .contains("dense 2 0 ");
    Level level = Level.of(rows().stream().map(ReplicatesTest::measured).toList(), MARGIN).get(1);
    assertThat(level.isTrained()).isFalse();
    assertThat(level.earlyStop().n()).isZero();
    assertThat(level.verdict()).isEmpty();
  }
}
