// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import static dev.espalier.runner.results.Rows.stopped;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.Rows;
import dev.espalier.runner.results.TicketResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class HeadlineTest {

  private final List<TicketResult> rows = new ArrayList<>();

  /** Three replicates about an accuracy, of a network of some density. */
  private void level(int round, String branch, double density, double accuracy, double apart) {
    for (int replicate = 0; replicate < 3; replicate++) {
      double of = accuracy + (replicate - 1) * apart;
      rows.add(stopped("", replicate, round, branch, density, of, 100 - 10 * round));
    }
  }

  private String headline() {
    // Its spaces before units do not break.
    return Headline.of(Level.of(rows, 0.005)).replace('\u00a0', ' ');
  }

  @Test
  void namesTheSparsestWinningTicket() {
    level(0, "ticket", 1, 0.90, 0.001);
    level(1, "ticket", 0.5, 0.92, 0.001);
    level(1, "reinit", 0.5, 0.80, 0.001);
    level(2, "ticket", 0.25, 0.92, 0.001);
    level(2, "reinit", 0.25, 0.80, 0.001);
    level(3, "ticket", 0.125, 0.90, 0.001);
    level(4, "ticket", 0.0625, 0.50, 0.001);
    assertThat(headline())
        .isEqualTo(
            "The sparsest winning ticket (round 2) keeps 25 % of the weights and reaches a test"
                + " accuracy of 92.00 ± 0.25 %, the dense network 90.00 ± 0.25 %, at its early stop"
                + " after 0.80 times as many iterations. A ticket that matches the dense network"
                + " (round 3) keeps 12.5 % of the weights.");
  }

  @Test
  void namesTheSparsestMatchingTicketWhereNoneIsWinning() {
    level(0, "ticket", 1, 0.90, 0.001);
    level(1, "ticket", 0.5, 0.92, 0.001);
    assertThat(headline())
        .startsWith("The sparsest ticket that matches the dense network (round 1) keeps 50 %")
        .endsWith("None is surely a winning one: no control.");
  }

  @Test
  void namesTheClosestWhereNothingIsSureOrAllLose() {
    level(0, "ticket", 1, 0.90, 0.001);
    level(1, "ticket", 0.5, 0.60, 0.001);
    level(2, "ticket", 0.25, 0.70, 0.001);
    assertThat(headline())
        .startsWith("No ticket matches the dense network. The closest (round 2) keeps 25 %");
    level(3, "ticket", 0.125, 0.90, 0.05);
    assertThat(headline())
        .startsWith(
            "No ticket surely matches the dense network yet. The closest (round 3) keeps 12.5 %")
        .containsPattern("; [0-9]+ more replicates would probably decide it\\.$");
  }

  @Test
  void whereLessIsBetterTheClosestAndTheBestHaveTheLowestValue() {
    level(0, "ticket", 1, 5.0, 0.001);
    level(1, "ticket", 0.5, 9.0, 0.001);
    level(2, "ticket", 0.25, 8.0, 0.001);
    rows.replaceAll(row -> Rows.with(row, Rows.PERPLEXITY));
    assertThat(headline())
        .isEqualTo(
            "No ticket matches the dense network. The closest (round 2) keeps 25 % of the weights"
                + " and reaches a test perplexity of 8.000 ± 0.002, the dense network 5.000 ±"
                + " 0.002.");
    rows.removeIf(row -> row.round() == 0);
    assertThat(headline())
        .isEqualTo(
            "The network with the lowest validation perplexity (round 2) reaches a test perplexity"
                + " of 8.000 ± 0.002 with 25 % of the weights.");
  }

  @Test
  void oneReplicateDecidesNothing() {
    rows.add(stopped("", 0, 0, "ticket", 1, 0.9, 100));
    rows.add(stopped("", 0, 1, "ticket", 0.123456, 0.8, 100));
    assertThat(headline())
        .isEqualTo(
            "The sparsest ticket (round 1) keeps 12.3 % of the weights and reaches a test accuracy"
                + " of 80.00 %, the dense network 90.00 %. One replicate alone has no intervals,"
                + " and decides nothing.");
  }

  @Test
  void withoutADenseNetworkTheNetworkIsSelectedByValidation() {
    rows.add(stopped("a", 0, 1, "ticket", 0.5, 0.8, 100));
    rows.add(stopped("b", 0, 1, "ticket", 0.5, 0.9, 100));
    TicketResult lucky = withTest(rows.get(0), 0.99);
    rows.set(0, lucky);
    assertThat(headline())
        .isEqualTo(
            "The network with the highest validation accuracy (b, round 1) reaches a test accuracy"
                + " of 90.00 % with 50 % of the weights.");
  }

  @Test
  void withoutValidationNoNetworkIsSelected() {
    rows.add(withoutValidation(stopped("a", 0, 0, "ticket", 1, 0.8, 100)));
    rows.add(withoutValidation(stopped("b", 0, 0, "ticket", 1, 0.9, 100)));
    assertThat(headline())
        .isEqualTo(
            "Test accuracies are between 80.00 % (a, round 0) and 90.00 % (b, round 0). Without"
                + " validation examples, no network is selected.");
  }

  @Test
  void ofNetworksThatAreNotTrainedNoAccuracyIsNamed() {
    rows.add(untrained(stopped("a", 0, 1, "ticket", 0.5, 0.1, 100)));
    rows.add(untrained(stopped("b", 0, 1, "ticket", 0.5, 0.12, 100)));
    assertThat(headline()).isEqualTo("The networks of this run were found and not trained.");
  }

  private static TicketResult withTest(TicketResult row, double accuracy) {
    Evaluation test = new Evaluation(1 - accuracy, List.of(accuracy));
    return Rows.with(
        row, history(row, History.Point::train, History.Point::validation, point -> test));
  }

  private static TicketResult withoutValidation(TicketResult row) {
    return Rows.with(
        row, history(row, History.Point::train, point -> Evaluation.NONE, History.Point::test));
  }

  private static TicketResult untrained(TicketResult row) {
    return Rows.with(
        row,
        history(row, point -> Evaluation.NONE, History.Point::validation, History.Point::test));
  }

  private static History history(
      TicketResult row,
      Function<History.Point, Evaluation> train,
      Function<History.Point, Evaluation> validation,
      Function<History.Point, Evaluation> test) {
    return new History(
        row.history().points().stream()
            .map(
                point ->
                    new History.Point(
                        point.iteration(),
                        train.apply(point),
                        validation.apply(point),
                        test.apply(point)))
            .toList());
  }
}
