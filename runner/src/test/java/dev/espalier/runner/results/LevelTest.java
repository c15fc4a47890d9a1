// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.data.Metric;
import dev.espalier.runner.results.Level.Comparison;
import dev.espalier.runner.results.Verdict.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What replicates say together, and verdicts by their rule. */
class LevelTest {

  private static final double MARGIN = 0.005;

  /** Accuracies of the dense network, replicate by replicate: they differ a lot. */
  private static final double[] DENSE = {0.90, 0.93, 0.96};

  private final List<TicketResult> rows = new ArrayList<>();

  LevelTest() {
    for (int replicate = 0; replicate < DENSE.length; replicate++) {
      rows.add(Rows.level(replicate, 0, "ticket", 1, DENSE[replicate], 500));
    }
  }

  /** A level that differs from the dense network by so much, replicate by replicate. */
  private void add(int round, String branch, long stop, double... differences) {
    for (int replicate = 0; replicate < differences.length; replicate++) {
      double accuracy = DENSE[replicate] + differences[replicate];
      rows.add(Rows.level(replicate, round, branch, 0.5, accuracy, stop));
    }
  }

  private Level level(int round, String branch) {
    return Level.of(rows, MARGIN).stream()
        .filter(level -> level.first().round() == round && level.first().branch().equals(branch))
        .findFirst()
        .orElseThrow();
  }

  private Verdict verdict() {
    return level(1, "ticket").verdict().orElseThrow();
  }

  @Test
  void differencesArePairedBySeed() {
    add(1, "ticket", 250, 0.010, 0.011, 0.012);
    Comparison dense = level(1, "ticket").comparisons().get(0);
    assertThat(dense.against()).isEqualTo(Level.DENSE);
    assertThat(dense.difference().mean()).isCloseTo(0.011, within(1e-12));
    // t(0.975, 2) = 4.302653; unpaired, the interval would be 30 times as wide.
    assertThat(dense.difference().half()).isCloseTo(4.302653 * 0.001 / Math.sqrt(3), within(1e-8));
    assertThat(dense.speed().mean()).isEqualTo(0.5);
    assertThat(level(1, "ticket").score().half()).isGreaterThan(0.07);
  }

  @Test
  void aReplicateThatOnlyOneOfThemHasIsNoPair() {
    add(1, "ticket", 250, 0.010, 0.011);
    assertThat(level(1, "ticket").comparisons().get(0).difference().n()).isEqualTo(2);
  }

  @Test
  void theDenseNetworkItselfHasNoVerdict() {
    add(1, "ticket", 250, 0, 0, 0);
    assertThat(level(0, "ticket").verdict()).isEmpty();
    assertThat(level(0, "ticket").comparisons()).isEmpty();
  }

  @Test
  void generationsThatAreAllDenseAreNotJudgedByTheFirst() {
    add(1, "fit", 250, -0.5, -0.5, -0.5);
    for (int replicate = 0; replicate < 3; replicate++) {
      rows.add(Rows.level(replicate, 1, "ticket", 1, 0.9, 250));
    }
    assertThat(Level.of(rows, MARGIN)).allMatch(level -> level.verdict().isEmpty());
    assertThat(level(1, "ticket").comparisons())
        .extracting(Comparison::against)
        .containsExactly("fit");
  }

  @Test
  void aDenseNetworkOfALaterRoundIsNotWhatTicketsAreJudgedBy() {
    rows.clear();
    add(1, "ticket", 250, 0, 0, 0);
    for (int replicate = 0; replicate < 3; replicate++) {
      rows.add(Rows.level(replicate, 1, "penalised", 1, 0.9, 250));
    }
    assertThat(level(1, "ticket").verdict()).isEmpty();
    assertThat(level(1, "ticket").comparisons())
        .extracting(Comparison::against)
        .containsExactly("penalised");
  }

  @Test
  void withoutADenseNetworkThereIsNoVerdict() {
    rows.clear();
    add(1, "ticket", 250, 0, 0, 0);
    assertThat(level(1, "ticket").verdict()).isEmpty();
  }

  @Test
  void aTicketThatIsSurelyLessAccurateLoses() {
    add(1, "ticket", 250, -0.020, -0.021, -0.022);
    assertThat(verdict().kind()).isEqualTo(Kind.LOSING);
  }

