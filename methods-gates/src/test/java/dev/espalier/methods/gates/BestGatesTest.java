// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Trained;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BestGatesTest {

  private static final long PER_EPOCH = 8;

  /** Looks at a training of an epoch each line: how many of five gates are open, and accuracy. */
  private static State looked(double r, double[]... epochs) {
    try (Network network = Tiny.network()) {
      History history = History.EMPTY;
      BestGates best = new BestGates(r);
      State seen = best.look(network, trained(0, 5, history, State.EMPTY));
      assertThat(seen.names()).containsExactly(BestGates.DENSITIES);
      for (int epoch = 1; epoch <= epochs.length; epoch++) {
        Evaluation validation = new Evaluation(1, epochs[epoch - 1][1]);
        history =
            history.with(
                new History.Point(epoch * PER_EPOCH, Evaluation.NONE, validation, Evaluation.NONE));
        int open = (int) epochs[epoch - 1][0];
        seen = best.look(network, trained(epoch, open, history, seen));
      }
      return seen;
    }
  }

  private static Trained trained(int epoch, int open, History history, State seen) {
    State variables = State.of(Map.of(Gates.GATES, gates(epoch, open)));
    return new Trained(
        epoch * PER_EPOCH,
        State.EMPTY,
        variables,
        State.EMPTY,
        Trained.Running.NONE,
        history,
        seen);
  }

  private static Tensor gates(int epoch, int open) {
    float[] values = new float[5];
    for (int i = 0; i < open; i++) {
      values[i] = 1f / (1 + epoch);
    }
    return Tensor.of(new Shape(5), values);
  }

  private static float number(State seen, String name) {
    assertThat(seen.get(name).shape()).isEqualTo(new Shape(1));
    return seen.get(name).get(0);
  }

  @Test
  void keptAreTheGatesOfBestAccuracyAmongTheEpochsThatAreSparseEnough() {
    State seen =
        looked(
            0.4,
            new double[] {4, 0.99}, // too many are open
            new double[] {2, 0.7}, // exactly r
            new double[] {1, 0.8},
            new double[] {2, 0.8}, // no better
            new double[] {1, 0.6});
    assertThat(number(seen, BestGates.EPOCH)).isEqualTo(3);
    assertThat(number(seen, BestGates.ACCURACY)).isEqualTo(0.8f);
    assertThat(seen.get(Gates.GATES)).isEqualTo(gates(3, 1));
    assertThat(seen.get(BestGates.DENSITIES))
        .isEqualTo(Tensor.of(new Shape(6), 1, 0.8f, 0.4f, 0.2f, 0.4f, 0.2f));
  }

  @Test
  void noneAreKeptWhereNoEpochIsSparseEnough() {
    State seen = looked(0.3, new double[] {5, 0.9}, new double[] {2, 0.8});
    assertThat(seen.names()).containsExactly(BestGates.DENSITIES);
    assertThat(seen.get(BestGates.DENSITIES)).isEqualTo(Tensor.of(new Shape(3), 1, 1, 0.4f));
  }

  @Test
  void theNetworkBeforeTrainingIsNotChosen() {
    assertThat(looked(1).names()).containsExactly(BestGates.DENSITIES);
    assertThat(number(looked(1, new double[] {5, 0.2}), BestGates.EPOCH)).isEqualTo(1);
  }

  @Test
  void accuraciesThatDifferByOneExampleOfTenThousandDiffer() {
    State seen = looked(1, new double[] {5, 9122 / 1e4}, new double[] {5, 9123 / 1e4});
    assertThat(number(seen, BestGates.EPOCH)).isEqualTo(2);
    seen = looked(1, new double[] {5, 9123 / 1e4}, new double[] {5, 9123 / 1e4});
    assertThat(number(seen, BestGates.EPOCH)).isEqualTo(1);
  }
}
