// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.contract.TinyProblem;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {

  @Test
  void stopsEarlyAtTheFirstPointOfMinimumValidationLoss() {
    History history =
        History.EMPTY
            .with(point(10, 0.9))
            .with(point(20, 0.4))
            .with(point(30, 0.5))
            .with(point(40, 0.4));
    assertThat(history.earlyStop()).map(History.Point::iteration).contains(20L);
    assertThat(history.last()).map(History.Point::iteration).contains(40L);
  }

  @Test
  void stopsNoEarlierThanTheLastChangeOfTheMask() {
    History history =
        new History(List.of(point(10, 0.1), point(20, 0.2), point(30, 0.5), point(40, 0.4)), 20);
    assertThat(history.earlyStop()).map(History.Point::iteration).contains(40L);
    assertThat(history.ofLastMask()).extracting(History.Point::iteration).containsExactly(30L, 40L);
    assertThat(history.with(point(50, 0.3)).earlyStop())
        .map(History.Point::iteration)
        .contains(50L);
  }

  @Test
  void hasNoEarlyStopWithoutValidationExamples() {
    History history = History.EMPTY.with(point(10, Double.NaN));
    assertThat(history.earlyStop()).isEmpty();
    assertThat(History.EMPTY.last()).isEmpty();
  }

  @Test
  void withLeavesTheOldOneAlone() {
    History one = History.EMPTY.with(point(1, 1));
    one.with(point(2, 1));
    assertThat(one.points()).hasSize(1);
    assertThat(History.EMPTY.points()).isEmpty();
  }

  @Test
  void meansNothingOfNoExamples() {
    assertThat(Trained.Running.NONE.mean(TinyProblem.data(4, 2, 2))).isEqualTo(Evaluation.NONE);
    assertThat(new Trained.Running(4, 2, List.of(3.0)).mean(TinyProblem.data(4, 2, 2)))
        .isEqualTo(new Evaluation(0.5, List.of(0.75)));
  }

  private static History.Point point(long iteration, double validationLoss) {
    return new History.Point(
        iteration, Evaluation.NONE, new Evaluation(validationLoss, List.of(0.5)), Evaluation.NONE);
  }
}
