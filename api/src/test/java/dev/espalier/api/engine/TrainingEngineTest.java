// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrainingEngineTest {

  private static final Parametrization DENSE = Parametrization.dense();

  @Test
  void learnsWellAboveChance() {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial =
            new LocalTrial(
                network,
                TinyProblem.data(300, 100, 300),
                training(new Adam(0.01), 20, Span.epochs(10)),
                new Seed(1, 0))) {
      History history = trial.train(trial.initial(), DENSE, trial.plan()).history();
      Evaluation before = history.points().get(0).test();
      Evaluation after = history.last().orElseThrow().test();
      // Three classes: chance is 1/3 and log 3 = 1.10.
      assertThat(after.score()).isGreaterThan(0.85);
      assertThat(after.loss()).isLessThan(0.5).isLessThan(before.loss());
      assertThat(history.last().orElseThrow().train().score()).isGreaterThan(0.85);
    }
  }

  @Test
  void ordersTheExamplesByNothingButSeedAndEpoch() {
    // Batches of 4 of 10 examples: 4, 4 and 2 an epoch.
    List<List<Integer>> whole = batches(new Sgd(0.1), 1, 0, 9);
    assertThat(whole).extracting(List::size).containsExactly(4, 4, 2, 4, 4, 2, 4, 4, 2);
    for (int epoch = 0; epoch < 3; epoch++) {
      assertThat(epoch(whole, epoch))
          .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 10).boxed().toList());
    }
    assertThat(epoch(whole, 1)).isNotEqualTo(epoch(whole, 0));
    assertThat(epoch(whole, 2)).isNotEqualTo(epoch(whole, 1));
    // A training that begins in the middle of epoch 1, with another optimizer, sees the rest of it.
    assertThat(batches(new Adam(0.01), 1, 4, 9)).isEqualTo(whole.subList(4, 9));
    assertThat(batches(new Sgd(0.1), 2, 0, 3)).isNotEqualTo(whole.subList(0, 3));
  }

  /** The examples of each step, seen by a block that notes what passes. */
  private static List<List<Integer>> batches(
      Optimizer optimizer, long seed, long from, long until) {
    List<List<Integer>> seen = new ArrayList<>();
    NamedBlocks block =
        new NamedBlocks()
            .add(
                batch -> {
                  List<Integer> numbers = new ArrayList<>();
                  for (float number : batch.singletonOrThrow().toFloatArray()) {
                    numbers.add((int) number);
                  }
                  seen.add(numbers);
                  return batch;
                })
            .add("out", Linear.builder().setUnits(2).build());
    float[] numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    Data data = floats(numbers, new Shape(1), Normalisation.NONE, new int[10]);
    try (Network network = Network.builder("noting", block, new Shape(1)).build();
        LocalTrial trial =
            new LocalTrial(
                network, data, training(optimizer, 4, Span.epochs(3)), new Seed(seed, 0))) {
      seen.clear();
      trial.train(trial.initial(), DENSE, trial.plan().from(from).until(until));
    }
    return seen;
  }

  private static List<Integer> epoch(List<List<Integer>> batches, int epoch) {
    return batches.subList(3 * epoch, 3 * epoch + 3).stream().flatMap(List::stream).toList();
  }

  @Test
  void stepsDownTheGradientOfTheMeanLoss() {
    // One linear layer at 0 with one example x = (1, 2) of class 1 of 2: p = (1/2, 1/2), so the
    // gradient of the logits is (1/2, -1/2), of the weights that times x, and the loss is log 2.
    NamedBlocks block = new NamedBlocks().add("out", Linear.builder().setUnits(2).build());
    Data data = floats(new float[] {1, 2}, new Shape(2), Normalisation.NONE, 1);
    State zero =
        State.of(
            Map.of(
                "out.weight", Tensor.of(new Shape(2, 2), 0, 0, 0, 0),
                "out.bias", Tensor.of(new Shape(2), 0, 0)));
    try (Network network = Network.builder("one", block, new Shape(2)).build();
        LocalTrial trial =
            new LocalTrial(
                network, data, training(new Sgd(0.5), 1, Span.epochs(1)), new Seed(1, 0))) {
      Trained trained = trial.train(zero, DENSE, trial.plan());
      assertThat(trained.state().get("out.weight"))
          .isEqualTo(Tensor.of(new Shape(2, 2), -.25f, -.5f, .25f, .5f));
      assertThat(trained.state().get("out.bias")).isEqualTo(Tensor.of(new Shape(2), -.25f, .25f));
      History.Point point = trained.history().last().orElseThrow();
      assertThat(point.train().loss()).isCloseTo(Math.log(2), within(1e-6));
      assertThat(point.validation()).isEqualTo(Evaluation.NONE);
      assertThat(point.test()).isEqualTo(Evaluation.NONE);
    }
  }

  @Test
  void measuresTrainingOverTheBatchesSinceThePointBefore() {
    // At rate 1e-30 nothing moves, so every example's loss is that of the start.
    Data data = TinyProblem.data(10, 0, 0);
    Training still =
        new Training(
            new Sgd(1e-30), new Constant(), Span.epochs(0), 4, Span.epochs(2), Span.iterations(3));
    try (Network network = TinyProblem.linear();
        LocalTrial trial = new LocalTrial(network, data, still, new Seed(1, 0))) {
      State start = trial.initial();
      List<History.Point> points = trial.train(start, DENSE, trial.plan()).history().points();
      Evaluation whole = slowly(start, data.train());
      assertThat(points).extracting(History.Point::iteration).containsExactly(3L, 6L);
      for (History.Point point : points) {
        // Batches of 4, 4 and 2: a mean over examples, not over batches.
        assertThat(point.train().loss()).isCloseTo(whole.loss(), within(1e-6));
        assertThat(point.train().score()).isEqualTo(whole.score());
      }
    }
  }

  @Test
  void evaluatesAsAnIndependentForwardPassDoes() {
    // 1100 examples: more than two evaluation batches and a part.
    Data data = TinyProblem.data(60, 7, 1100);
    try (Network network = TinyProblem.linear();
        LocalTrial trial =
            new LocalTrial(
                network, data, training(new Adam(0.01), 20, Span.epochs(3)), new Seed(1, 0))) {
      Trained trained = trial.train(trial.initial(), DENSE, trial.plan());
      History.Point last = trained.history().last().orElseThrow();
      Evaluation validation = slowly(trained.state(), data.validation());
      Evaluation test = slowly(trained.state(), data.test());
      assertThat(last.validation().score()).isEqualTo(validation.score());
      assertThat(last.validation().loss()).isCloseTo(validation.loss(), within(1e-5));
      assertThat(last.test().score()).isCloseTo(test.score(), within(1e-12));
      assertThat(last.test().loss()).isCloseTo(test.loss(), within(1e-5));
    }
  }

  @Test
  void evaluatesFewerExamplesAtATimeWhereTheyAreLarge() {
    assertThat(evaluationBatches(new Shape(1, 4, 4), 1100)).containsExactly(500L, 500L, 100L);
    // 2^24 numbers are five images of 3 million, or one of 12 million.
    assertThat(evaluationBatches(new Shape(3, 1000, 1000), 7)).containsExactly(5L, 2L);
    assertThat(evaluationBatches(new Shape(3, 2000, 2000), 2)).containsExactly(1L, 1L);
    assertThat(evaluationBatches(new Shape(5, 2000, 2000), 1)).containsExactly(1L);
  }

  /** How many test examples a block sees at a time, beside the only training example. */
  private static List<Long> evaluationBatches(Shape shape, int examples) {
    List<Long> seen = new ArrayList<>();
    NamedBlocks block =
        new NamedBlocks()
            .add(
                batch -> {
                  seen.add(batch.singletonOrThrow().getShape().get(0));
                  return new NDList(batch.singletonOrThrow().get(":, :, 0, 0"));
                })
            .add("out", Linear.builder().setUnits(2).build());
    Examples test =
        Examples.ofBytes(
            ByteBuffer.allocate(examples * (int) shape.size()), shape, new int[examples]);
    Data data = new Data("large", test.take(0), test.take(), test, Normalisation.NONE, 2);
    try (Network network = Network.builder("noting", block, shape).build();
        LocalTrial trial =
            new LocalTrial(
                network, data, training(new Sgd(0.1), 1, Span.epochs(1)), new Seed(1, 0))) {
      State start = trial.initial();
      seen.clear();
      trial.train(start, DENSE, trial.plan().untrained());
    }
    return seen;
  }

  /** The tiny linear network in float64, one example after the other. */
  private static Evaluation slowly(State state, Examples examples) {
    ByteBuffer pixels = (ByteBuffer) examples.features().values();
    double loss = 0;
    int correct = 0;
    for (int example = 0; example < examples.size(); example++) {
      double[] x = new double[16];
      for (int i = 0; i < 16; i++) {
        x[i] = (pixels.get(example * 16 + i) & 0xff) / 255.0;
      }
      double[] hidden = linear(state, "fc", x);
      Arrays.setAll(hidden, i -> Math.max(0, hidden[i]));
      double[] logits = linear(state, "out", hidden);
      double sum = Arrays.stream(logits).map(Math::exp).sum();
      int label = examples.labels()[example];
      loss += Math.log(sum) - logits[label];
      double best = Arrays.stream(logits).max().orElseThrow();
      correct += logits[label] == best ? 1 : 0;
    }
    return new Evaluation(loss / examples.size(), List.of((double) correct / examples.size()));
  }

  private static double[] linear(State state, String layer, double[] x) {
    Tensor weight = state.get(layer + ".weight");
    Tensor bias = state.get(layer + ".bias");
    double[] y = new double[bias.size()];
    for (int o = 0; o < y.length; o++) {
      y[o] = bias.get(o);
      for (int i = 0; i < x.length; i++) {
        y[o] += weight.get(o * x.length + i) * x[i];
      }
    }
    return y;
  }

  @Test
  void evaluationIsWithoutLabelSmoothing() {
    Data data =
        TinyProblem.data(60, 0, 30)
            .withObjective(new Classification(0.3, Classification.Choice.ACCURACY));
    Training smoothed =
        new Training(
            new Sgd(0.1), new Constant(), Span.epochs(0), 20, Span.epochs(1), Span.epochs(1));
    try (Network network = TinyProblem.linear();
        LocalTrial trial = new LocalTrial(network, data, smoothed, new Seed(1, 0))) {
      Trained trained = trial.train(trial.initial(), DENSE, trial.plan());
      assertThat(trained.history().last().orElseThrow().test().loss())
          .isCloseTo(slowly(trained.state(), data.test()).loss(), within(1e-5));
    }
  }

  @Test
  void batchNormMovesItsStatisticsByATenthOfTheBatch() {
    // Two channels of 1x2, three examples; the batch is all of them.
    float[] features = {1, 3, 10, 20, 2, 4, 30, 10, 3, 5, 20, 60};
    Data data = floats(features, new Shape(2, 1, 2), Normalisation.NONE, 0, 1, 0);
    NamedBlocks block =
        new NamedBlocks()
            .add("bn", BatchNorm.builder().build())
            .add(Blocks.batchFlattenBlock())
            .add("out", Linear.builder().setUnits(2).build());
    try (Network network = Network.builder("norm", block, new Shape(2, 1, 2)).build();
        LocalTrial trial =
            new LocalTrial(
                network, data, training(new Sgd(0.1), 3, Span.epochs(2)), new Seed(1, 0))) {
      State state = trial.train(trial.initial(), DENSE, trial.plan().until(1)).state();
      // Channel means 3 and 25; unbiased variances 10 / 5 = 2 and 1750 / 5 = 350.
      assertThat(state.get("bn.runningMean").get(0)).isCloseTo(0.3f, within(1e-6f));
      assertThat(state.get("bn.runningMean").get(1)).isCloseTo(2.5f, within(1e-5f));
      assertThat(state.get("bn.runningVar").get(0)).isCloseTo(0.9f + 0.2f, within(1e-5f));
      assertThat(state.get("bn.runningVar").get(1)).isCloseTo(0.9f + 35, within(1e-4f));
      // Once more from there: 0.9 * 0.3 + 0.1 * 3
      state = trial.train(trial.initial(), DENSE, trial.plan()).state();
      assertThat(state.get("bn.runningMean").get(0)).isCloseTo(0.57f, within(1e-6f));
    }
  }

  @Test
  void showsTheNetworkNormalisedFeatures() {
    Normalisation channels = new Normalisation(List.of(0.5, 0.2), List.of(0.25, 2.0));
    ByteBuffer pixels = ByteBuffer.wrap(new byte[] {0, (byte) 255, (byte) 128, 51});
    Examples bytes = Examples.ofBytes(pixels, new Shape(2, 1, 2), 0);
    // (0 - .5) / .25, (1 - .5) / .25, (128 / 255 - .2) / 2, (.2 - .2) / 2
    assertThat(shown(bytes, channels))
        .containsExactly(new float[] {-2, 2, 0.150980f, 0}, within(1e-6f));
    assertThat(shown(bytes, Normalisation.NONE))
        .containsExactly(new float[] {0, 1, 128 / 255f, 0.2f}, within(1e-7f));
    Examples numbers = Examples.ofFloats(new float[] {0, 1, 0.4f, 300}, new Shape(2, 1, 2), 0);
    assertThat(shown(numbers, channels))
        .containsExactly(new float[] {-2, 2, 0.1f, 149.9f}, within(1e-4f));
    assertThat(shown(numbers, Normalisation.NONE)).containsExactly(0, 1, 0.4f, 300);
    Normalisation one = new Normalisation(List.of(1.0), List.of(2.0));
    assertThat(shown(numbers, one))
        .containsExactly(new float[] {-0.5f, 0, -0.3f, 149.5f}, within(1e-4f));
  }

  private static float[] shown(Examples example, Normalisation normalisation) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Data data = new Data("one", example, example, example, normalisation, 1);
      DeviceExamples device = new DeviceExamples(example, data, manager);
      float[] gathered = device.features(Indices.of(new int[] {0}, manager)).toFloatArray();
      assertThat(device.features(0, 1).toFloatArray()).isEqualTo(gathered);
      return gathered;
    }
  }

  @Test
  void bytesAndTheFloatsTheyStandForTrainAlike() {
    Normalisation normalisation = new Normalisation(List.of(0.3), List.of(0.5));
    Data tiny = TinyProblem.data(40, 0, 10);
    Data bytes = new Data("b", tiny.train(), tiny.validation(), tiny.test(), normalisation, 3);
    Data numbers =
        new Data(
            "f",
            floats(tiny.train()),
            floats(tiny.validation()),
            floats(tiny.test()),
            normalisation,
            3);
    try (Network network = TinyProblem.linear()) {
      State[] states = new State[2];
      for (int i = 0; i < 2; i++) {
        try (LocalTrial trial =
            new LocalTrial(
                network,
                i == 0 ? bytes : numbers,
                training(new Sgd(0.1), 8, Span.epochs(4)),
                new Seed(1, 0))) {
          states[i] = trial.train(trial.initial(), DENSE, trial.plan()).state();
        }
      }
      float[] a = values(states[0].get("fc.weight"));
      // 20 steps of float32 roundings
      assertThat(values(states[1].get("fc.weight"))).containsExactly(a, within(1e-5f));
    }
  }

  private static Examples floats(Examples bytes) {
    ByteBuffer pixels = (ByteBuffer) bytes.features().values();
    float[] values = new float[pixels.remaining()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (pixels.get(i) & 0xff) / 255f;
    }
    return Examples.ofFloats(values, bytes.shape(), bytes.labels());
  }

  @Test
  void aLossThatIsNotFiniteNamesIterationRateAndLayers() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial =
            new LocalTrial(
                network,
                TinyProblem.data(40, 0, 0),
                training(new Sgd(1e30), 8, Span.epochs(4)),
                new Seed(1, 0))) {
      State start = trial.initial();
      int before = LiveArrays.count();
      // The first step throws the weights off, the second sees it.
      assertThatThrownBy(() -> trial.train(start, DENSE, trial.plan()))
          .isInstanceOf(TrialFailed.class)
          .hasMessageContaining("iteration 1 ")
          .hasMessageContaining("1.0E30")
          .hasMessageContaining("fc.weight: largest magnitude")
          .hasMessageContaining("out.bias: largest magnitude")
          .hasMessageContaining("of 128")
          .hasMessageContaining("smaller");
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }

  @Test
  void trainsOnAfterAFailedTrial() {
    Data data = TinyProblem.data(40, 0, 0);
    try (Network network = TinyProblem.linear();
        LocalTrial wild =
            new LocalTrial(
                network, data, training(new Sgd(1e30), 8, Span.epochs(4)), new Seed(1, 0));
        LocalTrial tame =
            new LocalTrial(
                network, data, training(new Sgd(0.1), 8, Span.epochs(4)), new Seed(1, 0))) {
      State start = tame.initial();
      Trained before = tame.train(start, DENSE, tame.plan());
      assertThatThrownBy(() -> wild.train(start, DENSE, wild.plan()))
          .isInstanceOf(TrialFailed.class);
      assertThat(tame.train(start, DENSE, tame.plan())).isEqualTo(before);
    }
  }

  /** A layer that takes its array past the store, which would escape every mask. */
  private static final class PastTheStore extends AbstractBlock {

    private final Parameter weight =
        addParameter(
            Parameter.builder()
                .setName("weight")
                .setType(Parameter.Type.WEIGHT)
                .optShape(new Shape(16, 3))
                .build());

    @Override
    protected NDList forwardInternal(
        ParameterStore store,
        NDList inputs,
        boolean training,
        PairList<String, Object> parameters) {
      NDArray x = inputs.singletonOrThrow();
      return new NDList(x.reshape(-1, 16).dot(weight.getArray()));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return new Shape[] {new Shape(inputShapes[0].get(0), 3)};
    }
  }

  @Test
  void aBlockThatGoesPastTheStoreFailsLoudly() {
    try (Network network = Network.builder("past", new PastTheStore(), TinyProblem.INPUT).build();
        LocalTrial trial =
            new LocalTrial(
                network,
                TinyProblem.data(40, 0, 0),
                training(new Sgd(0.1), 8, Span.epochs(1)),
                new Seed(1, 0))) {
      assertThatThrownBy(() -> trial.train(trial.initial(), DENSE, trial.plan()))
          .isInstanceOf(TrialFailed.class)
          .hasMessageContaining("iteration 0 is NaN");
    }
  }

  @Test
  void leavesTheBlocksOwnArraysAlone() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial =
            new LocalTrial(
                network,
                TinyProblem.data(40, 0, 0),
                training(new Sgd(0.1), 8, Span.epochs(1)),
                new Seed(1, 0))) {
      network.load(trial.initial());
      trial.train(trial.initial(), DENSE, trial.plan());
      NDArray own = network.parameters().get("fc.weight").getArray();
      assertThat(own.getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(Tensor.of(own)).isEqualTo(trial.initial().get("fc.weight"));
    }
  }

  @Test
  void frozenParametersStay() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial =
            new LocalTrial(
                network,
                TinyProblem.data(40, 0, 0),
                training(new Sgd(0.1, 0.9, false, 0.1, List.of()), 8, Span.epochs(1)),
                new Seed(1, 0))) {
      network.parameters().get("fc.weight").freeze(true);
      State start = trial.initial();
      State state = trial.train(start, DENSE, trial.plan()).state();
      assertThat(state.get("fc.weight")).isEqualTo(start.get("fc.weight"));
      assertThat(state.get("out.weight")).isNotEqualTo(start.get("out.weight"));
    }
  }

  @Test
  void environmentIsTheSameForTheSameMachineAndNetworkOfAnyKind() {
    try (Network a = TinyProblem.linear();
        Network b = TinyProblem.convolutional();
        TrainingEngine first = new TrainingEngine(a, TinyProblem.data(4, 0, 0), Device.cpu());
        TrainingEngine second = new TrainingEngine(b, TinyProblem.data(5, 0, 0), Device.cpu())) {
      assertThat(first.environment()).isEqualTo(second.environment());
    }
  }

  private static Training training(Optimizer optimizer, int batchSize, Span length) {
    return new Training(
        optimizer, new Constant(), Span.epochs(0), batchSize, length, Span.epochs(1));
  }

  private static Data floats(
      float[] features, Shape shape, Normalisation normalisation, int... labels) {
    Examples none = Examples.ofFloats(new float[0], shape);
    return new Data(
        "floats", Examples.ofFloats(features, shape, labels), none, none, normalisation, 2);
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[tensor.size()];
    tensor.values().get(values);
    return values;
  }

  @Test
  void refusesAPlanOfAnotherLength() {
    try (Network network = TinyProblem.linear();
        TrainingEngine engine =
            new TrainingEngine(network, TinyProblem.data(40, 0, 0), Device.cpu())) {
      Plan longer = Plan.of(training(new Sgd(0.1), 8, Span.epochs(1)), 400);
      State start = network.initial(new Seed(1, 0).stream("init", 0));
      assertThatThrownBy(
              () ->
                  engine.train(
                      new Seed(1, 0),
                      Trained.begin(network, start, DENSE, 0),
                      DENSE,
                      longer,
                      TrainingListener.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("50")
          .hasMessageContaining("5");
    }
  }
}
