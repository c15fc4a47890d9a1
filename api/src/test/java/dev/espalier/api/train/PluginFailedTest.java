// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Criterion;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Scoring;
import dev.espalier.api.Split;
import dev.espalier.api.TieRule;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A program without the runner gets the same refusals of wrong values. */
class PluginFailedTest {

  /** A criterion without scores. */
  private record Empty() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return null;
    }
  }

  /** The values as scores. */
  private record Values() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> now);
    }
  }

  /** A schedule that rises after round 1. */
  private record Rising() implements Schedule {
    @Override
    public double density(int round, Layer.Kind kind) {
      return List.of(1.0, 0.2, 0.6).get(round);
    }
  }

  /** A split of the first layer only. */
  private record First() implements Split {
    @Override
    public Mask mask(double rate, State start, State state, Trial trial) {
      return Mask.dense(trial.network().layers().subList(0, 1));
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
  private final Weights weights = new Weights(start, start, trial.dense());

  @AfterEach
  void close() {
    trial.close();
    network.close();
  }

  @Test
  void aCriterionWithoutScoresIsNamedWithItsJar() {
    assertThatThrownBy(() -> trial.score(new Empty(), weights))
        .isInstanceOf(PluginFailed.class)
        .hasMessage(
            "criterion "
                + Empty.class.getName()
                + " of "
                + PluginFailed.jar(Empty.class)
                + ": scores: found null, allowed is a value. Tell its author");
  }

  @Test
  void aRisingDensityIsRefusedWhereItIsUsed() {
    Pruning rising = new Pruning(new Values(), new Rising(), Scope.global(), TieRule.EXACT);
    Mask mask = trial.prune(rising, 0, 1, weights);
    assertThat(mask.density()).isLessThan(0.21);
    assertThatThrownBy(() -> trial.prune(rising, 1, 2, new Weights(start, start, mask)))
        .isInstanceOf(PluginFailed.class)
        .hasMessageContaining("found density 0.6 of round 2")
        .hasMessageContaining("allowed is above 0 and at most 0.2");
  }

  @Test
  void aSplitOfSomeLayersIsRefused() {
    assertThatThrownBy(() -> trial.split(new First(), 0.5, start, start))
        .isInstanceOf(PluginFailed.class)
        .hasMessageContaining("split " + First.class.getName())
        .hasMessageContaining("a mask of all prunable layers");
  }

  @Test
  void aStretchThatBeginsElsewhereIsRefused() {
    Parametrization dense = Parametrization.dense();
    Trained trained = trial.train(start, dense, trial.plan());
    assertThatThrownBy(() -> trial.train(trained, dense, trial.plan()))
        .isInstanceOf(RefusedException.class)
        .hasMessage("iteration: found 2, allowed is the beginning of the plan, 0");
  }
}
