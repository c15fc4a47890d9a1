// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.Gradients;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The same on a GPU: within a tolerance, since sums there have no fixed order. */
class GpuTest {

  private static final Data DATA = TinyProblem.data(200, 50, 100);

  @BeforeAll
  static void needsAGpu() {
    assumeTrue(
        Engine.getInstance().getGpuCount() > 0,
        "the engine finds no GPU: training on one is not tested here");
  }

  @Test
  void agreesWithTheCpu() {
    try (Network network = TinyProblem.convolutional()) {
      Trained cpu = trained(network, Device.cpu(), 25);
      Trained gpu = trained(network, Device.gpu(), 25);
      for (String name : cpu.state().names()) {
        for (int i = 0; i < cpu.state().get(name).size(); i++) {
          // 25 small steps of float32 with other orders of summation
          assertThat(gpu.state().get(name).get(i))
              .as("%s[%d]", name, i)
              .isCloseTo(cpu.state().get(name).get(i), within(2e-3f));
        }
      }
      assertThat(gpu.history().last().orElseThrow().test().loss())
          .isCloseTo(cpu.history().last().orElseThrow().test().loss(), within(5e-3));
      assertThat(gpu.history().last().orElseThrow().train().loss())
          .isCloseTo(cpu.history().last().orElseThrow().train().loss(), within(5e-3));
    }
  }

  @Test
  void learnsWellAboveChanceUnderAMaskWithDeadWeightsAtZero() {
    try (Network network = TinyProblem.convolutional()) {
      Trained gpu = trained(network, Device.gpu(), 150);
      assertThat(gpu.history().last().orElseThrow().test().score()).isGreaterThan(0.7);
      Mask mask = half(network);
      for (Layer layer : network.layers()) {
        for (int i = layer.size() / 2; i < layer.size(); i++) {
          assertThat(gpu.state().get(layer.name()).get(i)).isZero();
        }
        assertThat(mask.kept(layer)).isEqualTo(layer.size() / 2);
      }
    }
  }

  @Test
  void gradientsAndHessianProductsAgreeWithTheCpu() {
    try (Network network = TinyProblem.convolutional()) {
      Map<String, double[]> cpu = hessianTimesGradient(network, Device.cpu());
      Map<String, double[]> gpu = hessianTimesGradient(network, Device.gpu());
      cpu.forEach(
          (name, products) -> {
            for (int i = 0; i < products.length; i++) {
              assertThat(gpu.get(name)[i])
                  .as("%s[%d]", name, i)
                  .isCloseTo(products[i], within(1e-9));
            }
          });
    }
  }

  @Test
  void theAnalysisIsThatOfTheCpu() {
    try (Network network = TinyProblem.convolutional();
        TrainingEngine cpu = new TrainingEngine(network, DATA, Device.cpu());
        TrainingEngine gpu = new TrainingEngine(network, DATA, Device.gpu())) {
      assertThat(gpu.analyse(half(network))).isEqualTo(cpu.analyse(half(network)));
    }
  }

  private static Map<String, double[]> hessianTimesGradient(Network network, Device device) {
    Seed seed = new Seed(1, 0);
    State state = network.initial(seed.stream("init", 0));
    int[] rows = {0, 1, 2, 3, 4, 5, 6, 7};
    try (TrainingEngine engine = new TrainingEngine(network, DATA, device)) {
      Scoring scoring =
          Scoring.of(
              new Trial.Context(network, seed, Set.of()),
              DATA,
              new Weights(state, state, half(network)),
              engine);
      try (Gradients gradients = scoring.at(state, DataType.FLOAT64, Gradients.BatchNorm.BATCH)) {
        Supplier<NDArray> loss =
            () -> gradients.loss(gradients.outputs(gradients.features(rows)), rows);
        Map<String, NDArray> g = gradients.of(loss);
        Map<String, double[]> products = new LinkedHashMap<>();
        gradients
            .hessianTimes(g, List.of(loss))
            .forEach(
                (name, array) -> {
                  assertThat(array.getDevice()).isEqualTo(device);
                  products.put(name, Gradients.doubles(array));
                });
        return products;
      }
    }
  }

  @Test
  void freesEverything() {
    int before = LiveArrays.count();
    try (Network network = TinyProblem.convolutional()) {
      trained(network, Device.gpu(), 25);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void aLossThatIsNotFiniteNamesItsIteration() {
    // Losses are read many at a time there; the message names the step that failed all the same.
    try (Network network = TinyProblem.linear();
        LocalTrial trial =
            new LocalTrial(
                network, DATA, training(new Sgd(1e30), 25), new Seed(1, 0), Device.gpu())) {
      State start = trial.initial();
      Assertions.assertThatThrownBy(() -> trial.train(start, Parametrization.dense(), trial.plan()))
          .isInstanceOf(TrialFailed.class)
          .hasMessageContaining("iteration 1 ");
    }
  }

  private static Trained trained(Network network, Device device, long steps) {
    Sgd sgd = new Sgd(0.05, 0.9, true, 1e-4, List.of());
    try (LocalTrial trial =
        new LocalTrial(network, DATA, training(sgd, steps), new Seed(1, 0), device)) {
      return trial.train(trial.initial(), Parametrization.masked(half(network)), trial.plan());
    }
  }

  private static Mask half(Network network) {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          bits.set(0, layer.size() / 2);
          return bits;
        });
  }

  private static Training training(Sgd sgd, long steps) {
    return new Training(
        sgd, new Constant(), Span.iterations(5), 20, Span.iterations(steps), Span.epochs(1));
  }
}
