// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Training under a mask. */
class MaskedTrainingTest {

  private static final Data DATA = TinyProblem.data(40, 0, 10);

  private final Network network = TinyProblem.convolutional();
  private final Mask mask =
      Mask.of(
          network.layers(),
          (layer, bits) -> {
            for (int i = 0; i < layer.size(); i++) {
              bits.set(i, i % 3 == 1);
            }
            return bits;
          });

  @AfterEach
  void close() {
    network.close();
  }

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        new Sgd(0.1),
        new Sgd(0.1, 0, false, 0.1, List.of()),
        new Sgd(0.1, 0.9, false, 0.1, List.of()),
        new Sgd(0.1, 0.9, true, 0.1, List.of()),
        new Adam(0.01, 0.9, 0.999, 1e-8, 0.1, List.of()),
        new AdamW(0.01, 0.9, 0.999, 1e-8, 0.1, List.of()));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void deadWeightsAreExactlyZeroAfterEveryStep(Optimizer optimizer) {
    int[] steps = new int[1];
    TrainingListener everyStep =
        new TrainingListener() {
          @Override
          public boolean step(long iteration) {
            return true;
          }

          @Override
          public void checkpoint(Trained sofar) {
            steps[0]++;
            assertDeadAreZeroAndOthersAreNot(sofar.state());
            assertThat(sofar.variables().get("fc.weight"))
                .isEqualTo(sofar.state().get("fc.weight"));
          }
        };
    Parametrization masked = Parametrization.masked(mask);
    try (TrainingEngine engine = new TrainingEngine(network, DATA, Device.cpu())) {
      Plan plan = Plan.of(training(optimizer), 40);
      State start = network.initial(new Seed(1, 0).stream("init", 0));
      Trained trained =
          engine.train(
              new Seed(1, 0), Trained.begin(network, start, masked, 0), masked, plan, everyStep);
      assertDeadAreZeroAndOthersAreNot(trained.state());
      assertThat(steps[0]).isEqualTo(14);
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void deadWeightsStayZeroUnderMomentumFromBeforePruning(Optimizer optimizer) {
    try (LocalTrial trial = trial(optimizer)) {
      Trained dense = trial.train(trial.initial(), Parametrization.dense(), trial.plan().until(7));
      Trained pruned =
          trial.train(dense, Parametrization.masked(mask), trial.plan().from(7).until(8));
      assertDeadAreZeroAndOthersAreNot(pruned.state());
      Trained further = trial.train(pruned, Parametrization.masked(mask), trial.plan().from(8));
      assertDeadAreZeroAndOthersAreNot(further.state());
    }
  }

  @Test
  void goingOnFromADenseTrainingPrunesBeforeTheFirstStep() {
    Optimizer momentum = new Sgd(0.1, 0.9, false, 0, List.of());
    try (LocalTrial trial = trial(momentum)) {
      Plan rest = trial.plan().from(7);
      Trained dense = trial.train(trial.initial(), Parametrization.dense(), trial.plan().until(7));
      Trained byHand =
          new Trained(
              7,
              mask.apply(dense.state()),
              mask.apply(dense.variables()),
              dense.optimizer(),
              dense.running(),
              dense.history());
      assertThat(trial.train(dense, Parametrization.masked(mask), rest))
          .isEqualTo(trial.train(byHand, Parametrization.masked(mask), rest));
      // An empty stretch prunes too.
      assertDeadAreZeroAndOthersAreNot(
          trial.train(dense, Parametrization.masked(mask), rest.until(7)).state());
    }
  }

  @Test
  void goingOnUnderAMaskEqualsOneGoBitForBit() {
    Parametrization masked = Parametrization.masked(mask);
    try (LocalTrial trial = trial(new Adam(0.01))) {
      Trained whole = trial.train(trial.initial(), masked, trial.plan());
      Trained half = trial.train(trial.initial(), masked, trial.plan().until(6));
      assertThat(trial.train(half, masked, trial.plan().from(6))).isEqualTo(whole);
    }
  }

  @Test
  void aDenseMaskTrainsAsNoMaskDoes() {
    Parametrization all = Parametrization.masked(Mask.dense(network.layers()));
    assertThat(all).isEqualTo(Parametrization.dense());
  }

  @Test
  void whatIsPrunedDoesNotMatter() {
    // The start's dead values reach neither the survivors nor the biases.
    try (LocalTrial trial = trial(new Sgd(0.1, 0.9, false, 0.01, List.of()))) {
      State start = trial.initial();
      Map<String, Tensor> filled = new HashMap<>();
      for (Layer layer : network.layers()) {
        float[] values = new float[layer.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = mask.keeps(layer, i) ? start.get(layer.name()).get(i) : 1e6f;
        }
        filled.put(layer.name(), Tensor.of(layer.shape(), values));
      }
      State other = start.with(State.of(filled));
      assertThat(trial.train(other, Parametrization.masked(mask), trial.plan()).state())
          .isEqualTo(trial.train(start, Parametrization.masked(mask), trial.plan()).state());
    }
  }

  @Test
  void aFrozenLayerMayBePruned() {
    network.parameters().get("fc.weight").freeze(true);
    try (LocalTrial trial = trial(new Sgd(0.1))) {
      State start = trial.initial();
      State state = trial.train(start, Parametrization.masked(mask), trial.plan()).state();
      assertThat(state.get("fc.weight")).isEqualTo(mask.apply(start).get("fc.weight"));
      assertDeadAreZeroAndOthersAreNot(state);
    }
  }

  /** The gradient of a dead weight is left as it is: the projection undoes what it does. */
  @Test
  void pullsTheGradientOfLivingWeightsBackAsAutogradOfMaskTimesWeight() {
    NamedBlocks block = new NamedBlocks().add("fc", Linear.builder().setUnits(2).build());
    Shape shape = new Shape(2, 3);
    float[] w = {1, -2, 3, 4, -5, 6};
    float[] m = {1, 0, 1, 0, 0, 1};
    try (Network small = Network.builder("small", block, new Shape(3)).build();
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Mask kept = Mask.of(small.layers(), (layer, bits) -> BitSet.valueOf(new long[] {0b100101}));
      NDArray x = manager.create(new float[] {1, 2, 3, -1, 0, 2}, shape);

      // A dense layer that holds m * w: autograd goes through the product.
      NDArray variable = manager.create(w, shape);
      variable.setRequiresGradient(true);
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        collector.backward(loss(variable.mul(manager.create(m, shape)), x));
      }

      // The parametrization: autograd sees the effective weights only.
      State start =
          State.of(
              Map.of("fc.weight", Tensor.of(shape, w), "fc.bias", Tensor.of(new Shape(2), 0, 0)));
      Parametrization masked = Parametrization.masked(kept);
      Map<String, NDArray> variables = new HashMap<>();
      masked
          .variables(small, start)
          .tensors()
          .forEach((name, tensor) -> variables.put(name, tensor.on(manager)));
      Parametrization.OnDevice live = masked.on(small, start, manager);
      NDArray effective = live.forward(variables).get("fc.weight");
      assertThat(effective.toFloatArray()).containsExactly(1, 0, 3, 0, 0, 6);
      NDArray leaf = effective.stopGradient();
      leaf.setRequiresGradient(true);
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        collector.backward(loss(leaf, x));
      }
      Map<String, NDArray> gradients = new HashMap<>();
      gradients.put("fc.weight", leaf.getGradient());
      gradients.put("fc.bias", manager.zeros(new Shape(2)));
      Map<String, NDArray> updates = new HashMap<>();
      live.pullback(variables, gradients, updates::put);
      NDArray pulled = updates.get("fc.weight");

      float[] expected = variable.getGradient().toFloatArray();
      for (int i = 0; i < m.length; i++) {
        assertThat(m[i] * pulled.toFloatArray()[i]).isEqualTo(expected[i]);
      }
      assertThat(expected[0]).isNotZero();
    }
  }

  private static NDArray loss(NDArray weight, NDArray x) {
    NDArray y = x.dot(weight.transpose());
    return y.mul(y).sum();
  }

  private void assertDeadAreZeroAndOthersAreNot(State state) {
    for (Layer layer : network.layers()) {
      for (int i = 0; i < layer.size(); i++) {
        float value = state.get(layer.name()).get(i);
        assertThat(value == 0)
            .as("%s[%d] = %s", layer.name(), i, value)
            .isNotEqualTo(mask.keeps(layer, i));
      }
    }
  }

  private LocalTrial trial(Optimizer optimizer) {
    return new LocalTrial(network, DATA, training(optimizer), new Seed(1, 0));
  }

  private static Training training(Optimizer optimizer) {
    return new Training(
        optimizer, new Constant(), Span.iterations(0), 8, Span.epochs(3), Span.epochs(1));
  }
}
