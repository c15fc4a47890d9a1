// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.Parametrization;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Ticket;
import dev.espalier.api.TieRule;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.methods.sparse.TestCriteria.Magnitude;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradualPruningTest {

  private static GradualUpdates cubic(double density, long begin, long every, int n) {
    Pruning pruning =
        new Pruning(new Magnitude(), new Cubic(density, n), Scope.layer(), TieRule.EXACT);
    return new GradualUpdates(begin, every, n, pruning);
  }

  @Test
  void theScheduleHasTheValuesOfTheFormula() {
    Schedule cubic = new Cubic(0.1, 4);
    // s_k = s_f - s_f (1 - k / n)^3 with s_f = 0.9, n = 4
    double[] sparsities = {
      0, 0.9 * (1 - 27.0 / 64), 0.9 * (1 - 1.0 / 8), 0.9 * (1 - 1.0 / 64), 0.9
    };
    for (int k = 0; k <= 4; k++) {
      for (Layer.Kind kind : Layer.Kind.values()) {
        assertThat(1 - cubic.density(k, kind)).isCloseTo(sparsities[k], within(1e-12));
      }
    }
  }

  @Test
  void prunesEveryIntervalFromTheFirstAfterBeginToEnd() {
    Plan plan = Plan.of(Small.training(40), Small.DATA.train().size());
    GradualUpdates rule = cubic(0.1, 10, 5, 4);
    List<Long> due = new ArrayList<>();
    for (long t = 0; t < 40; t++) {
      if (rule.isDue(t, plan)) {
        due.add(t);
      }
    }
    assertThat(due).containsExactly(15L, 20L, 25L, 30L);
  }

  @Test
  void eachLayerHasThePlannedDensityAndPrunedWeightsStayPruned() {
    List<Small.Move> moves = new ArrayList<>();
    GradualUpdates rule = cubic(0.1, 0, 5, 5);
    Schedule cubic = rule.pruning().schedule();
    try (Network network = Small.network();
        LocalTrial trial = new LocalTrial(network, Small.DATA, Small.training(40), Small.SEED)) {
      trial.train(
          trial.initial(),
          Parametrization.moving(trial.dense(), new Small.Noted(rule, moves)),
          trial.plan());
      assertThat(moves).extracting(Small.Move::t).containsExactly(5L, 10L, 15L, 20L, 25L);
      for (Small.Move move : moves) {
        assertThat(move.after().isWithin(move.before())).isTrue();
        for (Layer layer : network.layers()) {
          assertThat(move.after().kept(layer))
              .isEqualTo(
                  (int) Math.round(cubic.density((int) move.t() / 5, layer.kind()) * layer.size()));
          double least = least(move, layer);
          move.dropped(layer).stream()
              .forEach(i -> assertThat(magnitude(move, layer, i)).isLessThanOrEqualTo(least));
        }
      }
    }
  }

  private static double least(Small.Move move, Layer layer) {
    return move.after().alive(layer).stream()
        .mapToDouble(i -> magnitude(move, layer, i))
        .min()
        .orElseThrow();
  }

  private static double magnitude(Small.Move move, Layer layer, int i) {
    return Math.abs(move.state().get(layer.name()).get(i));
  }

  private static GradualPruning.Settings settings(List<Double> densities, int begin, int end) {
    return new GradualPruning.Settings(
        densities,
        Span.iterations(begin),
        Span.iterations(end),
        Span.iterations(10),
        Scope.layer(),
        Pattern.unstructured(),
        new Magnitude());
  }

  @Test
  void learnsAtTheDensitiesOfItsTickets() {
    try (Network network = Small.network();
        LocalTrial trial = new LocalTrial(network, Small.DATA, Small.training(200), Small.SEED)) {
      new GradualPruning(settings(List.of(0.3, 0.1), 0, 150)).run(trial);
      List<Ticket> tickets = trial.tickets();
      assertThat(tickets).extracting(Ticket::round).containsExactly(1, 2);
      assertThat(tickets.get(0).mask().density()).isCloseTo(0.3, within(1e-3));
      assertThat(tickets.get(1).mask().density()).isCloseTo(0.1, within(1e-3));
      for (Ticket ticket : tickets) {
        assertThat(ticket.start()).isEqualTo(trial.initial());
        assertThat(Small.accuracy(ticket)).isGreaterThan(0.85);
        assertThat(ticket.trained().history().since()).isEqualTo(150);
      }
    }
  }

  @Test
  void refusesAnEndThatLeavesNoIterationOrNoInterval() {
    try (Network network = Small.network()) {
      Plan plan = Plan.of(Small.training(40), Small.DATA.train().size());
      assertThatThrownBy(() -> check(settings(List.of(0.1), 0, 40), network, plan))
          .hasMessageContaining("end: found iteration 40, allowed is less than the 40");
      assertThatThrownBy(() -> check(settings(List.of(0.1), 20, 25), network, plan))
          .hasMessageContaining("end: found iteration 25, allowed is at least one interval");
      check(settings(List.of(0.1), 20, 30), network, plan);
      assertThatThrownBy(() -> settings(List.of(0.1, 0.1), 0, 30))
          .hasMessageContaining("densities: found 0.1 after 0.1");
    }
  }

  private static void check(GradualPruning.Settings settings, Network network, Plan plan) {
    Refusals.require(
        refusals -> new GradualPruning(settings).check(network, Small.DATA, plan, refusals));
  }
}
