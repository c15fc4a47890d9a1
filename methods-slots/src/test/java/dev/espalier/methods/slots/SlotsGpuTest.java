// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Slot machines on a GPU. */
class SlotsGpuTest {

  @BeforeAll
  static void needsAGpu() {
    assumeTrue(
        Engine.getInstance().getGpuCount() > 0,
        "the engine finds no GPU: slot machines on one are not tested here");
  }

  @Test
  void aGpuComputesTheSameBitsOfValues() {
    try (NDManager manager = NDManager.newBaseManager(Device.gpu())) {
      Generator generator = new Generator(new Seed(1, 0).stream("values/fc1.weight", 3));
      try (NDArray numbers = generator.on(manager, 0.07).numbers(new Shape(300, 784))) {
        assertThat(numbers.getDevice().isGpu()).isTrue();
        assertThat(numbers.toFloatArray()).isEqualTo(generator.numbers(300 * 784, 0.07));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Values.class)
  void selectionLearnsFarAboveChance(Values values) {
    assertThat(accuracies(Selection.GREEDY, values, 0.2)).allMatch(accuracy -> accuracy > 0.6);
  }

  @Test
  void samplingLearnsFarAboveChance() {
    assertThat(accuracies(Selection.SAMPLING, Values.REGENERATED, 25))
        .hasSize(2)
        .allMatch(accuracy -> accuracy > 0.5);
  }

  private static List<Double> accuracies(Selection selection, Values values, double rate) {
    Training training =
        new Training(
            new Sgd(rate, 0.9, false, 1e-4, List.of()),
            new Constant(),
            Span.iterations(0),
            25,
            Span.epochs(40),
            Span.epochs(40));
    try (Network network = SlotMachinesTest.wide();
        LocalTrial trial =
            new LocalTrial(
                network, TinyProblem.data(300, 50, 200), training, new Seed(1, 0), Device.gpu())) {
      new SlotMachines(
              new SlotMachines.Settings(
                  8, selection, values, Sigma.GLOROT_UNIFORM, 1, 1, 2, Optional.empty()))
          .run(trial);
      return trial.tickets().stream()
          .map(ticket -> ticket.trained().history().last().orElseThrow().test().score())
          .toList();
    }
  }
}
