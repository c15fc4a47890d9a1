// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.ParametrizationContract;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ScalePenaltyTest {

  private static final Data DATA = TinyProblem.data(40, 0, 10);
  private static final double RATE = 0.125;

  private final Network network = TinyProblem.convolutional();

  @AfterEach
  void close() {
    network.close();
  }

  @Nested
  class KeepsTheContract extends ParametrizationContract {
    @Override
    protected Parametrization parametrization(Network network, State start) {
      return new ScalePenalty(0.25);
    }

    @Override
    protected double penalty(Network network, Map<String, double[]> variables) {
      return 0.25 * Arrays.stream(variables.get("bn.gamma")).map(Math::abs).sum();
    }
  }

  @Test
  void addsTheStrengthTimesTheSignToTheGradientOfGammasAndToNothingElse() {
    State start = initial().with(State.of(Map.of("bn.gamma", Tensor.of(new Shape(2), -0.5f, 0))));
    Parametrization penalty = new ScalePenalty(0.25);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Map<String, NDArray> variables = new LinkedHashMap<>();
      penalty
          .variables(network, start)
          .tensors()
          .forEach((name, tensor) -> variables.put(name, tensor.on(manager)));
      Map<String, NDArray> gradients = new HashMap<>();
      variables.forEach((name, array) -> gradients.put(name, array.onesLike()));
      Parametrization.OnDevice live = penalty.on(network, start, manager);
      assertThat(live.forward(variables)).isEqualTo(variables);
      Map<String, float[]> updates = new LinkedHashMap<>();
      live.pullback(
          variables, gradients, (name, gradient) -> updates.put(name, gradient.toFloatArray()));
      assertThat(updates.keySet()).isEqualTo(variables.keySet());
      // 1 - 0.25, and at a gamma of 0 nothing
      assertThat(updates.remove("bn.gamma")).containsExactly(0.75f, 1);
      assertThat(updates.values()).allSatisfy(gradient -> assertThat(gradient).containsOnly(1));
      assertThat(variables.get("bn.gamma").toFloatArray()).containsExactly(-0.5f, 0);
    }
  }

  @Test
  void oneStepOfGradientDescentMovesEachGammaByTheStrengthTowardsZero() {
    State start =
        initial().with(State.of(Map.of("bn.gamma", Tensor.of(new Shape(2), -0.75f, 1.5f))));
    State dense = train(start, Parametrization.dense(), 1).state();
    State penalised = train(start, new ScalePenalty(0.5), 1).state();
    Tensor before = dense.get("bn.gamma");
    Tensor after = penalised.get("bn.gamma");
    assertThat(after.get(0)).isCloseTo((float) (before.get(0) + RATE * 0.5), within(1e-6f));
    assertThat(after.get(1)).isCloseTo((float) (before.get(1) - RATE * 0.5), within(1e-6f));
    for (String name : dense.names()) {
      if (!name.equals("bn.gamma")) {
        assertThat(penalised.get(name)).as(name).isEqualTo(dense.get(name));
      }
    }
  }

  @Test
  void withoutStrengthTheTrainingIsTheOrdinaryOneBitForBit() {
    assertThat(ScalePenalty.of(0)).isEqualTo(Parametrization.dense());
    assertThat(ScalePenalty.of(0.1)).isEqualTo(new ScalePenalty(0.1));
    Trained dense = train(initial(), Parametrization.dense(), 15);
    assertThat(train(initial(), new ScalePenalty(0), 15)).isEqualTo(dense);
    assertThat(train(initial(), new ScalePenalty(1e-3), 15)).isNotEqualTo(dense);
  }

  private State initial() {
    return network.initial(new Seed(1, 0).stream("init", 0));
  }

  private Trained train(State start, Parametrization parametrization, long iterations) {
    try (LocalTrial trial = trial(iterations)) {
      return trial.train(start, parametrization, trial.plan());
    }
  }

  private LocalTrial trial(long iterations) {
    Training training =
        new Training(
            new Sgd(RATE, 0.9, false, 1e-4, List.of()),
            new Constant(),
            Span.iterations(0),
            8,
            Span.iterations(iterations),
            Span.epochs(1));
    return new LocalTrial(network, DATA, training, new Seed(1, 0));
  }
}