  @Test
  void aTicketAsAccurateAndAsFastAndAboveItsControlsWins() {
    add(1, "ticket", 500, 0.000, 0.001, -0.001);
    add(1, "reinit", 700, -0.020, -0.021, -0.022);
    assertThat(verdict().kind()).isEqualTo(Kind.WINNING);
  }

  @Test
  void oneThatIsSlowerMatches() {
    add(1, "ticket", 600, 0.000, 0.001, -0.001);
    add(1, "reinit", 700, -0.020, -0.021, -0.022);
    assertThat(verdict().kind()).isEqualTo(Kind.MATCHING);
    assertThat(verdict().why()).isEqualTo("learns 1.20 times as long");
  }

  @Test
  void oneThatIsNotAboveItsControlsMatches() {
    add(1, "ticket", 400, 0.000, 0.001, -0.001);
    add(1, "reinit", 700, -0.020, -0.021, -0.022);
    add(1, "shuffle", 700, -0.001, 0.001, 0.000);
    assertThat(verdict().kind()).isEqualTo(Kind.MATCHING);
    assertThat(verdict().why()).isEqualTo("not surely above shuffle");
  }

  @Test
  void oneWithoutControlsMatches() {
    add(1, "ticket", 400, 0.000, 0.001, -0.001);
    add(1, "slim", 400, -0.1, -0.1, -0.1); // the method's own, no control
    assertThat(verdict().kind()).isEqualTo(Kind.MATCHING);
    assertThat(verdict().why()).isEqualTo("no control");
  }

  @Test
  void whereTheReplicatesDoNotSufficeItIsUndecidedAndSaysHowManyMoreWould() {
    add(1, "ticket", 400, 0.000, 0.004, -0.004);
    // s = 0.004: of 5 replicates 0.0050, of 6 0.0042.
    assertThat(verdict().kind()).isEqualTo(Kind.UNDECIDED);
    assertThat(verdict().more()).hasValue(2);
    assertThat(verdict()).hasToString("undecided (+2)");
  }

  @Test
  void oneReplicateDecidesNothing() {
    add(1, "ticket", 400, 0.05);
    assertThat(verdict().kind()).isEqualTo(Kind.UNDECIDED);
    assertThat(verdict().more()).isEmpty();
  }

  @Test
  void whereLessIsBetterALargerValueLosesAndASmallerOneWins() {
    add(1, "ticket", 250, 0.020, 0.021, 0.022);
    add(2, "ticket", 250, -0.020, -0.021, -0.022);
    add(2, "reinit", 250, 0.000, 0.001, -0.001);
    add(3, "ticket", 250, 0.000, 0.001, -0.001);
    add(3, "reinit", 250, -0.020, -0.021, -0.022);
    rows.replaceAll(row -> Rows.with(row, Rows.PERPLEXITY));
    assertThat(level(1, "ticket").verdict().orElseThrow())
        .returns(Kind.LOSING, Verdict::kind)
        .returns("worse than the dense network", Verdict::why);
    assertThat(level(1, "ticket").againstDense().orElseThrow().difference().mean())
        .isCloseTo(0.021, within(1e-12));
    assertThat(level(2, "ticket").verdict().orElseThrow())
        .returns(Kind.WINNING, Verdict::kind)
        .returns("as good, as fast, and better than its controls", Verdict::why);
    assertThat(level(3, "ticket").verdict().orElseThrow())
        .returns(Kind.MATCHING, Verdict::kind)
        .returns("not surely better than reinit", Verdict::why);
  }

  @Test
  void theRuleIsOfTheMetricAndItsUnit() {
    assertThat(Verdict.rule(Metric.ACCURACY, 0.005))
        .isEqualTo(
            "Of the paired difference to the dense network's test accuracy (at the early stop, or at"
                + " the end without validation examples) the 95 % interval lies below -0.5"
                + " percentage points: losing; above it: matching; above it with an early stop no"
                + " later than the dense network's and an accuracy surely above each control's, at"
                + " least one: winning; else undecided.");
    assertThat(Verdict.rule(new Metric("error", "kWh", Metric.Direction.LOWER, 1), 1.5))
        .contains(
            "test error (at",
            "lies above +1.5 kWh: losing; below it: matching; below it with",
            "a test error surely below each control's");
  }

  @Test
  void aLargerMarginForgivesMore() {
    add(1, "ticket", 250, -0.020, -0.021, -0.022);
    Level level = Level.of(rows, 0.03).get(1);
    assertThat(level.verdict().orElseThrow().kind()).isEqualTo(Kind.MATCHING);
  }
}
