// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.Plan;
import dev.espalier.api.Training;
import dev.espalier.api.settings.Span;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningRateTest {

  private static final Offset<Double> EXACT = within(1e-15);

  /** 100 examples in batches of 10: 10 iterations an epoch, 40 in all, at rate 2. */
  private static Plan plan(LearningRateSchedule schedule, Span warmUp) {
    return Plan.of(
        new Training(new Sgd(2), schedule, warmUp, 10, Span.epochs(4), Span.epochs(1)), 100);
  }

  @ParameterizedTest
  @CsvSource({"0, 2", "19, 2", "20, 0.2", "24, 0.2", "25, 0.02", "39, 0.02"})
  void stepsFromTheMilestoneOn(long iteration, double rate) {
    Plan plan = plan(new Steps(List.of(Span.epochs(2), Span.iterations(25)), 0.1), Span.epochs(0));
    assertThat(plan.learningRate(iteration)).isCloseTo(rate, EXACT);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2", // cos 0 = 1
    "10, 1.7071067811865475", // 1 + cos(pi / 4)
    "20, 1", // cos(pi / 2) = 0
    "30, 0.2928932188134524", // 1 - cos(pi / 4)
    "39, 0.003082666266872036" // 1 + cos(39 pi / 40) = 2 sin^2(pi / 80)
  })
  void fallsAlongHalfACosine(long iteration, double rate) {
    assertThat(plan(new Cosine(), Span.epochs(0)).learningRate(iteration))
        .isCloseTo(rate, within(1e-9));
  }

  /** 100 epochs of 10 iterations; stretches of 25, 50 and 25 epochs. */
  private static Plan restarting(Span... at) {
    Training training =
        new Training(
            new Sgd(2),
            new WarmRestarts(List.of(at)),
            Span.iterations(0),
            10,
            Span.epochs(100),
            Span.epochs(100));
    return Plan.of(training, 100);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2",
    "125, 1", // half of 25 epochs
    "249, 0.00007895579618389", // 2 sin^2(pi / 500)
    "250, 2", // anew
    "375, 1.7071067811865475", // a quarter of 50 epochs
    "500, 1",
    "749, 0.00001973914394", // 2 sin^2(pi / 1000)
    "750, 2",
    "875, 1", // half of the 25 epochs that are left
    "999, 0.00007895579618389"
  })
  void fallsAlongHalfACosineFromEachRestartToTheNextAndTheEnd(long iteration, double rate) {
    assertThat(restarting(Span.epochs(25), Span.epochs(75)).learningRate(iteration))
        .isCloseTo(rate, within(1e-10));
    assertThat(restarting(Span.iterations(750), Span.epochs(25)).learningRate(iteration))
        .as("in any order and unit")
        .isCloseTo(rate, within(1e-10));
  }

  @Test
  void aRestartAtOrBehindTheEndIsAsNone() {
    Plan without = plan(new Cosine(), Span.epochs(0));
    for (Span late : List.of(Span.iterations(40), Span.epochs(5))) {
      Plan plan = plan(new WarmRestarts(List.of(late)), Span.epochs(0));
      for (int i = 0; i < 40; i++) {
        assertThat(plan.learningRate(i)).isEqualTo(without.learningRate(i));
      }
    }
    Plan both = plan(new WarmRestarts(List.of(Span.epochs(2), Span.epochs(9))), Span.epochs(0));
    assertThat(both.learningRate(30)).isCloseTo(1, EXACT); // half of 20 iterations to the end
  }

  @Test
  void restartsDependOnTheIterationAloneWhereverAStretchBegins() {
    Plan whole = plan(new WarmRestarts(List.of(Span.epochs(1), Span.epochs(3))), Span.epochs(0));
    Plan late = whole.from(17).until(35);
    for (int i = 0; i < 40; i++) {
      assertThat(late.learningRate(i)).isEqualTo(whole.learningRate(i));
    }
    assertThat(late.learningRate(20)).isCloseTo(1, EXACT);
    assertThat(late.learningRate(30)).isCloseTo(2, EXACT);
  }

  @Test
  void staysConstant() {
    Plan plan = plan(new Constant(), Span.epochs(0));
    for (int i = 0; i < 40; i++) {
      assertThat(plan.learningRate(i)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0.1", "10, 1", "19, 1.9", "20, 2", "39, 2"})
  void warmsUpLinearlyFromZero(long iteration, double rate) {
    assertThat(plan(new Constant(), Span.epochs(2)).learningRate(iteration)).isCloseTo(rate, EXACT);
  }

  @ParameterizedTest
  @CsvSource({
    "4, 1", // half of the way up at rate 2
    "5, 0.125", // 5/8 of the way up after one drop
    "8, 0.2",
    "10, 0.02"
  })
  void warmsUpInFrontOfAnySchedule(long iteration, double rate) {
    Plan plan =
        plan(new Steps(List.of(Span.iterations(5), Span.iterations(10)), 0.1), Span.iterations(8));
    assertThat(plan.learningRate(iteration)).isCloseTo(rate, EXACT);
  }

  @Test
  void doesNotDependOnWhereAStretchBegins() {
    Plan whole = plan(new Cosine(), Span.epochs(1));
    Plan late = whole.from(15).until(30);
    for (int i = 0; i < 40; i++) {
      assertThat(late.learningRate(i)).isEqualTo(whole.learningRate(i));
    }
  }

  @Test
  void countsAPartialBatchAsAnIteration() {
    Training training =
        new Training(
            new Sgd(1), new Constant(), Span.epochs(0), 10, Span.epochs(3), Span.epochs(1));
    assertThat(Plan.of(training, 101).perEpoch()).isEqualTo(11);
    assertThat(Plan.of(training, 101).total()).isEqualTo(33);
    assertThat(Plan.of(training, 100).perEpoch()).isEqualTo(10);
    assertThat(Plan.of(training, 3).perEpoch()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    // T is 40, with milestones at 20 and 30
    "1, 40, 20, 30",
    "2.5, 100, 50, 75",
    "1.1, 44, 22, 33",
    "0.5, 20, 10, 15",
    "7, 280, 140, 210",
    "1.33, 53, 27, 40" // 53.2; the first iterations at or behind 26.5 and 39.75
  })
  void whatComesAtHalfOfATimetableComesAtHalfOfALongerOne(
      double times, long total, long half, long threeQuarters) {
    Plan plan =
        plan(new Steps(List.of(Span.epochs(2), Span.epochs(3)), 0.1), Span.epochs(0))
            .stretched(times);
    assertThat(plan.total()).isEqualTo(total);
    assertThat(plan.from()).isZero();
    assertThat(plan.until()).isEqualTo(total);
    for (long i = 0; i < total; i++) {
      assertThat(plan.learningRate(i))
          .as("iteration %d", i)
          .isCloseTo(i < half ? 2 : i < threeQuarters ? 0.2 : 0.02, EXACT);
    }
  }

  @Test
  void aLongerTimetableKeepsItsWarmUp() {
    Plan plan = plan(new Constant(), Span.epochs(2)).stretched(3);
    assertThat(plan.learningRate(10)).isCloseTo(1, EXACT);
    assertThat(plan.learningRate(20)).isCloseTo(2, EXACT);
  }

  @Test
  void everyStretchOfALongerTimetableIsOfTheLongerOne() {
    Plan longer = plan(new Cosine(), Span.epochs(0)).stretched(2);
    assertThat(longer.untrained()).isEqualTo(longer.from(80));
    assertThat(longer.untrained().isEmpty()).isTrue();
    for (Plan part : List.of(longer.from(30), longer.until(50), longer.from(30).until(50))) {
      assertThat(part.total()).isEqualTo(80);
      assertThat(part.learningRate(40)).isCloseTo(1, EXACT);
    }
    assertThat(longer.until(50).until()).isEqualTo(50);
    assertThat(longer.stretched(0.5)).isEqualTo(plan(new Cosine(), Span.epochs(0)));
    assertThat(longer.from(30).stretched(1)).as("the whole of it").isEqualTo(longer);
  }

  @Test
  void aTimetableHasAtLeastOneIteration() {
    Plan plan = plan(new Cosine(), Span.epochs(0));
    assertThat(plan.stretched(1e-6).total()).isEqualTo(1);
    for (double times : new double[] {0, -1, Double.NaN}) {
      assertThatThrownBy(() -> plan.stretched(times))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(times + " times as long", "above 0");
    }
    assertThatThrownBy(() -> plan.stretched(2).from(81))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 to 80");
  }

  @Test
  void refusesAStretchOutsideTheTimetable() {
    Plan plan = plan(new Constant(), Span.epochs(0));
    assertThat(plan.from(40).until()).isEqualTo(40);
    assertThatThrownBy(() -> plan.until(41))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("0 to 41", "0 to 40");
    assertThatThrownBy(() -> plan.until(10).from(11)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> plan.from(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatThrownBy(() -> new Steps(List.of(), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("factor: found 0.0", "(0, 1]");
    assertThatThrownBy(
            () ->
                new Training(
                    new Sgd(1), new Constant(), Span.epochs(0), 0, Span.epochs(0), Span.epochs(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("batch-size: found 0, allowed is [1, inf)")
        .hasMessageContaining("iterations: found 0 epochs, allowed is [1, inf)")
        .hasMessageContaining("evaluate-every: found 0 epochs, allowed is [1, inf)");
  }
}
