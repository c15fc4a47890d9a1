// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PathsTest {

  private static final Shape INPUT = TinyProblem.INPUT;

  /** The weights alive of the layers named; other layers are whole. */
  private static Mask mask(Network network, Map<String, int[]> alive) {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          String name = layer.name().replace(".weight", "");
          if (alive.containsKey(name)) {
            for (int i : alive.get(name)) {
              bits.set(i);
            }
          } else {
            bits.set(0, layer.size());
          }
          return bits;
        });
  }

  private static Analysis analyse(Network network, Mask mask) {
    try (TrainingEngine engine =
        new TrainingEngine(network, TinyProblem.data(3, 0, 0), Device.cpu())) {
      return engine.analyse(mask);
    }
  }

  private static OfLayer of(Analysis analysis, String layer) {
    return analysis.layers().stream()
        .filter(of -> of.layer().name().equals(layer + ".weight"))
        .findFirst()
        .orElseThrow();
  }

  private static void assertLayer(
      Analysis analysis, String layer, int kept, int onPath, int deadUnits) {
    OfLayer of = of(analysis, layer);
    assertThat(List.of(of.kept(), of.onPath().getAsInt(), of.deadUnits().getAsInt()))
        .as(layer + ": kept, on a path, dead units")
        .containsExactly(kept, onPath, deadUnits);
  }

  private static Network chain(int... units) {
    NamedBlocks block = new NamedBlocks().add(Blocks.batchFlattenBlock());
    for (int i = 0; i < units.length; i++) {
      if (i > 0) {
        block.add(Activation::relu);
      }
      block.add("fc" + (i + 1), Linear.builder().setUnits(units[i]).build());
    }
    return Network.builder("chain", block, INPUT).build();
  }

  private static Block conv(int filters, int kernel) {
    return Conv2d.builder()
        .setKernelShape(new Shape(kernel, kernel))
        .optPadding(new Shape(kernel / 2, kernel / 2))
        .setFilters(filters)
        .optBias(false)
        .build();
  }

  @Test
  void aUnitWithoutInputsTakesItsOutputsAlong() {
    // 16 - 3 - 2 - 2; the first hidden unit has lost its row of fc1.
    try (Network network = chain(3, 2, 2)) {
      int[] others = new int[32];
      for (int i = 0; i < 32; i++) {
        others[i] = 16 + i;
      }
      Analysis analysis = analyse(network, mask(network, Map.of("fc1", others)));
      assertLayer(analysis, "fc1", 32, 32, 1);
      assertLayer(analysis, "fc2", 6, 4, 0);
      assertLayer(analysis, "fc3", 4, 4, 0);
      assertThat(analysis.density()).isEqualTo(42 / 58.0);
      assertThat(analysis.effectiveDensity()).hasValue(40 / 58.0);
      assertThat(analysis.empty()).isEmpty();
    }
  }

  @Test
  void aUnitWithoutOutputsTakesItsInputsAlong() {
    // fc2 (2, 3) has lost its first column.
    try (Network network = chain(3, 2, 2)) {
      Analysis analysis = analyse(network, mask(network, Map.of("fc2", new int[] {1, 2, 4, 5})));
      assertLayer(analysis, "fc1", 48, 32, 1);
      assertLayer(analysis, "fc2", 4, 4, 0);
      assertLayer(analysis, "fc3", 4, 4, 0);
    }
  }

  @Test
  void weightsThatMeetNoOthersLeadNowhere() {
    // fc1 reaches the first unit only, fc2 listens to the second only.
    try (Network network = chain(3, 2, 2)) {
      Analysis analysis =
          analyse(network, mask(network, Map.of("fc1", new int[] {5}, "fc2", new int[] {1, 4})));
      assertLayer(analysis, "fc1", 1, 0, 3);
      assertLayer(analysis, "fc2", 2, 0, 2);
      assertLayer(analysis, "fc3", 4, 0, 2);
      assertThat(analysis.isCollapsed()).as("every layer has weights").isFalse();
      assertThat(analysis.isConnected()).isFalse();
    }
  }

  @Test
  void anEmptyLayerDisconnectsAChain() {
    try (Network network = chain(3, 2, 2)) {
      Analysis analysis = analyse(network, mask(network, Map.of("fc2", new int[0])));
      assertThat(analysis.empty()).extracting(Layer::name).containsExactly("fc2.weight");
      assertThat(analysis.isCollapsed()).isTrue();
      assertThat(analysis.isConnected()).isFalse();
      assertThat(analysis.effectiveDensity()).hasValue(0);
      assertLayer(analysis, "fc1", 48, 0, 3);
    }
  }

  @Test
  void everyWeightOfADenseNetworkIsOnAPath() {
    try (Network network = TinyProblem.convolutional()) {
      Analysis analysis = analyse(network, Mask.dense(network.layers()));
      assertThat(analysis.effectiveDensity()).hasValue(1);
      assertThat(analysis.layers()).extracting(OfLayer::deadUnits).containsOnly(OptionalInt.of(0));
    }
  }

  /** 4x4, pooled to 2x2, three convolutions there, pooled to 1x1: the end of a VGG. */
  private static Network pooled(int channels) {
    NamedBlocks block = new NamedBlocks().add("conv1", conv(channels, 3));
    block.add("bn1", BatchNorm.builder().build()).add(Activation::relu);
    block.add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
    for (int i = 2; i <= 4; i++) {
      block.add("conv" + i, conv(channels, 3));
      block.add("bn" + i, BatchNorm.builder().build()).add(Activation::relu);
    }
    block.add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
    block.add(Blocks.batchFlattenBlock()).add("out", Linear.builder().setUnits(3).build());
    return Network.builder("pooled", block, INPUT).build();
  }

  @Test
  void maxPoolingOfMapsAsSmallAsItsWindowHidesNoCornerOfAKernel() {
    try (Network network = pooled(8)) {
      Analysis analysis = analyse(network, Mask.dense(network.layers()));
      analysis.layers().forEach(of -> assertThat(of.onPath()).as("%s", of).hasValue(of.kept()));
    }
  }

  @Test
  void aChannelCutOffTakesItsKernelsAlong() {
    // conv2 (4, 4, 3, 3) has lost all that reads channel 2.
    try (Network network = pooled(4)) {
      int[] alive = IntStream.range(0, 4 * 4 * 9).filter(i -> i / 9 % 4 != 2).toArray();
      Analysis analysis = analyse(network, mask(network, Map.of("conv2", alive)));
      assertLayer(analysis, "conv1", 36, 27, 1);
      assertLayer(analysis, "conv2", 108, 108, 0);
      assertLayer(analysis, "conv3", 144, 144, 0);
      assertLayer(analysis, "out", 12, 12, 0);
    }
  }

  @Test
  void weightsThatOnlyMeetPaddingAreOnNoPath() {
    // A 3x3 kernel on a map of one pixel: all but its centre.
    NamedBlocks block =
        new NamedBlocks()
            .add("conv1", conv(2, 3))
            .add(Activation::relu)
            .add(Pool.maxPool2dBlock(new Shape(4, 4), new Shape(4, 4)))
            .add("conv2", conv(2, 3))
            .add(Activation::relu)
            .add(Blocks.batchFlattenBlock())
            .add("out", Linear.builder().setUnits(3).build());
    try (Network network = Network.builder("one-pixel", block, INPUT).build()) {
      Analysis analysis = analyse(network, Mask.dense(network.layers()));
      assertLayer(analysis, "conv1", 18, 18, 0);
      assertLayer(analysis, "conv2", 36, 4, 0);
    }
  }

  private static Network residual(boolean projected) {
    NamedBlocks branch =
        new NamedBlocks()
            .add("conv1", conv(2, 3))
            .add("bn1", BatchNorm.builder().build())
            .add(Activation::relu)
            .add("conv2", conv(2, 3))
            .add("bn2", BatchNorm.builder().build());
    NamedBlocks shortcut = new NamedBlocks();
    if (projected) {
      shortcut.add("conv", conv(2, 1));
    } else {
      shortcut.add(Blocks.identityBlock());
    }
    ParallelBlock sum =
        new ParallelBlock(
                lists -> new NDList(NDArrays.add(lists.get(0).get(0), lists.get(1).get(0))))
            .add(branch)
            .add(shortcut);
    NamedBlocks block =
        new NamedBlocks()
            .add("stem", conv(2, 3))
            .add(Activation::relu)
            .add("block", sum)
            .add(Activation::relu)
            .add(Pool.globalAvgPool2dBlock())
            .add("out", Linear.builder().setUnits(3).build());
    Network.Builder builder = Network.builder("residual", block, INPUT);
    return (projected
            ? builder.optKind("block.namedBlocks2.conv.weight", Layer.Kind.SHORTCUT)
            : builder)
        .build();
  }

  @Test
  void anEmptyBranchLeavesTheIdentity() {
    try (Network network = residual(false)) {
      Analysis analysis =
          analyse(network, mask(network, Map.of("block.namedBlocks1.conv2", new int[0])));
      assertLayer(analysis, "stem", 18, 18, 0);
      assertLayer(analysis, "block.namedBlocks1.conv1", 36, 0, 2);
      assertLayer(analysis, "block.namedBlocks1.conv2", 0, 0, 2);
      assertLayer(analysis, "out", 6, 6, 0);
      assertThat(analysis.isCollapsed()).isTrue();
      assertThat(analysis.isConnected()).isTrue();
    }
  }

  @Test
  void anEmptyShortcutIsShownButNoCollapse() {
    try (Network network = residual(true)) {
      Analysis analysis =
          analyse(network, mask(network, Map.of("block.namedBlocks2.conv", new int[0])));
      assertThat(analysis.empty())
          .extracting(Layer::name)
          .containsExactly("block.namedBlocks2.conv.weight");
      assertThat(analysis.isCollapsed()).isFalse();
      assertLayer(analysis, "block.namedBlocks1.conv2", 36, 36, 0);
      assertLayer(analysis, "stem", 18, 18, 0);
    }
  }

  @Test
  void aLayerThatTheOutputDoesNotUseIsOnNoPath() {
    NamedBlocks used = new NamedBlocks().add("fc", Linear.builder().setUnits(3).build());
    ParallelBlock both =
        new ParallelBlock(lists -> new NDList(lists.get(0).singletonOrThrow()))
            .add(used)
            .add(new NamedBlocks().add("idle", Linear.builder().setUnits(3).build()));
    NamedBlocks block = new NamedBlocks().add(Blocks.batchFlattenBlock()).add("both", both);
    try (Network network = Network.builder("idle", block, INPUT).build()) {
      Analysis analysis = analyse(network, Mask.dense(network.layers()));
      assertLayer(analysis, "both.namedBlocks1.fc", 48, 48, 0);
      assertLayer(analysis, "both.namedBlocks2.idle", 48, 0, 3);
    }
  }

  @Test
  void agreesWithASearchOfTheGraph() {
    Random random = new Random(1);
    int[] units = {6, 5, 7, 3};
    try (Network network = chain(units);
        TrainingEngine engine =
            new TrainingEngine(network, TinyProblem.data(3, 0, 0), Device.cpu())) {
      for (int repetition = 0; repetition < 60; repetition++) {
        double density = 0.05 + 0.45 * random.nextDouble();
        Mask mask =
            Mask.of(
                network.layers(),
                (layer, bits) -> {
                  for (int i = 0; i < layer.size(); i++) {
                    bits.set(i, random.nextDouble() < density);
                  }
                  return bits;
                });
        assertThat(engine.analyse(mask)).as("repetition " + repetition).isEqualTo(searched(mask));
      }
    }
  }

  /** Marks units from the input on and from the output back; a weight needs both its ends. */
  private static Analysis searched(Mask mask) {
    List<Layer> layers = mask.layers();
    List<BitSet> reached = new ArrayList<>();
    BitSet all = new BitSet();
    all.set(0, (int) INPUT.size());
    reached.add(all);
    for (int l = 0; l < layers.size(); l++) {
      BitSet next = new BitSet();
      int inputs = (int) layers.get(l).shape().get(1);
      for (int i = 0; i < layers.get(l).size(); i++) {
        if (mask.keeps(layers.get(l), i) && reached.get(l).get(i % inputs)) {
          next.set(i / inputs);
        }
      }
      reached.add(next);
    }
    BitSet leading = new BitSet();
    leading.set(0, (int) layers.get(layers.size() - 1).shape().get(0));
    Map<Layer, BitSet> onPath = new HashMap<>();
    for (int l = layers.size() - 1; l >= 0; l--) {
      BitSet before = new BitSet();
      BitSet weights = new BitSet();
      int inputs = (int) layers.get(l).shape().get(1);
      for (int i = 0; i < layers.get(l).size(); i++) {
        if (mask.keeps(layers.get(l), i) && leading.get(i / inputs)) {
          before.set(i % inputs);
          weights.set(i, reached.get(l).get(i % inputs));
        }
      }
      onPath.put(layers.get(l), weights);
      leading = before;
    }
    return new Analysis(
        layers.stream()
            .map(
                layer -> {
                  int inputs = (int) layer.shape().get(1);
                  long alive = onPath.get(layer).stream().map(i -> i / inputs).distinct().count();
                  return new OfLayer(
                      layer,
                      mask.kept(layer),
                      onPath.get(layer).cardinality(),
                      (int) (layer.shape().get(0) - alive));
                })
            .toList());
  }

  @Test
  void aDeepChainNeitherOverflowsNorVanishes() {
    int[] units = new int[60];
    Arrays.fill(units, 40);
    try (Network network = chain(units)) {
      assertThat(analyse(network, Mask.dense(network.layers())).effectiveDensity()).hasValue(1);
      // One path alone, among weights that come from nowhere: unit 0 reads unit 0, and unit 1 all.
      Mask thin =
          Mask.of(
              network.layers(),
              (layer, bits) -> {
                int inputs = (int) layer.shape().get(1);
                bits.set(0);
                if (!layer.name().equals("fc1.weight")) {
                  bits.set(inputs + 2, 2 * inputs);
                }
                return bits;
              });
      Analysis analysis = analyse(network, thin);
      assertThat(analysis.layers()).extracting(OfLayer::onPath).containsOnly(OptionalInt.of(1));
      assertThat(analysis.layers()).extracting(OfLayer::deadUnits).containsOnly(OptionalInt.of(39));
    }
  }

  @Test
  void frees() {
    try (Network network = pooled(2);
        TrainingEngine engine =
            new TrainingEngine(network, TinyProblem.data(3, 0, 0), Device.cpu())) {
      Mask mask = mask(network, Map.of("conv2", new int[] {4}));
      engine.analyse(mask);
      int before = LiveArrays.count();
      for (int i = 0; i < 5; i++) {
        engine.analyse(mask);
      }
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }
}
