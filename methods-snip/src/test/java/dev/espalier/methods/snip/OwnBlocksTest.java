// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import dev.espalier.api.Criterion;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.methods.snip.PruningAtInitialisation.Settings;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pruning at initialisation of blocks whose paths are unknown, or that DJL makes of float32. */
class OwnBlocksTest {

  private static final Training TRAINING =
      new Training(
          new Adam(0.03), new Constant(), Span.iterations(0), 30, Span.epochs(10), Span.epochs(10));

  static Stream<Arguments> blocks() {
    return Stream.of(
            named("gru", () -> GRU.builder().setStateSize(6).setNumLayers(1).build()),
            named("lstm", () -> LSTM.builder().setStateSize(6).setNumLayers(1).build()),
            named("transformer", () -> new TransformerEncoderBlock(4, 2, 8, 0, Activation::relu)))
        .flatMap(
            block ->
                Stream.of(new Snip(30), new Grasp(10))
                    .map(criterion -> Arguments.of(block.get()[0], block.get()[1], criterion)));
  }

  private static Arguments named(String name, Supplier<Block> block) {
    return Arguments.of(name, block);
  }

  private static List<Ticket> tickets(Block block, Criterion criterion) {
    NamedBlocks sequence =
        new NamedBlocks()
            .add(OwnBlocksTest::rows)
            .add("block", block)
            .add(Blocks.batchFlattenBlock())
            .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build());
    try (Network network = Network.builder("mine", sequence, TinyProblem.INPUT).build();
        LocalTrial trial =
            new LocalTrial(network, TinyProblem.data(300, 0, 100), TRAINING, new Seed(1, 0))) {
      new PruningAtInitialisation(new Settings(List.of(0.5), criterion)).run(trial);
      return trial.tickets();
    }
  }

  /** An image as a sequence of its rows. */
  private static NDList rows(NDList images) {
    NDArray all = images.singletonOrThrow();
    return new NDList(all.reshape(all.getShape().get(0), 4, 4));
  }

  @ParameterizedTest(name = "{0} {2}")
  @MethodSource("blocks")
  void isPrunedAndLearns(String name, Supplier<Block> block, Criterion criterion) {
    int before = LiveArrays.count();
    Ticket last = tickets(block.get(), criterion).get(0);
    assertThat(last.mask().density()).isBetween(0.49, 0.51);
    assertThat(last.trained().history().last().orElseThrow().test().score()).isGreaterThan(0.7);
    if (!(criterion instanceof Grasp)) { // which keeps its leaves, to use them again
      assertThat(LiveArrays.count()).as(name).isEqualTo(before);
    }
  }

  @Test
  void aBlockThatDoesNotRunInFloat64IsRefusedWithTheSetting() {
    Block gru = GRU.builder().setStateSize(6).setNumLayers(1).build();
    int before = LiveArrays.count();
    assertThatThrownBy(() -> tickets(gru, new SynFlow()))
        .isInstanceOf(TrialFailed.class)
        .hasMessageContaining("the forward pass of mine fails in float64")
        .hasMessageContaining("set precision = float32");
    assertThat(LiveArrays.count()).isEqualTo(before);
  }
}
