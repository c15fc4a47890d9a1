// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.runner.results.Estimate;
import dev.espalier.runner.results.TicketResult;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DifferenceTest {

  /** t(0.975) of 2 and 4 degrees of freedom, from a table. */
  private static final double T2 = 4.302653;

  private static final double T4 = 2.776445;

  /** A contender of one level, with a replicate for each accuracy. */
  private static Contender contender(String name, String settings, double... accuracies) {
    TicketResult[] rows = new TicketResult[accuracies.length];
    for (int replicate = 0; replicate < rows.length; replicate++) {
      rows[replicate] =
          Contenders.ticket(replicate, 1, 0.5, accuracies[replicate], accuracies[replicate]);
    }
    return Contenders.contender(name, settings, rows);
  }

  private static Optional<Difference> difference(Contender first, Contender other) {
    List<Contender> contenders = List.of(first, other);
    RunsComparison comparison =
        new RunsComparison(
            contenders,
            CostUnit.EXAMPLES,
            List.of(),
            List.of(),
            List.of(),
            new Overlaps.All(List.of(), 0));
    return comparison.difference(
        1, Optional.of(other.levels().get(0)), Optional.of(first.levels().get(0)));
  }

  @Test
  void welchsIntervalOfEqualVariancesHasAllDegreesOfFreedom() {
    Difference difference =
        Difference.welch(Estimate.of(0.90, 0.92, 0.94), Estimate.of(0.80, 0.82, 0.84));
    assertThat(difference.mean()).isCloseTo(0.1, within(1e-12));
    // e^2 = 0.02^2 / 3 + 0.02^2 / 3 and v = 4
    assertThat(difference.half()).isCloseTo(T4 * Math.sqrt(0.0008 / 3), within(1e-7));
    assertThat(difference.n()).isEqualTo(6);
    assertThat(difference.way()).isEqualTo("Welch");
  }

  @Test
  void welchsIntervalHasTheDegreesOfFreedomOfWhatScatters() {
    Difference difference =
        Difference.welch(Estimate.of(0.8, 0.8, 0.8, 0.8), Estimate.of(0.90, 0.92, 0.94));
    assertThat(difference.mean()).isCloseTo(-0.12, within(1e-12));
    assertThat(difference.half()).isCloseTo(T2 * 0.02 / Math.sqrt(3), within(1e-7));
  }

  @Test
  void withoutScatterWelchsIntervalIsAPointAndOfOneReplicateThereIsNone() {
    assertThat(Difference.welch(Estimate.of(0.5, 0.5), Estimate.of(0.25, 0.25)).half()).isZero();
    assertThat(Difference.welch(Estimate.of(0.5, 0.6), Estimate.of(0.2, 0.3, 0.4)).shown())
        .as("of two replicates it is not shown")
        .isNaN();
    Difference one = Difference.welch(Estimate.of(0.5), Estimate.of(0.25, 0.3));
    assertThat(one.half()).isNaN();
    assertThat(one.mean()).isCloseTo(0.225, within(1e-12));
  }

  @Test
  void replicatesOfTheSameSeedAndDataArePaired() {
    Difference difference =
        difference(contender("a", "", 0.80, 0.84, 0.88, 0.99), contender("b", "", 0.81, 0.87, 0.93))
            .orElseThrow();
    // 0.01, 0.03 and 0.05: the fourth replicate has no partner
    assertThat(difference.isPaired()).isTrue();
    assertThat(difference.n()).isEqualTo(3);
    assertThat(difference.mean()).isCloseTo(0.03, within(1e-12));
    assertThat(difference.half()).isCloseTo(T2 * 0.02 / Math.sqrt(3), within(1e-7));
    assertThat(difference.shown()).isEqualTo(difference.half());
  }

  @Test
  void thoseOfAnotherSeedOrOfOtherTrainingExamplesAreNot() {
    Contender first = contender("a", "", 0.80, 0.84);
    assertThat(difference(first, contender("b", "seed = 2", 0.8, 0.9)).orElseThrow().isPaired())
        .isFalse();
    assertThat(
            difference(first, contender("b", "provenance.data-digests.train = other", 0.8, 0.9))
                .orElseThrow()
                .isPaired())
        .isFalse();
  }

  @Test
  void accuraciesOnOtherTestExamplesHaveNoDifference() {
    assertThat(
            difference(
                contender("a", "", 0.80, 0.84),
                contender("b", "provenance.data-digests.test = other", 0.8, 0.9)))
        .isEmpty();
  }
}
