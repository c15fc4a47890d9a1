// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Criterion;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Scoring;
import dev.espalier.api.TieRule;
import dev.espalier.api.Training;
import dev.espalier.api.Weights;
import dev.espalier.api.contract.Recording;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pruning in several rounds, each of which scores anew. */
class PruneInRoundsTest {

  /** Random scores, others for each mask. */
  private record Draw() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> scoring.random().nextDouble());
    }
  }

  private final Network network = TinyProblem.convolutional();
  private final LocalTrial trial =
      new LocalTrial(
          network,
          TinyProblem.data(20, 0, 10),
          new Training(
              new Sgd(0.1), new Constant(), Span.iterations(0), 10, Span.epochs(1), Span.epochs(1)),
          new Seed(1, 0));
  private final State start = trial.initial();
  private final State state = trial.initial(1);

  @AfterEach
  void close() {
    trial.close();
    network.close();
  }

  static List<Scope> scopes() {
    return List.of(Scope.layer(), Scope.global());
  }

  private static Pruning pruning(int n, Scope scope) {
    return new Pruning(new Draw(), Schedule.exponential(0.3, n), scope, TieRule.EXACT);
  }

  /** Scores the weights that it knows the planned density of by 1, others by 0. */
  private record Planned() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      double density = scoring.density().orElse(-1);
      return scoring.ofWeights((start, now) -> density);
    }
  }

  @Test
  void aCriterionKnowsTheDensityOfThePruningThatItScoresFor() {
    Mask whole = Mask.dense(network.layers());
    Weights weights = new Weights(start, state, whole);
    List<Double> densities = new ArrayList<>();
    TieRule noting =
        ranking -> {
          ranking.remove(
              score -> {
                densities.add(score);
                return false;
              });
          ranking.removeUnplanned();
        };
    Schedule schedule = Schedule.exponential(0.25, 2);
    trial.prune(new Pruning(new Planned(), schedule, Scope.global(), noting), 0, 1, weights);
    assertThat(densities).hasSize(73).containsOnly(0.5);
    Scores outside = trial.score(new Planned(), weights);
    assertThat(outside.of(network.layers().get(0))).containsOnly(-1);
  }

  @Test
  void aMaskMadeOfScoresDerivesFromTheirStep() {
    Mask whole = Mask.dense(network.layers());
    Scores scores = trial.score(new Draw(), new Weights(start, state, whole));
    assertThat(scores.origin()).hasSize(1);
    Mask mask = Scope.global().prune(scores.map(score -> -score), whole, 0.5);
    assertThat(mask.origin()).isEqualTo(scores.origin());
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void equalsTheLoopByHand(Scope scope) {
    Pruning how = pruning(4, scope);
    Mask whole = Mask.dense(network.layers());
    Mask byHand = whole;
    for (int k = 1; k <= 4; k++) {
      Scores scores = trial.score(how.criterion(), new Weights(start, state, byHand));
      byHand = scope.prune(scores, byHand, Math.pow(0.3, k / 4.0));
    }
    Mask mask = trial.pruneInRounds(how, 4, new Weights(start, state, whole));
    assertThat(mask).isEqualTo(byHand);
    // Of 73 weights in all, or of 18, 40 and 15.
    assertThat(mask.kept()).isEqualTo(scope.isGlobal() ? 22 : 5 + 12 + 5);
    assertThat(trial.pruneInRounds(pruning(1, scope), 1, new Weights(start, state, whole)))
        .isNotEqualTo(mask);
  }

  @Test
  void everyRoundIsAStepOfTheTrialFromTheMaskOfTheRoundBefore() {
    Mask whole = Mask.dense(network.layers());
    Recording recording = new Recording(trial);
    Pruning pruning = pruning(3, Scope.layer());
    Mask mask = recording.trial().pruneInRounds(pruning, 3, new Weights(start, state, whole));
    List<Recording.Round> rounds = recording.rounds();
    assertThat(rounds).extracting(Recording.Round::from).containsExactly(0, 1, 2);
    assertThat(rounds).extracting(Recording.Round::to).containsExactly(1, 2, 3);
    for (Recording.Round round : rounds) {
      assertThat(round.weights().start()).isSameAs(start);
      assertThat(round.weights().state()).isSameAs(state);
    }
    List<Mask> alive = rounds.stream().map(round -> round.weights().alive()).toList();
    assertThat(alive.get(0)).isSameAs(whole);
    for (int k = 1; k < 3; k++) {
      assertThat(alive.get(k).isWithin(alive.get(k - 1))).isTrue();
      assertThat(alive.get(k).kept()).isLessThan(alive.get(k - 1).kept());
    }
    assertThat(mask.isWithin(alive.get(2))).isTrue();
  }
}
