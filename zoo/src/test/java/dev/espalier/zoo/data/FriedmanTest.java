// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Evaluation;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.zoo.models.Mlp;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class FriedmanTest {

  @Test
  void theTargetFollowsTheFormula() {
    int rows = 100_000;
    Data data = new Friedman(rows, 2, 1).load(Prepared.inMemory());
    FloatBuffer inputs = (FloatBuffer) data.train().features().values();
    FloatBuffer targets = (FloatBuffer) data.train().targets().values();
    double[] correlation = new double[10];
    for (int i = 0; i < 10 * rows; i++) {
      correlation[i % 10] += inputs.get(i) * targets.get(i / 10) / rows;
    }
    assertThat(correlation[0]).isCloseTo(correlation[1], within(0.02));
    assertThat(correlation[0]).isGreaterThan(0.3);
    assertThat(correlation[2]).isCloseTo(0, within(0.02)); // a parabola about its mean
    assertThat(correlation[3]).isCloseTo(2 * correlation[4], within(0.02)); // 10 x4 + 5 x5
    assertThat(correlation[4]).isGreaterThan(0.25);
    for (int i = 5; i < 10; i++) {
      assertThat(correlation[i]).isCloseTo(0, within(0.02));
    }
    assertThat(data.train().targets().variance()).isCloseTo(1, within(1e-6));
    assertThat(data.input()).isEqualTo(new Shape(10));
  }

  @Test
  void moreRowsExtendFewer() {
    // Standardisation differs, so that the second row less the first has another scale alone.
    Data five = new Friedman(5, 4, 1).load(Prepared.inMemory());
    Data ten = new Friedman(10, 4, 1).load(Prepared.inMemory());
    for (int column = 0; column < 10; column++) {
      assertThat(ratio(five, column)).isCloseTo(ratio(ten, column), within(1e-3f));
    }
  }

  /** The step from row 1 to row 2 of a column, by that from row 0 to row 1. */
  private static float ratio(Data data, int column) {
    FloatBuffer x = (FloatBuffer) data.train().features().values();
    return (x.get(20 + column) - x.get(10 + column)) / (x.get(10 + column) - x.get(column));
  }

  @Test
  void aPerceptronExplainsMostOfTheVariance() {
    Data data = new Friedman(500, 200, 1).load(Prepared.inMemory());
    Training training =
        new Training(
            new Adam(0.01),
            new Constant(),
            Span.iterations(0),
            50,
            Span.epochs(30),
            Span.epochs(30));
    try (Network network =
            new Mlp(List.of(16), true, Initialiser.GLOROT_NORMAL).build(data.task());
        LocalTrial trial = new LocalTrial(network, data, training, new Seed(1, 0))) {
      Evaluation test =
          trial
              .train(trial.initial(), Parametrization.dense(), trial.plan())
              .history()
              .last()
              .orElseThrow()
              .test();
      // The noise of variance 1 leaves about 0.96 to be explained; a line explains about 0.73.
      assertThat(test.score()).isBetween(0.8, 0.97);
      assertThat(test.values().get(1)).isLessThan(0.45);
    }
  }
}
