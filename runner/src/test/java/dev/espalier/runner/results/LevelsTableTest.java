// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static dev.espalier.runner.results.Rows.stopped;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LevelsTableTest {

  private static String cell(List<String> lines, int line, String column) {
    int place = Arrays.asList(lines.get(0).split(",", -1)).indexOf(column);
    return lines.get(line).split(",", -1)[place];
  }

  @Test
  void aRowALevelWithMeansIntervalsAndVerdict() {
    List<TicketResult> rows =
        List.of(
            stopped("", 0, 0, "ticket", 1, 0.75, 100),
            stopped("", 1, 0, "ticket", 1, 0.75, 100),
            stopped("", 0, 1, "ticket", 0.5, 0.5, 50),
            stopped("", 1, 1, "ticket", 0.5, 0.75, 100));
    List<String> lines = LevelsTable.csv(Level.of(rows, 0.005), 3).lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines)
        .allSatisfy(
            line -> assertThat(line.split(",", -1)).hasSameSizeAs(lines.get(0).split(",", -1)));
    assertThat(lines.get(2)).startsWith(",1,ticket,2,0.5,0.5,500.0,1000.0,1010.0,500.0,0.625,");
    // t(0.975, 1) s / sqrt(2) of 0.5 and 0.75 is 12.706 x 0.125.
    assertThat(Double.parseDouble(cell(lines, 2, "accuracy_low")))
        .isCloseTo(0.625 - 12.706 * 0.125, within(1e-4));
    assertThat(cell(lines, 2, "end_accuracy_mean")).isEqualTo("0.625");
    assertThat(cell(lines, 2, "early_stop_mean")).isEqualTo("75.0");
    assertThat(cell(lines, 2, "difference_mean")).isEqualTo("-0.125");
    assertThat(cell(lines, 2, "speed_mean")).isEqualTo("0.75");
    assertThat(cell(lines, 2, "verdict")).isEqualTo("undecided");
    assertThat(cell(lines, 2, "training_seconds")).isEqualTo("0.0");
    assertThat(cell(lines, 1, "difference_mean")).isEmpty();
    assertThat(cell(lines, 1, "verdict")).isEmpty();
    assertThat(cell(lines, 1, "accuracy_low")).isEqualTo("0.75");
  }

  @Test
  void oneReplicateHasNoBounds() {
    List<String> lines =
        LevelsTable.csv(Level.of(List.of(stopped("a", 0, 0, "ticket", 1, 0.75, 100)), 0.005), 1)
            .lines()
            .toList();
    assertThat(cell(lines, 1, "variant")).isEqualTo("a");
    assertThat(cell(lines, 1, "accuracy_mean")).isEqualTo("0.75");
    assertThat(cell(lines, 1, "accuracy_low")).isEmpty();
  }
}
