// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Criterion;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.contract.CriterionContract;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CriteriaTest {

  /** Weights at the start and now: grown, shrunk, turned round, grown from 0, fallen to 0. */
  private static final float[] START = {1, -2, 0.5f, 0, -4};

  private static final float[] NOW = {3, -0.5f, -1.5f, 2, 0};

  private final Network network =
      Network.builder(
              "one",
              new NamedBlocks().add("fc", Linear.builder().setUnits(1).build()),
              new Shape(5))
          .build();

  @AfterEach
  void close() {
    network.close();
  }

  static Stream<Arguments> scores() {
    return Stream.of(
        Arguments.of(new Magnitude(), new double[] {3, 0.5, 1.5, 2, 0}),
        Arguments.of(new Criteria.SmallFinal(), new double[] {-3, -0.5, -1.5, -2, 0}),
        Arguments.of(new Criteria.LargeInit(), new double[] {1, 2, 0.5, 0, 4}),
        Arguments.of(new Criteria.SmallInit(), new double[] {-1, -2, -0.5, 0, -4}),
        Arguments.of(new Criteria.LargeInitLargeFinal(), new double[] {1, 0.5, 0.5, 0, 0}),
        Arguments.of(new Criteria.MagnitudeIncrease(), new double[] {2, -1.5, 1, 2, -4}),
        Arguments.of(new Criteria.Movement(), new double[] {2, 1.5, 2, 2, 4}),
        Arguments.of(new Criteria.LargeFinalSameSign(), new double[] {3, 0.5, 0, 0, 0}),
        Arguments.of(new Criteria.LargeFinalDifferentSign(), new double[] {0, 0, 1.5, 0, 0}));
  }

  @ParameterizedTest
  @MethodSource("scores")
  void scoresByStartAndEnd(Criterion criterion, double[] expected) {
    double[] scores = score(criterion, 1, dense());
    assertThat(scores).hasSize(5);
    for (int i = 0; i < scores.length; i++) {
      // All of these are exact in binary; -0 and 0 are one score.
      assertThat(scores[i] + 0.0).as("weight %d", i).isEqualTo(expected[i] + 0.0);
    }
  }

  @Test
  void randomScoresDependOnSeedAndMaskAlone() {
    Criterion random = new Criteria.RandomScores();
    Mask pruned =
        Mask.of(
            network.layers(),
            (layer, bits) -> {
              bits.set(2, 5);
              return bits;
            });
    double[] scores = score(random, 1, dense());
    assertThat(scores).doesNotHaveDuplicates();
    assertThat(Arrays.stream(scores)).allMatch(s -> s >= 0 && s < 1);
    assertThat(score(random, 1, dense())).isEqualTo(scores);
    assertThat(score(random, 2, dense())).isNotEqualTo(scores);
    assertThat(score(random, 1, pruned)).isNotEqualTo(scores);
  }

  private Mask dense() {
    return Mask.dense(network.layers());
  }

  private double[] score(Criterion criterion, long seed, Mask mask) {
    Scores scores =
        criterion.score(
            Scoring.of(
                new Trial.Context(network, new Seed(seed, 0), Set.of()),
                TinyProblem.data(3, 0, 0),
                new Weights(state(START), state(NOW), mask),
                (scoring, weights, precision, batchNorm) -> {
                  throw new AssertionError("these criteria look at weights only");
                }));
    return scores.of(network.layers().get(0));
  }

  private static State state(float[] weights) {
    return State.of(
        Map.of(
            "fc.weight",
            Tensor.of(new Shape(1, 5), weights),
            "fc.bias",
            Tensor.of(new Shape(1), 0)));
  }

  @Nested
  class MagnitudeKeeps extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Magnitude();
    }
  }

  @Nested
  class SmallFinalKeeps extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Criteria.SmallFinal();
    }
  }

  @Nested
  class LargeInitKeeps extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Criteria.LargeInit();
    }
  }

  @Nested
  class SmallInitKeeps extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Criteria.SmallInit();
    }
  }

  @Nested
  class LargeInitLargeFinalKeeps extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Criteria.LargeInitLargeFinal();
    }
  }

  @Nested
  class MagnitudeIncreaseKeeps extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Criteria.MagnitudeIncrease();
    }
  }

  @Nested
  class MovementKeeps extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Criteria.Movement();
    }
  }

  @Nested
  class LargeFinalSameSignKeeps extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Criteria.LargeFinalSameSign();
    }
  }

  @Nested
  class LargeFinalDifferentSignKeeps extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Criteria.LargeFinalDifferentSign();
    }
  }

  @Nested
  class RandomKeeps extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Criteria.RandomScores();
    }
  }
}
