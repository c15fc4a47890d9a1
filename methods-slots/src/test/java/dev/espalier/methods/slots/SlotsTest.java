// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.ParametrizationContract;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SlotsTest {

  private static final Seed SEED = new Seed(1, 0);
  private static final Data DATA = TinyProblem.data(200, 50, 100);

  private static Slots slots(int k, Selection selection, Values values) {
    return new Slots(k, selection, values, Sigma.GLOROT_UNIFORM, 1, 1, SEED);
  }

  private static Slots greedy(int k) {
    return slots(k, Selection.GREEDY, Values.PER_CONNECTION);
  }

  private static Training training(double rate, Span length) {
    return new Training(
        new Sgd(rate, 0.9, false, 1e-4, List.of()),
        new Constant(),
        Span.iterations(0),
        20,
        length,
        Span.iterations(10));
  }

  private static LocalTrial trial(Network network, double rate, Span length) {
    return new LocalTrial(network, DATA, training(rate, length), SEED);
  }

  /** The K values of every connection of a layer: (k, connection). */
  private static float[][] values(Slots slots, Network network, Layer layer) {
    return numbers(slots.k(), slots.values().of(slots, network, layer), layer);
  }

  /** S_k(0) of every connection of a layer: (k, connection). */
  private static float[][] firstScores(Slots slots, Layer layer) {
    return numbers(slots.k(), slots.values().firstScores(slots, layer), layer);
  }

  private static float[][] numbers(int k, SlotValues values, Layer layer) {
    float[][] numbers = new float[k][layer.size()];
    for (int slot = 0; slot < k; slot++) {
      for (int i = 0; i < layer.size(); i++) {
        numbers[slot][i] = values.get(i, slot);
      }
    }
    return numbers;
  }

  private static float[] floats(Tensor tensor) {
    float[] floats = new float[tensor.size()];
    tensor.values().get(floats);
    return floats;
  }

  /** Variables with a = 1 and the same Z everywhere. */
  private static State variables(Network network, float z) {
    Map<String, Tensor> variables = new LinkedHashMap<>();
    variables.put("a", Tensor.of(new Shape(1), 1f));
    for (Layer layer : network.layers()) {
      float[] same = new float[layer.size()];
      Arrays.fill(same, z);
      variables.put("z/" + layer.name(), Tensor.of(layer.shape(), same));
    }
    return State.of(variables);
  }

  /** dL/dZ = dL/dw_eff, and the gradient of a is 0. */
  private abstract static class SlotsContract extends ParametrizationContract {

    private final Slots slots;

    SlotsContract(Selection selection, Values values) {
      slots = slots(3, selection, values);
    }

    @Override
    protected Parametrization parametrization(Network network, State start) {
      return new Slots(
          slots.k(), slots.selection(), slots.values(), slots.sigma(), 1, 1, slots.seed());
    }

    @Override
    protected Optional<Pullback> straightThrough(Network network, State start) {
      return Optional.of(
          (variable, variables, gradients) ->
              variable.equals("a")
                  ? new double[1]
                  : gradients.get(variable.substring("z/".length())));
    }
  }

  @Nested
  class OfConnectionsKeepTheContract extends SlotsContract {
    OfConnectionsKeepTheContract() {
      super(Selection.GREEDY, Values.PER_CONNECTION);
    }
  }

  @Nested
  class OfLayersKeepTheContract extends SlotsContract {
    OfLayersKeepTheContract() {
      super(Selection.GREEDY, Values.PER_LAYER);
    }
  }

  @Nested
  class OfTheNetworkKeepTheContract extends SlotsContract {
    OfTheNetworkKeepTheContract() {
      super(Selection.GREEDY, Values.NETWORK);
    }
  }

  @Nested
  class RegeneratedKeepTheContract extends SlotsContract {
    RegeneratedKeepTheContract() {
      super(Selection.GREEDY, Values.REGENERATED);
    }
  }

  @Nested
  class SampledKeepTheContract extends SlotsContract {
    SampledKeepTheContract() {
      super(Selection.SAMPLING, Values.REGENERATED);
    }
  }

  // --- the invariants of the paper's note ---

  @ParameterizedTest
  @EnumSource(Values.class)
  void everyWeightIsOneOfItsValuesAndTheseNeverChange(Values values) {
    Slots slots = slots(4, Selection.GREEDY, values);
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, 1, Span.iterations(40))) {
      Trained before = trial.train(trial.initial(), slots, trial.plan().until(0));
      Trained after = trial.train(before, slots, trial.plan());
      assertThat(after.variables()).isNotEqualTo(before.variables());
      int changed = 0;
      for (Layer layer : network.layers()) {
        float[][] w = values(slots, network, layer);
        for (int i = 0; i < layer.size(); i++) {
          float[] own = {w[0][i], w[1][i], w[2][i], w[3][i]};
          assertThat(own).contains(before.state().get(layer.name()).get(i));
          assertThat(own).contains(after.state().get(layer.name()).get(i));
          changed +=
              before.state().get(layer.name()).get(i) == after.state().get(layer.name()).get(i)
                  ? 0
                  : 1;
        }
      }
      assertThat(changed).isPositive();
      for (String name : network.parameters().keySet()) {
        if (network.trains(name)
            && network.layers().stream().noneMatch(l -> l.name().equals(name))) {
          assertThat(after.state().get(name)).isEqualTo(trial.initial().get(name));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Values.class)
  void aStepOfPlainDescentMovesZByTheDenseGradientAndAByNothing(Values values) {
    // The engine's own step, on the slots and on a dense network that holds w_eff.
    Slots slots = slots(3, Selection.GREEDY, values);
    Training plain =
        new Training(
            new Sgd(1),
            new Constant(),
            Span.iterations(0),
            20,
            Span.iterations(1),
            Span.iterations(1));
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = new LocalTrial(network, DATA, plain, SEED)) {
      Trained before = trial.train(trial.initial(), slots, trial.plan().until(0));
      Trained after = trial.train(before, slots, trial.plan());
      State dense = trial.train(before.state(), Parametrization.dense(), trial.plan()).state();
      for (Layer layer : network.layers()) {
        String name = "z/" + layer.name();
        for (int i = 0; i < layer.size(); i++) {
          float g = before.state().get(layer.name()).get(i) - dense.get(layer.name()).get(i);
          float moved = before.variables().get(name).get(i) - after.variables().get(name).get(i);
          assertThat(moved).isCloseTo(g, within(1e-6f));
        }
      }
      assertThat(after.variables().get("a").get(0)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Values.class)
  void oneValueIsARandomNetworkThatLearnsNothing(Values values) {
    Slots slots = slots(1, Selection.GREEDY, values);
    try (Network network = TinyProblem.linear();
        LocalTrial trial = trial(network, 1, Span.iterations(30))) {
      Trained before = trial.train(trial.initial(), slots, trial.plan().until(0));
      Trained after = trial.train(before, slots, trial.plan());
      assertThat(after.variables()).isNotEqualTo(before.variables());
      assertThat(after.state()).isEqualTo(before.state());
      for (float w : floats(after.state().get("fc.weight"))) {
        assertThat(w).isNotZero();
      }
      assertThat(after.history().points())
          .extracting(point -> point.test().score())
          .containsOnly(after.history().points().get(0).test().score());
    }
  }

  @Test
  void aStepChangesASelectionOnlyWhereTheOrderOfScoresChanged() {
    Slots slots = greedy(5);
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, 3, Span.iterations(30))) {
      Trained now = trial.train(trial.initial(), slots, trial.plan().until(0));
      int changed = 0;
      for (long i = 0; i < 30; i++) {
        Trained next = trial.train(now, slots, trial.plan().from(i).until(i + 1));
        for (Layer layer : network.layers()) {
          for (int w = 0; w < layer.size(); w++) {
            boolean sameBest =
                best(slots, network, now.variables(), layer, w)
                    == best(slots, network, next.variables(), layer, w);
            boolean sameWeight =
                now.state().get(layer.name()).get(w) == next.state().get(layer.name()).get(w);
            assertThat(sameWeight).isEqualTo(sameBest);
            changed += sameBest ? 0 : 1;
          }
        }
        now = next;
      }
      assertThat(changed).isPositive();
    }
  }

  private static int best(Slots slots, Network network, State variables, Layer layer, int i) {
    SlotValues w = slots.values().of(slots, network, layer);
    SlotValues first = slots.values().firstScores(slots, layer);
    double a = variables.get("a").get(0);
    double z = variables.get("z/" + layer.name()).get(i);
    int best = 0;
    double highest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < slots.k(); k++) {
      double score = a * first.get(i, k) + w.get(i, k) * z;
      if (score > highest) {
        highest = score;
        best = k;
      }
    }
    return best;
  }

  @ParameterizedTest
  @EnumSource(Values.class)
  void theSegmentsOnAGpuSelectWhatACpuSelects(Values values) {
    Slots slots = slots(8, Selection.GREEDY, values);
    try (Network network = TinyProblem.convolutional();
        NDManager manager = NDManager.newBaseManager()) {
      State start = network.initial(SEED.stream("init", 0));
      Map<Layer, Envelope> envelopes = new LinkedHashMap<>();
      for (Layer layer : network.layers()) {
        SlotValues w = values.of(slots, network, layer);
        envelopes.put(layer, new Envelope(8, w, values.firstScores(slots, layer)));
      }
      // The class for a GPU computes on any device.
      Parametrization.OnDevice gpu = new SlotsOnGpu(envelopes, manager);
      Parametrization.OnDevice cpu = slots.on(network, start, manager);
      for (float z : new float[] {-100, -0.7f, 0, 0.3f, 5}) {
        Map<String, NDArray> variables = new HashMap<>();
        variables(network, z)
            .tensors()
            .forEach((name, tensor) -> variables.put(name, tensor.on(manager)));
        for (Layer layer : network.layers()) {
          assertThat(gpu.forward(variables).get(layer.name()).toFloatArray())
              .isEqualTo(cpu.forward(variables).get(layer.name()).toFloatArray());
        }
      }
    }
  }

  // --- sampling ---

  @Test
  void samplingFollowsTheSoftmaxOfTheScoresOnTheDeviceAndInJava() {
    Slots slots = slots(3, Selection.SAMPLING, Values.PER_LAYER);
    try (Network network = TinyProblem.linear();
        NDManager manager = NDManager.newBaseManager()) {
      State start = network.initial(SEED.stream("init", 0));
      Layer layer = network.layers().get(0);
      float[][] w = values(slots, network, layer);
      float[][] first = firstScores(slots, layer);
      State scores = variables(network, 4);
      double[] expected = new double[3];
      int rounds = 200;
      for (int i = 0; i < layer.size(); i++) {
        double[] p = new double[3];
        for (int k = 0; k < 3; k++) {
          p[k] = Math.exp(first[k][i] + 4 * w[k][i]);
        }
        for (int k = 0; k < 3; k++) {
          expected[k] += rounds * p[k] / (p[0] + p[1] + p[2]);
        }
      }
      Map<String, NDArray> variables = new HashMap<>();
      scores.tensors().forEach((name, tensor) -> variables.put(name, tensor.on(manager)));
      Parametrization.OnDevice live = slots.on(network, start, manager);
      int[] onDevice = new int[3];
      int[] inJava = new int[3];
      for (int round = 0; round < rounds; round++) {
        float[] drawn =
            live.sample(variables, SEED.stream("sample", round)).get(layer.name()).toFloatArray();
        State other = slots.drawn(network, start, scores, SEED.stream("draws", round));
        for (int i = 0; i < drawn.length; i++) {
          onDevice[slot(w, i, drawn[i])]++;
          inJava[slot(w, i, other.get(layer.name()).get(i))]++;
        }
      }
      double deviceChi = 0;
      double javaChi = 0;
      for (int k = 0; k < 3; k++) {
        assertThat(expected[k]).isBetween(0.1 * rounds * layer.size(), 0.7 * rounds * layer.size());
        deviceChi += (onDevice[k] - expected[k]) * (onDevice[k] - expected[k]) / expected[k];
        javaChi += (inJava[k] - expected[k]) * (inJava[k] - expected[k]) / expected[k];
      }
      // 2 degrees of freedom: exceeded by chance once in 1000
      assertThat(deviceChi).isLessThan(13.8);
      assertThat(javaChi).isLessThan(13.8);
    }
  }

  private static int slot(float[][] w, int i, float value) {
    for (int k = 0; k < w.length; k++) {
      if (w[k][i] == value) {
        return k;
      }
    }
    throw new AssertionError(value + " is none of the values");
  }

  @Test
  void drawsRepeatWithTheirSeedAndDifferFromStepToStep() {
    Slots slots = slots(4, Selection.SAMPLING, Values.PER_CONNECTION);
    try (Network network = TinyProblem.linear();
        NDManager manager = NDManager.newBaseManager()) {
      State start = network.initial(SEED.stream("init", 0));
      State scores = slots.variables(network, start);
      Map<String, NDArray> variables = new HashMap<>();
      scores.tensors().forEach((name, s) -> variables.put(name, s.on(manager)));
      Parametrization.OnDevice live = slots.on(network, start, manager);
      float[] first = drawn(live, variables, 1);
      assertThat(drawn(live, variables, 1)).isEqualTo(first);
      assertThat(drawn(live, variables, 2)).isNotEqualTo(first);
      assertThat(slots.drawn(network, start, scores, SEED.stream("draws", 1)))
          .isEqualTo(slots.drawn(network, start, scores, SEED.stream("draws", 1)))
          .isNotEqualTo(slots.drawn(network, start, scores, SEED.stream("draws", 2)));
    }
  }

  private static float[] drawn(
      Parametrization.OnDevice live, Map<String, NDArray> variables, int step) {
    return live.sample(variables, SEED.stream("sample", step)).get("fc.weight").toFloatArray();
  }

  @Test
  void scoresTooLargeForAnExponentialAreSampledAllTheSame() {
    Slots slots = slots(2, Selection.SAMPLING, Values.PER_CONNECTION);
    try (Network network = TinyProblem.linear();
        NDManager manager = NDManager.newBaseManager()) {
      State start = network.initial(SEED.stream("init", 0));
      Layer layer = network.layers().get(0);
      State scores = variables(network, 1e6f);
      Map<String, NDArray> variables = new HashMap<>();
      scores.tensors().forEach((name, tensor) -> variables.put(name, tensor.on(manager)));
      float[] drawn = drawn(slots.on(network, start, manager), variables, 0);
      State inJava = slots.drawn(network, start, scores, SEED.stream("draws", 0));
      float[][] w = values(slots, network, layer);
      for (int i = 0; i < layer.size(); i++) {
        float certain = Math.max(w[0][i], w[1][i]);
        assertThat(drawn[i]).isEqualTo(certain);
        assertThat(inJava.get(layer.name()).get(i)).isEqualTo(certain);
      }
    }
  }

  // --- values ---

  @ParameterizedTest
  @EnumSource(Selection.class)
  void regeneratedValuesGiveTheBitsOfStoredOnes(Selection selection) {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, 1, Span.iterations(50))) {
      Trained stored =
          trial.train(trial.initial(), slots(4, selection, Values.PER_CONNECTION), trial.plan());
      Trained regenerated =
          trial.train(trial.initial(), slots(4, selection, Values.REGENERATED), trial.plan());
      assertThat(regenerated).isEqualTo(stored);
    }
  }

  @Test
  void greedySelectionStoresOneNumberAConnectionOnACpuWhateverKIs() {
    for (int k : new int[] {1, 6, 64}) {
      for (Values values : Values.values()) {
        assertThat(stored(slots(k, Selection.GREEDY, values))).isEqualTo(73);
      }
    }
  }

  @Test
  void samplingStoresWhatIsNeitherSharedNorRegenerated() {
    Map<Values, Long> numbers = new HashMap<>();
    for (Values values : Values.values()) {
      numbers.put(values, stored(slots(6, Selection.SAMPLING, values)));
    }
    assertThat(numbers)
        .containsEntry(Values.PER_CONNECTION, 1 + 6L * 73 + 6 * 73)
        .containsEntry(Values.PER_LAYER, 1 + 6L * 3 + 6 * 73)
        .containsEntry(Values.NETWORK, 1 + 6L * 3 + 6 * 73)
        // key and constants of two generators, and the mean
        .containsEntry(Values.REGENERATED, 1 + 2 * 3 * (6L * 6 + 1));
  }

  private static long stored(Slots slots) {
    try (Network network = TinyProblem.convolutional();
        NDManager manager = NDManager.newBaseManager()) {
      slots.on(network, network.initial(SEED.stream("init", 0)), manager);
      return manager.getManagedArrays().stream().mapToLong(NDArray::size).sum();
    }
  }

  @Test
  void connectionsLayersOrTheNetworkShareTheirValues() {
    try (Network network = TinyProblem.convolutional()) {
      assertThat(distinct(network, Values.PER_CONNECTION)).isEqualTo(4 * 73);
      assertThat(distinct(network, Values.PER_LAYER)).isEqualTo(4 * 3);
      assertThat(distinct(network, Values.NETWORK)).isEqualTo(4);
      assertThat(distinct(network, Values.REGENERATED)).isEqualTo(4 * 73);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Values.class,
      names = {"PER_LAYER", "NETWORK"})
  void sharedValuesAddUpToZero(Values values) {
    Slots slots = slots(5, Selection.GREEDY, values);
    try (Network network = TinyProblem.convolutional()) {
      for (Layer layer : network.layers()) {
        double sum = 0;
        for (float[] slot : values(slots, network, layer)) {
          sum += slot[0];
        }
        assertThat(sum).isCloseTo(0, within(1e-6));
      }
    }
  }

  private static int distinct(Network network, Values values) {
    Set<Float> distinct = new HashSet<>();
    Slots slots = slots(4, Selection.GREEDY, values);
    for (Layer layer : network.layers()) {
      for (float[] slot : values(slots, network, layer)) {
        for (float w : slot) {
          distinct.add(w);
        }
      }
    }
    return distinct.size();
  }

  @Test
  void valuesAndFirstScoresKeepTheirBounds() {
    Slots slots =
        new Slots(8, Selection.GREEDY, Values.PER_CONNECTION, Sigma.GLOROT_NORMAL, 1, 0.1, SEED);
    try (Network network = TinyProblem.convolutional()) {
      for (Layer layer : network.layers()) {
        boolean linear = layer.shape().dimension() == 2;
        double fans =
            linear
                ? layer.shape().get(0) + layer.shape().get(1)
                : 9.0 * (layer.shape().get(0) + layer.shape().get(1));
        double sigma = Math.sqrt(2 / fans);
        float low = 0;
        float high = 0;
        float highest = 0;
        for (int k = 0; k < 8; k++) {
          for (float w : values(slots, network, layer)[k]) {
            low = Math.min(low, w);
            high = Math.max(high, w);
          }
          for (float s : firstScores(slots, layer)[k]) {
            assertThat(s).isBetween(0f, (float) (sigma * (linear ? 0.1 : 1)));
            highest = Math.max(highest, s);
          }
        }
        assertThat((double) high).isBetween(0.9 * sigma, sigma);
        assertThat((double) low).isBetween(-sigma, -0.9 * sigma);
        assertThat((double) highest).isGreaterThan(0.9 * sigma * (linear ? 0.1 : 1));
      }
    }
  }

  @Test
  void theFirstSlotsOfMoreAreTheSame() {
    try (Network network = TinyProblem.linear()) {
      Layer layer = network.layers().get(0);
      assertThat(values(greedy(3), network, layer)[2])
          .isEqualTo(values(greedy(8), network, layer)[2]);
      assertThat(firstScores(greedy(3), layer)[2]).isEqualTo(firstScores(greedy(8), layer)[2]);
    }
  }

  // --- training ---

  @ParameterizedTest
  @EnumSource(Values.class)
  void javaSelectsWhatTheDeviceSelects(Values values) {
    Slots slots = slots(4, Selection.GREEDY, values);
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, 1, Span.iterations(30))) {
      Trained trained = trial.train(trial.initial(), slots, trial.plan());
      assertThat(slots.selected(network, trained.state(), trained.variables()))
          .isEqualTo(trained.state());
    }
  }

  @ParameterizedTest
  @EnumSource(Selection.class)
  void aTrainingLeavesNothingBehind(Selection selection) {
    try (Network network = TinyProblem.linear();
        LocalTrial trial = trial(network, 1, Span.iterations(20))) {
      int before = LiveArrays.count();
      for (Values values : Values.values()) {
        trial.train(trial.initial(), slots(3, selection, values), trial.plan());
      }
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }

  @Test
  void aStepHoldsNoMoreThanAFewArraysOfALayerBesideTheVariables() {
    int k = 16;
    Slots slots = slots(k, Selection.SAMPLING, Values.REGENERATED);
    try (Network network = TinyProblem.linear();
        NDManager manager = NDManager.newBaseManager()) {
      State start = network.initial(SEED.stream("init", 0));
      Parametrization.OnDevice live = slots.on(network, start, manager);
      Map<String, NDArray> variables = new HashMap<>();
      slots
          .variables(network, start)
          .tensors()
          .forEach((name, s) -> variables.put(name, s.on(manager)));
      int before = LiveArrays.count();
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        Map<String, NDArray> effective = live.sample(variables, SEED.stream("sample", 0));
        assertThat(LiveArrays.count() - before).isEqualTo(effective.size());
        int after = LiveArrays.count();
        live.pullback(
            variables,
            effective,
            (name, gradient) ->
                // the gradient and its value
                assertThat(LiveArrays.count() - after).isLessThanOrEqualTo(2));
        assertThat(LiveArrays.count()).as("with the gradient of a").isEqualTo(after + 1);
      }
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }
}
