// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.ParametrizationContract;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SoftMaskTest {

  private static final double S0 = -0.05;
  private static final double LAMBDA = 0.01;

  /** lambda times the sum of sigmoid(beta s) / sigmoid(s_0). */
  private static double penalty(Map<String, double[]> variables, double beta) {
    double sum = 0;
    for (Map.Entry<String, double[]> variable : variables.entrySet()) {
      if (variable.getKey().startsWith(SoftMask.MASK)) {
        for (double s : variable.getValue()) {
          sum += SoftThreshold.g(beta * s) / SoftThreshold.g(S0);
        }
      }
    }
    return LAMBDA * sum;
  }

  /** Before the first iteration beta is 1. */
  @Nested
  class ContractAtFirst extends ParametrizationContract {
    @Override
    protected Parametrization parametrization(Network network, State start) {
      return SoftMask.first(network, S0, 16, LAMBDA);
    }

    @Override
    protected double penalty(Network network, Map<String, double[]> variables) {
      return SoftMaskTest.penalty(variables, 1);
    }
  }

  /** In the middle beta is the root of beta_T, here 4. */
  @Nested
  class ContractInTheMiddle extends ParametrizationContract {
    @Override
    protected Parametrization parametrization(Network network, State start) {
      return new InTheMiddle(SoftMask.first(network, S0, 16, LAMBDA));
    }

    @Override
    protected double penalty(Network network, Map<String, double[]> variables) {
      return SoftMaskTest.penalty(variables, 4);
    }
  }

  /** A soft mask that is at half of a training when it is created. */
  private record InTheMiddle(SoftMask mask) implements Parametrization {
    @Override
    public State variables(Network network, State start) {
      return mask.variables(network, start);
    }

    @Override
    public OnDevice on(Network network, State state, NDManager manager) {
      OnDevice onDevice = mask.on(network, state, manager);
      onDevice.at(50, 100);
      return onDevice;
    }
  }

  @Test
  void startsWithTheWeightsThemselvesAndEndsWithHardGates() {
    try (Network network = TinyProblem.linear();
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      State start = network.initial(new Seed(1, 0).stream("init", 0));
      SoftMask soft = SoftMask.first(network, S0, 400, LAMBDA);
      Map<String, NDArray> variables = new LinkedHashMap<>();
      soft.variables(network, start)
          .tensors()
          .forEach((name, tensor) -> variables.put(name, tensor.on(manager)));
      Parametrization.OnDevice onDevice = soft.on(network, start, manager);
      float[] w = variables.get("fc.weight").toFloatArray();
      float[] first = onDevice.forward(variables).get("fc.weight").toFloatArray();
      for (int i = 0; i < w.length; i++) {
        assertThat(first[i]).isCloseTo(w[i], within(1e-6f));
      }
      onDevice.at(7, 7);
      float[] last = onDevice.forward(variables).get("fc.weight").toFloatArray();
      for (int i = 0; i < w.length; i++) {
        // sigmoid(-20) = 2e-9
        assertThat(last[i]).isCloseTo(0, within(1e-8f));
      }
    }
  }

  @Test
  void nextRoundStartsAtTheScaledGatesButNotAboveTheFirst() {
    SoftMask soft = new SoftMask(gates(S0, S0, S0), S0, 100, LAMBDA);
    SoftMask next = soft.next(gates(0.3, -0.2, -0.0001));
    assertThat(values(next.s())).containsExactly((float) S0, -20, (float) S0);
    assertThat(next.betaT()).isEqualTo(100);
    assertThat(values(soft.next(gates(-0.001, -1, 0)).s()))
        .containsExactly(-0.1f, -100, (float) S0);
  }

  @Test
  void countsTheGatesThatAreNeitherOpenNorClosed() {
    SoftMask soft = new SoftMask(gates(S0, S0, S0), S0, 100, LAMBDA);
    // sigmoid(5) = 0.9933, sigmoid(4) = 0.982, sigmoid(-5) = 0.0067
    assertThat(soft.undecided(gates(0.05, 0.04, -0.05))).isEqualTo(1 / 3.0);
  }

  private static State gates(double... values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return State.of(Map.of(SoftMask.MASK + "w", Tensor.of(new Shape(values.length), floats)));
  }

  private static float[] values(State state) {
    Tensor tensor = state.get(SoftMask.MASK + "w");
    float[] values = new float[tensor.size()];
    tensor.values().get(values);
    return values;
  }

  /** Weights of 0 behind closed units have gradients of 0, and so have their gates. */
  @ParameterizedTest
  @MethodSource("decaying")
  void decaysOtherVariablesAndNoGates(Optimizer optimizer) {
    Training training =
        new Training(
            optimizer,
            new Constant(),
            Span.iterations(0),
            20,
            Span.iterations(4),
            Span.iterations(4));
    try (Network network = TinyProblem.linear();
        LocalTrial trial =
            new LocalTrial(network, TinyProblem.data(40, 0, 20), training, new Seed(1, 0))) {
      SoftMask soft = SoftMask.first(network, S0, 16, 0);
      State start =
          trial
              .initial()
              .map((name, tensor) -> tensor.map(value -> name.equals("fc.bias") ? -1 : 0));
      Trained trained = trial.train(start, soft, trial.plan());
      for (Layer layer : network.layers()) {
        Tensor s = trained.variables().get(SoftMask.MASK + layer.name());
        for (int i = 0; i < s.size(); i++) {
          assertThat(s.get(i)).isEqualTo((float) S0);
        }
      }
      assertThat(trained.variables().get("fc.bias").get(0)).isBetween(-0.95f, -0.1f);
      Trained half = trial.train(start, soft, trial.plan().until(2));
      assertThat(trial.train(half, soft, trial.plan().from(2))).isEqualTo(trained);
    }
  }

  static List<Optimizer> decaying() {
    return List.of(
        new Sgd(0.1, 0.9, false, 0.5, List.of()),
        new Adam(0.1, 0.9, 0.999, 1e-8, 0.5, List.of()),
        new AdamW(0.1, 0.9, 0.999, 1e-8, 0.5, List.of()));
  }
}
