// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.TieRule;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.contract.Recording;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Metric;
import dev.espalier.api.data.Objective;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Scores.Scope;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.methods.imp.Instability.Settings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstabilityTest {

  private static final Data DATA = TinyProblem.data(100, 20, 200);
  private static final int TOTAL = 40;
  private static final Geometric SCHEDULE = new Geometric(0.2, 0.1);

  /** Each network by round and branch. */
  private static Map<String, Ticket> run(Trial trial, LocalTrial all, Settings settings) {
    Refusals.require(
        refusals -> new Instability(settings).check(trial.network(), DATA, trial.plan(), refusals));
    new Instability(settings).run(trial);
    return all.tickets().stream()
        .collect(Collectors.toMap(ticket -> ticket.round() + " " + ticket.branch(), it -> it));
  }

  private static Map<String, Ticket> run(LocalTrial trial, Settings settings) {
    return run(trial, trial, settings);
  }

  private static LocalTrial trial(Network network, Data data, double learningRate) {
    Training training =
        new Training(
            new Sgd(learningRate, 0.9, false, 0, List.of()),
            new Constant(),
            Span.iterations(0),
            10,
            Span.iterations(TOTAL),
            Span.epochs(2));
    return new LocalTrial(network, data, training, new Seed(1, 0));
  }

  private static Settings dense(long... k) {
    return new Settings(Arrays.stream(k).mapToObj(Span::iterations).toList(), 0, 5);
  }

  private static double[] errors(Ticket middle) {
    return Arrays.stream(middle.findings().get("errors").split(" "))
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  private static double barrier(Ticket middle) {
    return Double.parseDouble(middle.findings().get("barrier"));
  }

  private static double error(Ticket ticket) {
    return 1 - score(ticket);
  }

  private static double score(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().score();
  }

  private static Network softmaxRegression() {
    NamedBlocks block =
        new NamedBlocks()
            .add(Blocks.batchFlattenBlock())
            .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build());
    return Network.builder("softmax-regression", block, TinyProblem.INPUT).build();
  }

  @Test
  void softmaxRegressionHasNoBarrier() {
    try (Network network = softmaxRegression();
        LocalTrial trial = trial(network, DATA, 0.2)) {
      Map<String, Ticket> tickets = run(trial, dense(0));
      assertThat(tickets.keySet()).containsOnly("0 ticket", "0 k-0-copy", "0 k-0-middle");
      Ticket middle = tickets.get("0 k-0-middle");
      assertThat(tickets.get("0 k-0-copy").trained().state())
          .isNotEqualTo(tickets.get("0 ticket").trained().state());
      assertThat(error(tickets.get("0 ticket"))).isLessThan(0.05);
      assertThat(error(middle)).isLessThan(0.05);
      assertThat(barrier(middle)).isCloseTo(0, within(0.01));
    }
  }

  /** Networks of different start weights have one, so that a barrier of 0 means something. */
  @Test
  void networksOfDifferentStartWeightsHaveABarrierWhereThoseOfOneStartHaveNone() {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, DATA, 0.2)) {
      Ticket late = run(trial, dense(30)).get("0 k-30-middle");
      State one = trial.train(trial.initial(), Parametrization.dense(), trial.plan()).state();
      State two = trial.train(trial.initial(1), Parametrization.dense(), trial.plan()).state();
      State middle = trial.restatistics(middle(one, two));
      double ends = (accuracy(trial, one) + accuracy(trial, two)) / 2;
      assertThat(ends).isGreaterThan(0.85);
      assertThat(ends - accuracy(trial, middle)).isGreaterThan(0.2);
      assertThat(barrier(late)).isLessThan(0.02);
    }
  }

  private static State middle(State one, State two) {
    return one.map(
        (name, tensor) -> {
          float[] values = new float[tensor.size()];
          for (int i = 0; i < values.length; i++) {
            values[i] = tensor.get(i) / 2 + two.get(name).get(i) / 2;
          }
          return Tensor.of(tensor.shape(), values);
        });
  }

  private static double accuracy(Trial trial, State state) {
    return trial.measure(state).history().last().orElseThrow().test().score();
  }

  @Test
  void copiesFromTheEndAreEqualAndHaveABarrierOfExactlyZero() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial = trial(network, DATA, 0.2)) {
      Map<String, Ticket> tickets = run(trial, dense(TOTAL));
      Ticket first = tickets.get("0 ticket");
      assertThat(tickets.get("0 k-40-copy").trained()).isEqualTo(first.trained());
      assertThat(tickets.get("0 k-40-middle").trained().state()).isEqualTo(first.trained().state());
      assertThat(barrier(tickets.get("0 k-40-middle"))).isEqualTo(0);
      assertThat(errors(tickets.get("0 k-40-middle"))).containsOnly(error(first));
      State trained = trial.train(trial.initial(), Parametrization.dense(), trial.plan()).state();
      assertThat(first.trained().state()).isEqualTo(trained);
    }
  }

  @Test
  void theEndsOfTheLineAreTheCopiesAndTheBarrierIsTheLargestErrorMinusTheirMean() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial = trial(network, DATA, 0.5)) {
      Map<String, Ticket> tickets = run(trial, dense(0, 8));
      assertThat(tickets.keySet())
          .containsOnly(
              "0 ticket", "0 k-0-copy", "0 k-0-middle", "0 k-8", "0 k-8-copy", "0 k-8-middle");
      for (int k : new int[] {0, 8}) {
        Ticket first = tickets.get(k == 0 ? "0 ticket" : "0 k-8");
        Ticket copy = tickets.get("0 k-" + k + "-copy");
        Ticket middle = tickets.get("0 k-" + k + "-middle");
        assertThat(copy.start()).isEqualTo(first.start());
        assertThat(copy.plan()).isEqualTo(first.plan()).isEqualTo(trial.plan().from(k));
        assertThat(middle.findings())
            .containsEntry("alphas", "0.0 0.25 0.5 0.75 1.0")
            .containsEntry("rewind-to", Integer.toString(k));
        double[] errors = errors(middle);
        assertThat(errors[0]).isEqualTo(error(first));
        assertThat(errors[4]).isEqualTo(error(copy));
        assertThat(errors[2]).isEqualTo(error(middle));
        assertThat(barrier(middle))
            .isEqualTo(Arrays.stream(errors).max().getAsDouble() - (errors[0] + errors[4]) / 2);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void batchNormStatisticsAreEstimatedAtEachPointIfTheSettingsSaySo(boolean restatistics) {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, DATA, 0.2)) {
      Settings settings =
          new Settings(
              List.of(Span.iterations(4)),
              0,
              3,
              restatistics,
              Scope.LAYER,
              TieRule.EXACT,
              new Magnitude(),
              SCHEDULE);
      Map<String, Ticket> tickets = run(trial, settings);
      State one = tickets.get("0 ticket").trained().state();
      State two = tickets.get("0 k-4-copy").trained().state();
      State middle = middle(one, two);
      double[] expected =
          List.of(one, middle, two).stream()
              .map(state -> restatistics ? trial.restatistics(state) : state)
              .mapToDouble(state -> 1 - accuracy(trial, state))
              .toArray();
      Ticket found = tickets.get("0 k-4-middle");
      assertThat(errors(found)).containsExactly(expected);
      assertThat(found.trained().state().get("bn.runningMean").equals(middle.get("bn.runningMean")))
          .isEqualTo(!restatistics);
    }
  }

  @Test
  void levelsHaveTheStepsOfIterativeMagnitudePruning() {
    try (Network network = TinyProblem.convolutional();
        LocalTrial one = trial(network, DATA, 0.1);
        LocalTrial two = trial(network, DATA, 0.1)) {
      Recording analysis = new Recording(one);
      Map<String, Ticket> tickets =
          run(analysis.trial(), one, new Settings(List.of(Span.iterations(6)), 2, 3));
      Recording imp = new Recording(two);
      new IterativeMagnitudePruning(
              new IterativeMagnitudePruning.Settings(
                  2, Span.iterations(6), new Magnitude(), SCHEDULE))
          .run(imp.trial());
      assertThat(analysis.trainings()).containsAll(imp.trainings());
      assertThat(analysis.trainings()).hasSize(imp.trainings().size() + 3);
      assertThat(analysis.rounds()).isEqualTo(imp.rounds());
      for (Ticket ticket : two.tickets()) {
        Ticket same = tickets.get(ticket.round() + " ticket");
        assertThat(same.trained()).isEqualTo(ticket.trained());
        Ticket copy = tickets.get(ticket.round() + " k-6-copy");
        Ticket middle = tickets.get(ticket.round() + " k-6-middle");
        assertThat(List.of(copy.mask(), middle.mask())).containsOnly(ticket.mask());
        assertThat(ticket.mask().apply(copy.trained().state())).isEqualTo(copy.trained().state());
        assertThat(ticket.mask().apply(middle.trained().state()))
            .isEqualTo(middle.trained().state());
        assertThat(copy.trained().state()).isNotEqualTo(same.trained().state());
      }
      assertThat(tickets.get("2 ticket").mask().kept())
          .isLessThan(tickets.get("1 ticket").mask().kept());
      assertThat(error(tickets.get("2 k-6-copy"))).isLessThan(0.2);
    }
  }

  /** An objective whose metric is the loss, which is better where it is lower. */
  public record CrossEntropy() implements Objective {
    @Override
    public List<Metric> metrics(int classes) {
      return List.of(new Metric("cross-entropy", "", Metric.Direction.LOWER, 0.01));
    }

    @Override
    public Shape output(Shape target, int classes) {
      return new Shape(classes);
    }

    @Override
    public NDArray losses(NDArray outputs, NDArray targets) {
      NDArray hot = targets.oneHot(TinyProblem.CLASSES);
      return outputs.logSoftmax(1).mul(hot).sum(new int[] {1}).neg();
    }

    @Override
    public List<Double> values(double loss, List<Double> scores, Examples examples) {
      return List.of(loss);
    }
  }

  /** The loss of softmax regression is convex: it lies below its chord. */
  @Test
  void aMetricThatIsBetterWhereItIsLowerIsTheErrorItself() {
    Data data = DATA.withObjective(new CrossEntropy());
    try (Network network = softmaxRegression();
        LocalTrial trial = trial(network, data, 0.5)) {
      Map<String, Ticket> tickets = run(trial, dense(0));
      double[] errors = errors(tickets.get("0 k-0-middle"));
      assertThat(errors[0]).isEqualTo(score(tickets.get("0 ticket"))).isPositive();
      assertThat(errors[2]).isLessThan((errors[0] + errors[4]) / 2);
      assertThat(barrier(tickets.get("0 k-0-middle")))
          .isEqualTo(Math.max(errors[0], errors[4]) - (errors[0] + errors[4]) / 2);
    }
  }

  @Test
  void refusesAnIterationBehindTheEndAndOneThatIsThereTwice() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial = trial(network, DATA, 0.1)) {
      Settings settings =
          new Settings(List.of(Span.iterations(10), Span.epochs(1), Span.iterations(41)), 0, 5);
      Refusals refusals = new Refusals();
      Plan plan = trial.plan();
      new Instability(settings).check(network, DATA, plan, refusals);
      assertThat(refusals.all().toString())
          .contains(
              "rewind-to[1]: found iteration 10 again, allowed is each iteration once",
              "rewind-to[2]: found iteration 41, allowed is at most the 40 iterations");
      assertThat(refusals.all()).hasSize(2);
    }
    assertThatThrownBy(() -> new Settings(List.of(), 0, 5)).hasMessageContaining("rewind-to");
    assertThatThrownBy(() -> new Settings(List.of(Span.iterations(0)), 0, 1))
        .hasMessageContaining("points: found 1, allowed is [2, 1000]");
  }
}
