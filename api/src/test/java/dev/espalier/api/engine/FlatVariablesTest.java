// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.espalier.api.History;
import dev.espalier.api.Moments;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.DecayExemption;
import dev.espalier.api.train.Sgd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Common arrays have the bits of separate variables. */
class FlatVariablesTest {

  private static final Seed SEED = new Seed(1, 0);
  private static final int STEPS = 5;
  private static final List<DecayExemption> BOTH =
      List.of(DecayExemption.BIAS, DecayExemption.BATCH_NORM);

  private final Network network = TinyProblem.convolutional();
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void close() {
    manager.close();
    network.close();
  }

  static Stream<Arguments> cases() {
    List<Optimizer> optimizers =
        List.of(
            new Sgd(0.1),
            new Sgd(0.1, 0.9, false, 0.01, BOTH),
            new Sgd(0.1, 0.9, true, 0, List.of()),
            new Adam(0.01, 0.9, 0.999, 1e-8, 0.1, List.of(DecayExemption.BIAS)),
            new AdamW(0.01, 0.9, 0.999, 1e-8, 0.1, BOTH));
    // All in one chunk; fc.weight, of 40 weights, alone; fc.weight in parts of 16.
    return optimizers.stream()
        .flatMap(rule -> Stream.of(1 << 10, 150, 16).map(largest -> Arguments.of(rule, largest)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void chunksHaveTheBitsOfSeparateVariables(Optimizer optimizer, int largest) {
    Parametrization masked = Parametrization.masked(everyThird());
    Trained from = begin(masked);
    FlatVariables flat = new FlatVariables(network, masked, optimizer, from, largest, manager);
    Map<String, NDArray> separate = new LinkedHashMap<>();
    Map<String, Optimizer.Updater> updaters = new LinkedHashMap<>();
    Map<String, Moments> moments = new LinkedHashMap<>();
    from.variables().tensors().forEach((name, tensor) -> separate.put(name, tensor.on(manager)));
    separate.forEach(
        (name, w) -> {
          moments.put(name, new Moments(w));
          boolean isDecayed = optimizer.isDecayed(network, name);
          Optimizer rule = isDecayed ? optimizer : optimizer.withoutWeightDecay();
          updaters.put(name, rule.on(w, moments.get(name)));
        });
    for (int i = 0; i < STEPS; i++) {
      Map<String, NDArray> g = gradients(i);
      flat.step(0.1 / (i + 1), update -> gradients(g).forEach(update));
      for (String name : separate.keySet()) {
        moments.get(name).count();
        updaters.get(name).step(g.get(name).duplicate(), 0.1 / (i + 1));
      }
      project(separate);
      assertThat(values(flat.arrays())).isEqualTo(values(separate));
    }
    assertThat(values(separate)).isNotEqualTo(from.variables());
    Map<String, Tensor> saved = new LinkedHashMap<>();
    moments.forEach(
        (name, each) ->
            each.arrays()
                .forEach((moment, array) -> saved.put(moment + "/" + name, Tensor.of(array))));
    State found = flat.moments();
    saved.forEach((name, tensor) -> assertThat(found.get(name)).as(name).isEqualTo(tensor));
    boolean isCounted = moments.values().iterator().next().isCounted();
    assertThat(found.names()).hasSize(saved.size() + (isCounted ? 1 : 0));
    assertThat(found.names().contains("step")).isEqualTo(isCounted);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void anotherSizeOfChunksResumesBitForBit(Optimizer optimizer, int largest) {
    Parametrization dense = Parametrization.dense();
    FlatVariables whole =
        new FlatVariables(network, dense, optimizer, begin(dense), largest, manager);
    train(whole, 0, STEPS);
    FlatVariables first =
        new FlatVariables(network, dense, optimizer, begin(dense), largest, manager);
    train(first, 0, 2);
    State values = values(first.arrays());
    Trained half =
        new Trained(2, values, values, first.moments(), Trained.Running.NONE, History.EMPTY);
    FlatVariables second = new FlatVariables(network, dense, optimizer, half, 40, manager);
    train(second, 2, STEPS);
    assertThat(values(second.arrays())).isEqualTo(values(whole.arrays()));
    assertThat(second.moments()).isEqualTo(whole.moments());
  }

  @Test
  void aVariableWithoutAGradientKeepsItsValue() {
    Sgd sgd = new Sgd(0.1, 0.9, false, 0.5, List.of());
    Parametrization dense = Parametrization.dense();
    FlatVariables flat = new FlatVariables(network, dense, sgd, begin(dense), 1 << 10, manager);
    State before = values(flat.arrays());
    Map<String, NDArray> g = gradients(0);
    g.remove("conv.weight");
    flat.step(0.1, g::forEach);
    State after = values(flat.arrays());
    for (String name : before.names()) {
      assertThat(after.get(name).equals(before.get(name)))
          .as(name)
          .isEqualTo(name.equals("conv.weight"));
    }
  }

  @Test
  void theDeadWeightsAreResetAtTheStart() {
    State start = network.initial(SEED.stream("init", 0));
    Trained dense = Trained.begin(network, start, Parametrization.dense(), 0);
    Mask mask = everyThird();
    FlatVariables flat =
        new FlatVariables(network, Parametrization.masked(mask), new Sgd(0.1), dense, 16, manager);
    assertThat(values(flat.arrays()))
        .isEqualTo(mask.apply(dense.variables()))
        .isNotEqualTo(dense.variables());
  }

  @Test
  void stepsLeaveNothingBehind() {
    Parametrization masked = Parametrization.masked(everyThird());
    FlatVariables flat =
        new FlatVariables(network, masked, new Adam(0.1), begin(masked), 16, manager);
    train(flat, 0, 2);
    int before = LiveArrays.count();
    train(flat, 2, STEPS);
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void aParametrizationWithoutVariablesTrainsNothing() {
    Trained none =
        new Trained(0, State.EMPTY, State.EMPTY, State.EMPTY, Trained.Running.NONE, History.EMPTY);
    Parametrization dense = Parametrization.dense();
    FlatVariables flat = new FlatVariables(network, dense, new Adam(0.1), none, 16, manager);
    flat.step(0.1, update -> {});
    assertThat(flat.arrays()).isEmpty();
    assertThat(flat.moments()).isEqualTo(State.EMPTY);
  }

  private void train(FlatVariables flat, int from, int until) {
    for (int i = from; i < until; i++) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        flat.step(0.1, gradients(i)::forEach);
      }
    }
  }

  private Trained begin(Parametrization parametrization) {
    State start = network.initial(SEED.stream("init", 0));
    return Trained.begin(network, start, parametrization, 0);
  }

  private Mask everyThird() {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          for (int i = 0; i < layer.size(); i += 3) {
            bits.set(i);
          }
          return bits;
        });
  }

  private void project(Map<String, NDArray> variables) {
    Mask mask = everyThird();
    mask.layers().forEach(layer -> variables.get(layer.name()).muli(mask.on(layer, manager)));
  }

  private Map<String, NDArray> gradients(int step) {
    Map<String, NDArray> gradients = new LinkedHashMap<>();
    begin(Parametrization.dense())
        .variables()
        .tensors()
        .forEach(
            (name, tensor) -> {
              float[] values = new float[tensor.size()];
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) (SEED.stream(name, step * 1000L + i).nextDouble() - 0.5);
              }
              gradients.put(name, Tensor.of(tensor.shape(), values).on(manager));
            });
    return gradients;
  }

  private static Map<String, NDArray> gradients(Map<String, NDArray> gradients) {
    Map<String, NDArray> copies = new LinkedHashMap<>();
    gradients.forEach((name, g) -> copies.put(name, g.duplicate()));
    return copies;
  }

  private static State values(Map<String, NDArray> arrays) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    arrays.forEach((name, array) -> values.put(name, Tensor.of(array)));
    return State.of(values);
  }
}
