// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ai.djl.engine.Engine;
import ai.djl.training.GradientCollector;
import dev.espalier.api.Criterion;
import dev.espalier.api.Layer;
import dev.espalier.api.Mask;
import dev.espalier.api.Network;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scores;
import dev.espalier.api.Scoring;
import dev.espalier.api.Seed;
import dev.espalier.api.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Criterion} keeps to; extend it in a plugin's tests. */
public abstract class CriterionContract {

  private static final Seed SEED = new Seed(3, 0);

  private Network network;
  private State start;
  private State state;
  private Mask mask;

  /** For subclasses. */
  protected CriterionContract() {}

  /** The criterion under test; equal ones in every call. */
  protected abstract Criterion criterion();

  @BeforeEach
  void pruneEveryThirdWeightOfASmallNetwork() {
    network = TinyProblem.convolutional();
    mask =
        Mask.of(
            network.layers(),
            (layer, bits) -> {
              for (int i = 0; i < layer.size(); i++) {
                bits.set(i, i % 3 != 0);
              }
              return bits;
            });
    start = network.initial(SEED.stream("init", 0));
    state = mask.apply(network.initial(SEED.stream("init", 1)));
  }

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void scoresEveryPrunableWeightAndNothingElse() {
    Scores scores = score();
    assertThat(scores.layers()).isEqualTo(network.layers());
    for (Layer layer : network.layers()) {
      assertThat(scores.of(layer)).as(layer.name()).hasSize(layer.size());
    }
  }

  @Test
  void givesTheSameScoresForTheSameInputs() {
    Scores first = score();
    Scores second = score();
    for (Layer layer : network.layers()) {
      assertThat(second.of(layer)).as(layer.name()).isEqualTo(first.of(layer));
    }
  }

  @Test
  void leadsToThePlannedCountWithinOneWeight() {
    Schedule half = (round, kind) -> round == 0 ? 1 : 0.5;
    for (Scores.Scope scope : Scores.Scope.values()) {
      Mask kept = score().keep(mask, 0, half, 1, scope, Scores.Ties.EXACT);
      assertThat(kept.isWithin(mask)).isTrue();
      assertThat(Math.abs(kept.kept() - 0.5 * mask.size()))
          .isLessThanOrEqualTo(scope == Scores.Scope.GLOBAL ? 1 : network.layers().size());
    }
  }

  @Test
  void leavesNoArraysBehind() {
    score();
    int before = LiveArrays.count();
    score();
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void leavesTheGradientCollectorClosed() {
    score();
    assertThatCode(
            () -> {
              try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                assertThat(collector).isNotNull();
              }
            })
        .doesNotThrowAnyException();
  }

  private Scores score() {
    return criterion().score(Scoring.of(network, SEED, start, state, mask));
  }
}
