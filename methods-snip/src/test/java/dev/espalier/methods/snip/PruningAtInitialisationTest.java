// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Criterion;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plan;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Scopes;
import dev.espalier.api.Scoring;
import dev.espalier.api.Ticket;
import dev.espalier.api.TieRule;
import dev.espalier.api.Training;
import dev.espalier.api.contract.ScheduleContract;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.structure.Blocks;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.methods.snip.PruningAtInitialisation.DensityPath;
import dev.espalier.methods.snip.PruningAtInitialisation.Prunable;
import dev.espalier.methods.snip.PruningAtInitialisation.Settings;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PruningAtInitialisationTest {

  private static final Training TRAINING =
      new Training(
          new Adam(0.01), new Constant(), Span.iterations(0), 25, Span.epochs(30), Span.epochs(30));

  @Nested
  class ExponentialPathIsASchedule extends ScheduleContract {
    @Override
    protected Schedule schedule() {
      return DensityPath.EXPONENTIAL.toward(0.1, 30);
    }
  }

  @Nested
  class LinearPathIsASchedule extends ScheduleContract {
    @Override
    protected Schedule schedule() {
      return DensityPath.LINEAR.toward(0.1, 20);
    }
  }

  private static List<Ticket> tickets(Settings settings) {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial =
            new LocalTrial(network, TinyProblem.data(200, 50, 100), TRAINING, new Seed(1, 0))) {
      trial.publish(trial.ticket(0, trial.dense(), trial.initial(), trial.plan()));
      new PruningAtInitialisation(settings).run(trial);
      return trial.tickets();
    }
  }

  private static double accuracy(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().score();
  }

  static Stream<Criterion> criteria() {
    return Stream.of(new Snip(100), new Grasp(20), new SynFlow());
  }

  @ParameterizedTest
  @MethodSource("criteria")
  void whatIsLeftLearnsFarAboveChance(Criterion criterion) {
    List<Ticket> tickets = tickets(new Settings(List.of(0.6, 0.4), criterion));
    assertThat(tickets).extracting(Ticket::round).containsExactly(0, 1, 2);
    assertThat(tickets).extracting(t -> t.mask().kept()).containsExactly(73L, 44L, 29L);
    assertThat(accuracy(tickets.get(0))).isGreaterThan(0.85);
    assertThat(accuracy(tickets.get(1))).isGreaterThan(0.6);
    for (Ticket ticket : tickets) {
      assertThat(ticket.start()).isEqualTo(tickets.get(0).start());
      assertThat(ticket.analysis().density()).isEqualTo(ticket.mask().density());
    }
  }

  /** Another draw for each weight, as the criterion random. */
  private record Draw() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> scoring.random().nextDouble());
    }
  }

  static Stream<Criterion> anyCriteria() {
    return Stream.concat(criteria(), Stream.of(new Draw()));
  }

  @ParameterizedTest
  @MethodSource("anyCriteria")
  void erkDecidesOnTheDensityOfEachLayerForEveryCriterion(Criterion criterion) {
    List<Ticket> tickets = tickets(settings(List.of(0.5), criterion, Pattern.unstructured()));
    Mask mask = tickets.get(1).mask();
    // The sums of the axes are 9, 13 and 8, of 18, 40 and 15 weights; none is above 1.
    double e = 36.5 / 30;
    assertThat(mask.layers()).extracting(mask::kept).containsExactly(r(9 * e), r(13 * e), r(8 * e));
    assertThat(accuracy(tickets.get(1))).isGreaterThan(0.6);
  }

  private static int r(double count) {
    return (int) Math.round(count);
  }

  @ParameterizedTest
  @MethodSource("anyCriteria")
  void blocksArePrunedWholeForEveryCriterion(Criterion criterion) {
    Mask mask = tickets(settings(List.of(0.5), criterion, new Blocks(1, 2))).get(1).mask();
    Layer fc = mask.layers().get(1); // 5 x 8
    for (int i = 0; i < fc.size(); i += 2) {
      assertThat(mask.keeps(fc, i)).isEqualTo(mask.keeps(fc, i + 1));
    }
    assertThat(mask.kept(fc)).isBetween(2, 38);
  }

  private static Settings settings(List<Double> densities, Criterion criterion, Pattern pattern) {
    return new Settings(
        densities,
        criterion,
        Optional.empty(),
        DensityPath.EXPONENTIAL,
        new Scopes.ErdosRenyiKernel(),
        pattern,
        TieRule.EXACT,
        Prunable.WEIGHTS);
  }

  @Test
  void deadWeightsStayZeroThroughTraining() {
    Ticket ticket = tickets(new Settings(List.of(0.5), new Snip(100))).get(1);
    for (Layer layer : ticket.mask().layers()) {
      for (int j = 0; j < layer.size(); j++) {
        if (!ticket.mask().keeps(layer, j)) {
          assertThat(ticket.trained().state().get(layer.name()).get(j)).isZero();
        }
      }
    }
  }

  @Test
  void biasesGoFirstWhereTheyMayBePruned() {
    Settings settings =
        new Settings(
            List.of(0.8),
            new Snip(100),
            Optional.empty(),
            DensityPath.EXPONENTIAL,
            Scope.global(),
            Pattern.unstructured(),
            new Ties.Snip(),
            Prunable.WEIGHTS_AND_BIASES);
    Ticket ticket = tickets(settings).get(1);
    // 73 weights and 8 biases: 65 stay, and no bias among them, as all of them start at 0.
    assertThat(ticket.mask().size()).isEqualTo(81);
    assertThat(ticket.mask().kept()).isEqualTo(65);
    for (Layer layer : ticket.mask().layers()) {
      if (layer.kind() == Layer.Kind.BIAS) {
        assertThat(ticket.mask().kept(layer)).isZero();
        for (int j = 0; j < layer.size(); j++) {
          assertThat(ticket.trained().state().get(layer.name()).get(j)).isZero();
        }
      }
    }
    assertThat(ticket.analysis().isCollapsed()).isFalse();
    assertThat(accuracy(ticket)).isGreaterThan(0.6);
  }

  @Test
  void eachPathLeadsToTheDensity() {
    assertThat(DensityPath.EXPONENTIAL.toward(0.1, 10)).isEqualTo(Schedule.exponential(0.1, 10));
    assertThat(DensityPath.LINEAR.toward(0.1, 10)).isEqualTo(Schedule.linear(0.1, 10));
  }

  @Test
  void aDensityThatLeavesFewerWeightsThanLayersIsRefused() {
    try (Network network = TinyProblem.convolutional()) {
      Settings settings = new Settings(List.of(0.5, 0.03), new SynFlow());
      assertThatThrownBy(
              () ->
                  Refusals.require(
                      refusals ->
                          new PruningAtInitialisation(settings)
                              .check(
                                  network,
                                  TinyProblem.data(10, 0, 0),
                                  Plan.of(TRAINING, 10),
                                  refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(
              "densities: found 0.03",
              "2 of the 73 weights",
              "tiny-convolutional",
              "0.041096",
              "3 layers");
    }
  }

  @Test
  void densitiesThatDoNotFallAreRefused() {
    assertThatThrownBy(() -> new Settings(List.of(0.1, 0.5), new SynFlow()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("densities: found 0.5 after 0.1", "falling");
  }
}
