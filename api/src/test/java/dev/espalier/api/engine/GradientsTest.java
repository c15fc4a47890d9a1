// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Gradients;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GradientsTest {

  private static final Seed SEED = new Seed(5, 0);
  private static final int[] ROWS = {3, 1, 4, 5, 9, 2, 6};

  private final Data data = TinyProblem.data(30, 0, 0);
  private Network network;
  private TrainingEngine engine;
  private State state;

  @BeforeEach
  void open() {
    network = TinyProblem.convolutional();
    engine = new TrainingEngine(network, data, Device.cpu());
    state = network.initial(SEED.stream("init", 0));
  }

  @AfterEach
  void close() {
    engine.close();
    network.close();
  }

  private Gradients at(State weights, BatchNorm batchNorm) {
    Mask mask = Mask.dense(network.layers());
    Scoring scoring =
        Scoring.of(
            new Trial.Context(network, SEED, Set.of()),
            data,
            new Weights(state, state, mask),
            engine);
    return scoring.at(weights, DataType.FLOAT64, batchNorm);
  }

  private static Supplier<NDArray> loss(Gradients gradients) {
    return () -> gradients.loss(gradients.outputs(gradients.features(ROWS)), ROWS);
  }

  private double lossAt(State weights, BatchNorm batchNorm) {
    try (Gradients gradients = at(weights, batchNorm)) {
      return loss(gradients).get().getDouble();
    }
  }

  private Map<String, double[]> gradientAt(State weights, BatchNorm batchNorm) {
    try (Gradients gradients = at(weights, batchNorm)) {
      return doubles(gradients.of(loss(gradients)));
    }
  }

  private static Map<String, double[]> doubles(Map<String, NDArray> arrays) {
    Map<String, double[]> doubles = new LinkedHashMap<>();
    arrays.forEach((name, array) -> doubles.put(name, Gradients.doubles(array)));
    return doubles;
  }

  /** theta + e * v; e a power of two and v small whole numbers, so that float32 holds the sum. */
  private State moved(Map<String, float[]> v, double e) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      float[] values = new float[layer.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (coarse(state.get(layer.name()).get(i)) + e * v.get(layer.name())[i]);
      }
      tensors.put(layer.name(), Tensor.of(layer.shape(), values));
    }
    return state.with(State.of(tensors));
  }

  private static double coarse(float value) {
    return Math.rint(value * 1024) / 1024;
  }

  private Map<String, float[]> direction(int seed) {
    Random random = new Random(seed);
    Map<String, float[]> v = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      float[] values = new float[layer.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextInt(-2, 3);
      }
      v.put(layer.name(), values);
    }
    return v;
  }

  private Map<String, double[]> hessianTimes(Map<String, float[]> v, BatchNorm batchNorm) {
    try (Gradients gradients = at(moved(v, 0), batchNorm)) {
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      for (Layer layer : network.layers()) {
        NDArray array = gradients.manager().create(v.get(layer.name()), layer.shape());
        arrays.put(layer.name(), array.toType(DataType.FLOAT64, false));
      }
      return doubles(gradients.hessianTimes(arrays, List.of(loss(gradients))));
    }
  }

  private static double dot(Map<String, float[]> v, Map<String, double[]> g) {
    double sum = 0;
    for (String name : v.keySet()) {
      for (int i = 0; i < v.get(name).length; i++) {
        sum += v.get(name)[i] * g.get(name)[i];
      }
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource(BatchNorm.class)
  void theGradientIsTheSlopeOfTheLossInAnyDirection(BatchNorm batchNorm) {
    for (int seed = 0; seed < 5; seed++) {
      Map<String, float[]> v = direction(seed);
      double e = Math.scalb(1.0, -13);
      double slope = (lossAt(moved(v, e), batchNorm) - lossAt(moved(v, -e), batchNorm)) / (2 * e);
      assertThat(dot(v, gradientAt(moved(v, 0), batchNorm)))
          .isCloseTo(slope, within(1e-4 * Math.max(1, Math.abs(slope))));
    }
  }

  @ParameterizedTest
  @EnumSource(BatchNorm.class)
  void hessianTimesIsTheChangeOfTheGradientInAnyDirection(BatchNorm batchNorm) {
    for (int seed = 0; seed < 5; seed++) {
      Map<String, float[]> v = direction(seed);
      double e = Math.scalb(1.0, -13);
      Map<String, double[]> up = gradientAt(moved(v, e), batchNorm);
      Map<String, double[]> down = gradientAt(moved(v, -e), batchNorm);
      Map<String, double[]> exact = hessianTimes(v, batchNorm);
      double scale =
          exact.values().stream()
              .flatMapToDouble(Arrays::stream)
              .map(Math::abs)
              .max()
              .orElseThrow();
      assertThat(scale).isGreaterThan(1e-3);
      exact.forEach(
          (name, hv) -> {
            for (int i = 0; i < hv.length; i++) {
              double difference = (up.get(name)[i] - down.get(name)[i]) / (2 * e);
              assertThat(hv[i]).as(name + i).isCloseTo(difference, within(1e-4 * scale));
            }
          });
    }
  }

  @Test
  void theHessianIsSymmetric() {
    for (int seed = 0; seed < 5; seed++) {
      Map<String, float[]> u = direction(seed);
      Map<String, float[]> v = direction(seed + 100);
      double uHv = dot(u, hessianTimes(v, BatchNorm.BATCH));
      double vHu = dot(v, hessianTimes(u, BatchNorm.BATCH));
      assertThat(uHv).isCloseTo(vHu, within(1e-9 * Math.max(1, Math.abs(uHv))));
    }
  }

  @Test
  void deadWeightsAreSeenAsZeroAndStillHaveAGradient() {
    Layer fc = network.layers().get(1);
    Mask mask =
        Mask.of(
            network.layers(),
            (layer, bits) -> {
              bits.set(0, layer.equals(fc) ? 1 : layer.size());
              return bits;
            });
    Scoring scoring =
        Scoring.of(
            new Trial.Context(network, SEED, Set.of()),
            data,
            new Weights(state, state, mask),
            engine);
    try (Gradients gradients = scoring.at(state, DataType.FLOAT64, BatchNorm.RUNNING)) {
      Map<String, double[]> g = doubles(gradients.of(loss(gradients)));
      try (Gradients same = at(mask.apply(state), BatchNorm.RUNNING)) {
        Map<String, double[]> expected = doubles(same.of(loss(same)));
        assertThat(g.get(fc.name())).isEqualTo(expected.get(fc.name()));
      }
      assertThat(Arrays.stream(g.get(fc.name())).skip(1)).anyMatch(dead -> dead != 0);
    }
  }

  @Test
  void aLayerThatTheOutputDoesNotUseIsNamed() {
    NamedBlocks used = new NamedBlocks().add("fc", Linear.builder().setUnits(3).build());
    ParallelBlock both =
        new ParallelBlock(lists -> new NDList(lists.get(0).singletonOrThrow()))
            .add(used)
            .add(new NamedBlocks().add("idle", Linear.builder().setUnits(3).build()));
    NamedBlocks block = new NamedBlocks().add(Blocks.batchFlattenBlock()).add("both", both);
    block.add("same", new LambdaBlock(list -> list));
    try (Network unused = Network.builder("unused", block, TinyProblem.INPUT).build();
        TrainingEngine own = new TrainingEngine(unused, data, Device.cpu())) {
      State start = unused.initial(SEED.stream("init", 0));
      Mask mask = Mask.dense(unused.layers());
      Scoring scoring =
          Scoring.of(
              new Trial.Context(unused, SEED, Set.of()),
              data,
              new Weights(start, start, mask),
              own);
      try (Gradients gradients = scoring.at(start, DataType.FLOAT32, BatchNorm.RUNNING)) {
        assertThatThrownBy(() -> gradients.of(loss(gradients)))
            .isInstanceOf(TrialFailed.class)
            .hasMessageContaining("no gradient reaches 1 of the 2 layers of unused")
            .hasMessageContaining("idle.weight (48 weights)");
      }
    }
  }

  @Test
  void aProductStaysWhatItWasWhenTheNextIsMade() {
    try (Gradients gradients = at(state, BatchNorm.BATCH)) {
      Map<String, NDArray> v = gradients.of(loss(gradients));
      Map<String, NDArray> first = gradients.hessianTimes(v, List.of(loss(gradients)));
      Map<String, double[]> before = doubles(first);
      Map<String, NDArray> second = gradients.hessianTimes(first, List.of(loss(gradients)));
      before.forEach(
          (name, values) -> {
            assertThat(Gradients.doubles(first.get(name))).as(name).isEqualTo(values);
            assertThat(Gradients.doubles(second.get(name))).as(name).isNotEqualTo(values);
          });
    }
  }

  @Test
  void manySecondDerivativesLeaveNoArraysBehind() {
    hessianTimes(direction(0), BatchNorm.BATCH);
    int before = LiveArrays.count();
    for (int i = 0; i < 20; i++) {
      hessianTimes(direction(i), BatchNorm.BATCH);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void lookingInEitherModeLeavesTheStateAndTheBlocksOwnArraysAlone() {
    assertThat(state.names()).contains("bn.runningMean", "bn.runningVar");
    Map<String, List<Float>> values = valuesOfTheState();
    Map<String, List<Float>> own = arraysOfTheBlock();
    assertThat(own).allSatisfy((name, array) -> assertThat(array).containsOnly(Float.NaN));
    for (BatchNorm batchNorm : BatchNorm.values()) {
      gradientAt(state, batchNorm);
      hessianTimes(direction(0), batchNorm);
    }
    assertThat(valuesOfTheState()).isEqualTo(values);
    assertThat(arraysOfTheBlock()).isEqualTo(own);
  }

  private Map<String, List<Float>> valuesOfTheState() {
    Map<String, List<Float>> values = new LinkedHashMap<>();
    state
        .tensors()
        .forEach(
            (name, tensor) ->
                values.put(name, IntStream.range(0, tensor.size()).mapToObj(tensor::get).toList()));
    return values;
  }

  private Map<String, List<Float>> arraysOfTheBlock() {
    Map<String, List<Float>> arrays = new LinkedHashMap<>();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              float[] array = parameter.getArray().toFloatArray();
              arrays.put(name, IntStream.range(0, array.length).mapToObj(i -> array[i]).toList());
            });
    return arrays;
  }
}
