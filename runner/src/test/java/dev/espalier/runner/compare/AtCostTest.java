// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import static dev.espalier.runner.compare.Contenders.contender;
import static dev.espalier.runner.compare.Contenders.step;
import static dev.espalier.runner.compare.Contenders.ticket;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.compare.AtCost.CostedLevel;
import dev.espalier.runner.results.Rows;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.TicketResult;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AtCostTest {

  private static List<AtCost> lines(Contender... contenders) {
    return AtCost.of(AtCost.costs(List.of(contenders), CostUnit.EXAMPLES));
  }

  /** The rounds reached within each budget, -1 where there is none. */
  private static List<List<Integer>> rounds(List<AtCost> lines) {
    return lines.stream()
        .map(
            line ->
                line.reached().stream()
                    .map(of -> of.map(CostedLevel::level).map(l -> l.first().round()).orElse(-1))
                    .toList())
        .toList();
  }

  @Test
  void theBestTicketWithinABudgetIsThatOfTheHighestValidationAccuracy() {
    List<AtCost> lines =
        lines(
            contender(
                "a",
                "",
                ticket(0, 1, 0.5, 0.80, 0.1, step(1, 10)),
                ticket(0, 2, 0.4, 0.70, 0.9, step(2, 20)), // better on test examples alone
                ticket(0, 3, 0.3, 0.90, 0.2, step(3, 30)),
                ticket(0, 4, 0.2, 0.60, 0.9, step(4, 40))),
            contender("b", "", ticket(0, 1, 0.5, 0.85, 0.5, step(5, 15))));
    assertThat(lines).extracting(AtCost::budget).containsExactly(10.0, 15.0, 30.0, 40.0);
    assertThat(rounds(lines))
        .containsExactly(List.of(1, -1), List.of(1, 1), List.of(3, 1), List.of(3, 1));
    assertThat(lines.get(0).reached().get(0).orElseThrow().isByTest()).isFalse();
  }

  @Test
  void whereLessIsBetterItIsThatOfTheLowestValidationValue() {
    TicketResult[] tickets = {
      ticket(0, 1, 0.5, 0.80, 0.1, step(1, 10)),
      ticket(0, 2, 0.4, 0.90, 0.1, step(2, 20)),
      ticket(0, 3, 0.3, 0.70, 0.2, step(3, 30))
    };
    Arrays.setAll(tickets, i -> Rows.with(tickets[i], Rows.PERPLEXITY));
    assertThat(rounds(lines(contender("a", "", tickets)))).containsExactly(List.of(1), List.of(3));
  }

  @Test
  void withoutValidationExamplesItIsThatOfTheHighestTestAccuracy() {
    List<AtCost> lines =
        lines(
            contender(
                "a",
                "",
                ticket(0, 1, 0.5, Double.NaN, 0.7, step(1, 10)),
                ticket(0, 2, 0.4, Double.NaN, 0.8, step(2, 20)),
                ticket(0, 3, 0.3, Double.NaN, 0.6, step(3, 30))));
    assertThat(rounds(lines)).containsExactly(List.of(1), List.of(2), List.of(2));
    assertThat(lines.get(0).reached().get(0).orElseThrow().isByTest()).isTrue();
  }

  @Test
  void aTicketCostsTheMeanOfItsReplicatesAndStepsOfAnotherContenderAreMarked() {
    StepRecord shared = step(1, 100);
    List<AtCost> lines =
        lines(
            contender(
                "a",
                "",
                ticket(0, 1, 0.5, 0.8, 0.8, shared, step(2, 10)),
                ticket(1, 1, 0.5, 0.8, 0.8, step(3, 100), step(4, 30))),
            contender("b", "", ticket(0, 1, 0.5, 0.8, 0.8, shared)));
    CostedLevel a = lines.get(1).reached().get(0).orElseThrow();
    assertThat(a.cost()).isEqualTo(120);
    assertThat(a.shared()).isEqualTo(50);
    CostedLevel b = lines.get(1).reached().get(1).orElseThrow();
    assertThat(b.cost()).isEqualTo(100);
    assertThat(b.shared()).isEqualTo(100);
  }

  @Test
  void theDenseNetworkStandsInForEveryContenderUntilATicketIsWithinTheBudget() {
    List<AtCost> lines =
        lines(
            contender(
                "a",
                "",
                ticket(0, 0, 1, 0.99, 0.99, step(1, 10)),
                ticket(0, 1, 0.5, 0.8, 0.8, step(2, 20))),
            contender(
                "generations",
                "",
                ticket(0, 0, 1, 0.5, 0.5, step(3, 15)),
                ticket(0, 1, 1, 0.6, 0.6, step(4, 25))));
    assertThat(lines).extracting(AtCost::budget).containsExactly(10.0, 15.0, 20.0, 25.0);
    assertThat(rounds(lines))
        .containsExactly(List.of(0, -1), List.of(0, 0), List.of(1, 0), List.of(1, 1));
  }

  @Test
  void aNetworkThatWasNotTrainedIsNoBestTicket() {
    TicketResult measured = Contenders.measured(ticket(0, 1, 0.5, 0.99, 0.99, step(1, 10)));
    List<AtCost> lines =
        lines(contender("a", "", measured, ticket(0, 2, 0.4, 0.7, 0.7, step(2, 20))));
    assertThat(rounds(lines)).containsExactly(List.of(2));
    assertThat(lines.get(0).reached().get(0).orElseThrow().isByTest()).isFalse();
    assertThat(lines(contender("a", "", measured))).isEmpty();
  }

  @Test
  void ofManyBudgetsADozenAreShownTheCheapestAndTheDearestAmongThem() {
    TicketResult[] rows =
        IntStream.range(1, 40)
            .mapToObj(i -> ticket(0, i, 0.5, i / 100.0, 0.5, step(i, 10L * i)))
            .toArray(TicketResult[]::new);
    List<AtCost> lines = lines(contender("a", "", rows));
    assertThat(lines).hasSize(12);
    assertThat(lines.get(0).budget()).isEqualTo(10);
    assertThat(lines.get(11).budget()).isEqualTo(390);
    assertThat(lines).extracting(AtCost::budget).doesNotHaveDuplicates();
  }

  @Test
  void costsAreShownToThreeDigits() {
    assertThat(CostUnit.SECONDS.shown(0)).isEqualTo("0");
    assertThat(CostUnit.SECONDS.shown(12.345)).isEqualTo("12.3");
    assertThat(CostUnit.MACS.shown(999.6)).isEqualTo("1.00 k");
    assertThat(CostUnit.MACS.shown(123_456_789_000.0)).isEqualTo("123 G");
    assertThat(CostUnit.MACS.shown(4.2e12)).isEqualTo("4.20 T");
  }
}
