// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.recurrent.RNN;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.espalier.api.LastBatch;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks that a user may bring: each is trained, dense and under a mask, or refused. */
class OwnBlocksTest {

  /** A slope for negative inputs that is trained, as DJL's Prelu, which PyTorch does not have. */
  private static final class Slope extends AbstractBlock {

    private final Parameter alpha =
        addParameter(
            Parameter.builder()
                .setName("alpha")
                .setType(Parameter.Type.WEIGHT)
                .optShape(new Shape())
                .build());

    @Override
    protected NDList forwardInternal(
        ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
      NDArray x = inputs.singletonOrThrow();
      NDArray slope = store.getValue(alpha, x.getDevice(), training);
      return new NDList(Activation.relu(x).sub(Activation.relu(x.neg()).mul(slope)));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
      return inputs;
    }
  }

  static Stream<Arguments> blocks() {
    return Stream.of(
        block("slope", true, () -> mlp(new Slope())),
        block("twice", true, OwnBlocksTest::twice),
        block("grouped", true, OwnBlocksTest::grouped),
        block("rnn", true, () -> sequence(rnn())),
        block("lstm", true, () -> sequence(LSTM.builder().setStateSize(6).setNumLayers(1).build())),
        block("gru", false, () -> sequence(GRU.builder().setStateSize(6).setNumLayers(1).build())),
        block("layer-norm", false, () -> mlp(LayerNorm.builder().build())),
        block("softmax", false, () -> mlp(Blocks.identityBlock()).add(OwnBlocksTest::softmax)),
        block("transformer", false, () -> sequence(transformer())));
  }

  private static Arguments block(String name, boolean hasPaths, Supplier<Block> block) {
    return Arguments.of(name, hasPaths, block);
  }

  private static NamedBlocks mlp(Block activation) {
    return new NamedBlocks()
        .add(Blocks.batchFlattenBlock())
        .add("fc", linear(8))
        .add("act", activation)
        .add("out", linear(TinyProblem.CLASSES));
  }

  private static Block twice() {
    Block shared = linear(8);
    return new NamedBlocks()
        .add(Blocks.batchFlattenBlock())
        .add("in", linear(8))
        .add("a", shared)
        .add(Activation::relu)
        .add("b", shared)
        .add(Activation::relu)
        .add("out", linear(TinyProblem.CLASSES));
  }

  private static Block grouped() {
    return new NamedBlocks()
        .add("conv", TinyProblem.convolution(4))
        .add(Activation::relu)
        .add(
            "grouped",
            Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(4).optGroups(2).build())
        .add(Activation::relu)
        .add(Blocks.batchFlattenBlock())
        .add("out", linear(TinyProblem.CLASSES));
  }

  private static Block rnn() {
    return RNN.builder().setActivation(RNN.Activation.TANH).setStateSize(6).setNumLayers(1).build();
  }

  private static Block transformer() {
    return new TransformerEncoderBlock(4, 2, 8, 0.05f, Activation::relu);
  }

  private static NDList softmax(NDList logits) {
    return new NDList(logits.singletonOrThrow().softmax(1));
  }

  /** A block that reads an image as a sequence of its rows. */
  private static NamedBlocks sequence(Block block) {
    return new NamedBlocks()
        .add(OwnBlocksTest::rows)
        .add("block", block)
        .add(Blocks.batchFlattenBlock())
        .add("out", linear(TinyProblem.CLASSES));
  }

  private static NDList rows(NDList images) {
    NDArray all = images.singletonOrThrow();
    return new NDList(all.reshape(all.getShape().get(0), 4, 4));
  }

  private static Block linear(int units) {
    return Linear.builder().setUnits(units).build();
  }

  private static Training training(int batchSize, LastBatch lastBatch) {
    return new Training(
        new Adam(0.03),
        new Constant(),
        Span.iterations(0),
        batchSize,
        Span.epochs(12),
        Span.epochs(12),
        lastBatch);
  }

