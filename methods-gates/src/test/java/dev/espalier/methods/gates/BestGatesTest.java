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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BestGatesTest {

  private static final long PER_EPOCH = 8;

  /** Observes a training of an epoch each line: how many of five gates are open, and accuracy. */
  private static BestGates.Memory observed(double r, double[]... epochs) {
    try (Network network = Tiny.network()) {
      History history = History.EMPTY;
      BestGates best = new BestGates(r);
      BestGates.Memory memory =
          best.observe(network, trained(0, 5, history, BestGates.Memory.NONE));
      assertThat(memory).isEqualTo(new BestGates.Memory(List.of(1f), Optional.empty()));
      for (int epoch = 1; epoch <= epochs.length; epoch++) {
        Evaluation validation = new Evaluation(1, List.of(epochs[epoch - 1][1]));
        history =
            history.with(
                new History.Point(epoch * PER_EPOCH, Evaluation.NONE, validation, Evaluation.NONE));
        int open = (int) epochs[epoch - 1][0];
        memory = best.observe(network, trained(epoch, open, history, memory));
      }
      return memory;
    }
  }

  private static Trained trained(int epoch, int open, History history, BestGates.Memory memory) {
    State variables = State.of(Map.of(Gates.GATES, gates(epoch, open)));
    return new Trained(
        epoch * PER_EPOCH,
        State.EMPTY,
        variables,
        State.EMPTY,
        Trained.Running.NONE,
        history,
        Optional.of(memory));
  }

  private static Tensor gates(int epoch, int open) {
    float[] values = new float[5];
    for (int i = 0; i < open; i++) {
      values[i] = 1f / (1 + epoch);
    }
    return Tensor.of(new Shape(5), values);
  }

  @Test
  void keptAreTheGatesOfBestAccuracyAmongTheEpochsThatAreSparseEnough() {
    BestGates.Memory memory =
        observed(
            0.4,
            new double[] {4, 0.99}, // too many are open
            new double[] {2, 0.7}, // exactly r
            new double[] {1, 0.8},
            new double[] {2, 0.8}, // no better
            new double[] {1, 0.6});
    assertThat(memory.choice()).contains(new BestGates.Choice(3, 0.8, gates(3, 1)));
    assertThat(memory.densities()).containsExactly(1f, 0.8f, 0.4f, 0.2f, 0.4f, 0.2f);
  }

  @Test
  void noneAreKeptWhereNoEpochIsSparseEnough() {
    assertThat(observed(0.3, new double[] {5, 0.9}, new double[] {2, 0.8}))
        .isEqualTo(new BestGates.Memory(List.of(1f, 1f, 0.4f), Optional.empty()));
  }

  @Test
  void theNetworkBeforeTrainingIsNotChosen() {
    assertThat(observed(1).choice()).isEmpty();
    assertThat(epoch(observed(1, new double[] {5, 0.2}))).isEqualTo(1);
  }

  @Test
  void accuraciesThatDifferByOneExampleOfTenThousandDiffer() {
    assertThat(epoch(observed(1, new double[] {5, 9122 / 1e4}, new double[] {5, 9123 / 1e4})))
        .isEqualTo(2);
    assertThat(epoch(observed(1, new double[] {5, 9123 / 1e4}, new double[] {5, 9123 / 1e4})))
        .isEqualTo(1);
  }

  private static int epoch(BestGates.Memory memory) {
    return memory.choice().orElseThrow().epoch();
  }
}
