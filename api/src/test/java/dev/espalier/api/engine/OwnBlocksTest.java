// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.recurrent.RNN;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OwnBlocksTest {

  private static final Training TRAINING =
      new Training(
          new Adam(0.02),
          new Constant(),
          Span.iterations(0),
          30,
          Span.epochs(20),
          Span.epochs(20),
          0);

  static Stream<Arguments> blocks() {
    Block twice = Linear.builder().setUnits(8).build();
    return Stream.of(
        of("prelu", true, () -> mlp(Activation.preluBlock())),
        of("sigmoid", true, () -> mlp(Activation.sigmoidBlock())),
        of("tanh", true, () -> mlp(Activation.tanhBlock())),
        of("leaky", true, () -> mlp(Activation.leakyReluBlock(0.1f))),
        of("gelu", true, () -> mlp(Activation.geluBlock())),
        of("swish", true, () -> mlp(Activation.swishBlock(1))),
        of("mish", true, () -> mlp(Activation.mishBlock())),
        of("selu", true, () -> mlp(Activation.seluBlock())),
        of("elu", true, () -> mlp(Activation.eluBlock(1f))),
        of("layer-norm", false, () -> mlp(LayerNorm.builder().build())),
        of("batch-norm", true, () -> mlp(BatchNorm.builder().build())),
        of("twice", true, () -> new NamedBlocks().add(Blocks.batchFlattenBlock()).add("in", linear(8)).add("a", twice).add(Activation::relu).add("b", twice).add(Activation::relu).add("out", linear(3))),
        of("autoencoder", true, () -> new NamedBlocks().add(Blocks.batchFlattenBlock()).add("e", linear(4)).add(Activation::relu).add("d", linear(16)).add(Activation::sigmoid).add("out", linear(3))),
        of("softmax", true, () -> new NamedBlocks().add(Blocks.batchFlattenBlock()).add("e", linear(4)).add(Activation::relu).add("out", linear(3)).add(list -> new NDList(list.singletonOrThrow().softmax(1)))),
        of("grouped", true, () -> new NamedBlocks().add("c", TinyProblem.convolution(4)).add(Activation::relu).add("g", Conv2d.builder().setKernelShape(new Shape(3, 3)).optPadding(new Shape(1,1)).setFilters(4).optGroups(2).build()).add(Activation::relu).add(Blocks.batchFlattenBlock()).add("out", linear(3))),
        of("deep-autoencoder", true, () -> new NamedBlocks().add(Blocks.batchFlattenBlock()).add("e1", linear(12)).add(Activation::sigmoid).add("e", linear(2)).add(Activation::sigmoid).add("d1", linear(12)).add(Activation::sigmoid).add("d", linear(16)).add(Activation::sigmoid).add("out", linear(3))),
        of("rnn", false, () -> sequence(RNN.builder().setActivation(RNN.Activation.RELU).setStateSize(8).setNumLayers(1).build())),
        of("rnn-tanh", false, () -> sequence(RNN.builder().setActivation(RNN.Activation.TANH).setStateSize(8).setNumLayers(1).build())),
        of("gru", false, () -> sequence(GRU.builder().setStateSize(8).setNumLayers(1).build())),
        of("lstm", false, () -> sequence(LSTM.builder().setStateSize(8).setNumLayers(1).build())),
        of("transformer", false, () -> sequence(new TransformerEncoderBlock(4, 2, 8, 0f, Activation::relu))),
        of("transformer-dropout", false, () -> sequence(new TransformerEncoderBlock(4, 2, 8, 0.1f, Activation::relu))));
  }

  private static Arguments of(String name, boolean hasPaths, Supplier<Block> block) {
    return Arguments.of(name, hasPaths, block);
  }

  private static Block linear(int units) {
    return Linear.builder().setUnits(units).build();
  }

  private static Block mlp(Block activation) {
    return new NamedBlocks()
        .add(Blocks.batchFlattenBlock())
        .add("fc", linear(8))
        .add("act", activation)
        .add("out", linear(3));
  }

  private static Block sequence(Block block) {
    return new NamedBlocks()
        .add(
            list -> {
              NDArray images = list.singletonOrThrow();
              return new NDList(images.reshape(images.getShape().get(0), 4, 4));
            })
        .add("block", block)
        .add(Blocks.batchFlattenBlock())
        .add("out", linear(3));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("blocks")
  void learns(String name, boolean hasPaths, Supplier<Block> block) {
    int before = LiveArrays.count();
    try (Network network = Network.builder(name, block.get(), TinyProblem.INPUT).build();
        LocalTrial trial =
            new LocalTrial(network, TinyProblem.data(300, 0, 150), TRAINING, new Seed(3, 0))) {
      System.out.println("== " + name + " " + network.layers());
      Ticket dense = trial.ticket(0, trial.dense(), trial.initial(), trial.plan());
      System.out.println(
          name + " " + dense.trained().history().last().get().test() + " " + dense.analysis().effectiveDensity());
      Mask half =
          Mask.of(
              network.layers(),
              (layer, bits) -> {
                for (int i = 0; i < layer.size(); i += 2) {
                  bits.set((i * 7) % layer.size());
                }
                return bits;
              });
      Ticket sparse = trial.ticket(1, half, trial.initial(), trial.plan());
      System.out.println(
          name + " " + sparse.trained().history().last().get().test() + " " + sparse.analysis().effectiveDensity()+" "+half.density());
    } catch (RuntimeException e) {
      System.out.println(name + " FAILS " + e);
      e.printStackTrace(System.out);
    }
    assertThat(LiveArrays.count()).as(name).isEqualTo(before);
  }
}