  /** Keeps every other weight of each layer. */
  private static Mask half(Network network) {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          for (int i = 0; i < layer.size(); i++) {
            bits.set(i, i % 2 == i / Math.toIntExact(layer.shape().get(1)) % 2);
          }
          return bits;
        });
  }

  private static double accuracy(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().score();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("blocks")
  void isTrainedDenseAndUnderAMask(String name, boolean hasPaths, Supplier<Block> block) {
    int before = LiveArrays.count();
    try (Network network = Network.builder(name, block.get(), TinyProblem.INPUT).build();
        LocalTrial trial =
            new LocalTrial(
                network,
                TinyProblem.data(300, 0, 100),
                training(30, LastBatch.KEEP),
                new Seed(3, 0))) {
      Mask half = half(network);
      Ticket dense = trial.ticket(0, trial.dense(), trial.initial(), trial.plan());
      Ticket sparse = trial.ticket(1, half, trial.initial(), trial.plan());
      assertThat(accuracy(dense)).isGreaterThan(0.9);
      assertThat(accuracy(sparse)).isGreaterThan(0.7);
      assertThat(sparse.analysis().density()).isEqualTo(half.density());
      assertThat(dense.analysis().hasPaths()).isEqualTo(hasPaths);
      assertThat(sparse.analysis().hasPaths()).isEqualTo(hasPaths);
      if (hasPaths) {
        assertThat(dense.analysis().effectiveDensity()).hasValue(1);
        assertThat(sparse.analysis().effectiveDensity().getAsDouble())
            .isBetween(0.1, half.density());
      } else {
        assertThat(sparse.analysis().effectiveDensity()).isEmpty();
        assertThat(sparse.analysis().deadUnits()).isEmpty();
        assertThat(sparse.analysis().isCollapsed()).isFalse();
        assertThat(sparse.analysis().isConnected()).as("as far as it is known").isTrue();
      }
    }
    assertThat(LiveArrays.count()).as("nothing is left behind").isEqualTo(before);
  }

  @Test
  void anEmptyLayerIsACollapseEvenWherePathsAreUnknown() {
    try (Network network =
            Network.builder("gru", mlp(LayerNorm.builder().build()), TinyProblem.INPUT).build();
        TrainingEngine engine =
            new TrainingEngine(network, TinyProblem.data(3, 0, 0), Device.cpu())) {
      Mask mask =
          Mask.of(
              network.layers(),
              (layer, bits) -> {
                bits.set(0, layer.name().equals("fc.weight") ? 0 : layer.size());
                return bits;
              });
      assertThat(engine.analyse(mask).isCollapsed()).isTrue();
      assertThat(engine.analyse(mask).effectiveDensity()).isEmpty();
    }
  }

  private static Refusals refusals(Block block, int examples, Training training) {
    int before = LiveArrays.count();
    Refusals refusals = new Refusals();
    try (Network network = Network.builder("mine", block, TinyProblem.INPUT).build()) {
      TrainingEngine.check(network, TinyProblem.data(examples, 0, 0), training, refusals);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
    return refusals;
  }

  private static String refused(Block block) {
    Refusals refusals = refusals(block, 30, training(30, LastBatch.KEEP));
    assertThat(refusals.all()).hasSize(1);
    assertThat(refusals.all().get(0).key()).isEqualTo("model");
    return refusals.all().get(0).toString();
  }

  private static NamedBlocks flat(Block last) {
    return new NamedBlocks().add(Blocks.batchFlattenBlock()).add("out", last);
  }

  /** Trains a dense ticket of a block on some examples, which must be refused. */
  private static void assertATrialRefuses(
      Block block, int examples, Training training, String message) {
    try (Network network = Network.builder("mine", block, TinyProblem.INPUT).build();
        LocalTrial trial =
            new LocalTrial(network, TinyProblem.data(examples, 0, 0), training, new Seed(1, 0))) {
      assertThatThrownBy(() -> trial.ticket(0, trial.dense(), trial.initial(), trial.plan()))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(message);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 7})
  void refusesOtherNumbersOfOutputsThanClasses(int outputs) {
    assertThat(refused(flat(linear(outputs))))
        .contains(
            "mine, whose output has " + outputs + " numbers for each example",
            "computes 3 scores, one for each class, for an example of shape (1, 4, 4)",
            "a linear layer of 3 units");
    assertATrialRefuses(
        flat(linear(outputs)),
        30,
        training(30, LastBatch.KEEP),
        "whose output has " + outputs + " numbers for each example");
  }

  @Test
  void refusesAnOutputPerPixelAndTwoOutputs() {
    assertThat(refused(TinyProblem.convolution(3)))
        .contains("whose output for 2 examples has shape (2, 3, 4, 4)");
    Block lstm = LSTM.builder().setStateSize(3).setNumLayers(1).optReturnState(true).build();
    assertThat(refused(new NamedBlocks().add(OwnBlocksTest::rows).add("lstm", lstm)))
        .contains("which has 3 outputs", "list -> new NDList(list.get(0))");
  }

  @Test
  void refusesABlockThatThrowsWithItsClassAndMessage() {
    assertThat(refused(mlp(Activation.preluBlock())))
        .contains(
            "mine, whose forward pass fails in ai.djl.nn.core.Prelu (Not implemented)",
            "Change or replace the block that fails");
  }

  @Test
  void refusesALastBatchOfOneExampleUnderBatchNormWithBothWaysOut() {
    Block block = mlp(BatchNorm.builder().build());
    Refusals refusals = refusals(block, 31, training(10, LastBatch.KEEP));
    assertThat(refusals.all()).hasSize(1);
    assertThat(refusals.all().get(0).key()).isEqualTo("training.batch-size");
    assertThat(refusals.all().get(0).toString())
        .contains(
            "10 for 31 training examples, which leaves a batch of 1 example",
            "ai.djl.nn.norm.BatchNorm (Expected more than 1 value per channel",
            "Set last-batch = drop, or choose another batch-size");
    assertATrialRefuses(block, 31, training(10, LastBatch.KEEP), "Set last-batch = drop");
  }

  @Test
  void refusesBatchesOfOneExampleUnderBatchNormWhateverLastBatchIs() {
    for (LastBatch lastBatch : LastBatch.values()) {
      Block block = mlp(BatchNorm.builder().build());
      assertThat(refusals(block, 30, training(1, lastBatch)).all())
          .singleElement()
          .asString()
          .contains("Choose a larger batch-size");
    }
  }

  @Test
  void acceptsABatchOfOneExampleWhereBatchNormHasSeveralValuesPerChannel() {
    NamedBlocks pixels =
        new NamedBlocks()
            .add("conv", TinyProblem.convolution(2))
            .add("bn", BatchNorm.builder().build())
            .add(Blocks.batchFlattenBlock())
            .add("out", linear(3));
    assertThat(refusals(pixels, 31, training(10, LastBatch.KEEP)).all()).isEmpty();
    assertThat(refusals(mlp(Blocks.identityBlock()), 31, training(10, LastBatch.KEEP)).all())
        .isEmpty();
  }

  @Test
  void aDroppedLastBatchTrainsOnWholeBatchesAndEvaluatesAllExamples() {
    Block block = mlp(BatchNorm.builder().build());
    assertThat(refusals(block, 31, training(10, LastBatch.DROP)).all()).isEmpty();
    try (Network network = Network.builder("mine", block, TinyProblem.INPUT).build();
        LocalTrial trial =
            new LocalTrial(
                network,
                TinyProblem.data(61, 0, 61),
                training(10, LastBatch.DROP),
                new Seed(1, 0))) {
      assertThat(trial.plan().perEpoch()).isEqualTo(6);
      assertThat(trial.plan().total()).isEqualTo(72);
      Ticket ticket = trial.ticket(0, trial.dense(), trial.initial(), trial.plan());
      assertThat(ticket.trained().iteration()).isEqualTo(72);
      double hits = 61 * accuracy(ticket);
      assertThat(hits).isCloseTo(Math.rint(hits), Offset.offset(1e-6));
      assertThat(accuracy(ticket)).isGreaterThan(0.7);
    }
  }

  @Test
  void droppingTheOnlyBatchIsRefused() {
    Training training = training(32, LastBatch.DROP);
    assertThatThrownBy(() -> Plan.of(training, 31))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("batch-size: found 32 for 31 training examples")
        .hasMessageContaining("last-batch = keep");
  }
}
