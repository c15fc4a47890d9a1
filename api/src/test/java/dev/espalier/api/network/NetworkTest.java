// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.training.ParameterStore;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Layer.Kind;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.Cost;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NetworkTest {

  private static final Shape IN = new Shape(4);
  private static final Shape IMAGE = new Shape(1, 4, 4);

  @Test
  void namesParametersByThePathOfTheirBlocks() {
    NamedBlocks inner = new NamedBlocks().add("fc", linear(3)).add("bn", norm());
    try (Network network =
        network(new NamedBlocks().add("stage", inner).add("out", linear(2)), IN)) {
      assertThat(network.parameters().keySet())
          .containsExactly(
              "stage.fc.weight",
              "stage.fc.bias",
              "stage.bn.gamma",
              "stage.bn.beta",
              "stage.bn.runningMean",
              "stage.bn.runningVar",
              "out.weight",
              "out.bias");
    }
  }

  @Test
  void numbersNamesakesAmongThemselves() {
    try (Network network = network(new SequentialBlock().add(linear(3)).add(linear(2)), IN)) {
      assertThat(network.parameters().keySet())
          .containsExactly("linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias");
    }
  }

  @Test
  void insertingAnActivationRenamesNothing() {
    SequentialBlock with =
        new SequentialBlock().add(linear(3)).add(Activation::relu).add(linear(2));
    try (Network plain = network(new SequentialBlock().add(linear(3)).add(linear(2)), IN);
        Network inserted = network(with, IN)) {
      assertThat(inserted.parameters().keySet()).isEqualTo(plain.parameters().keySet());
      // But it computes something else, and must not find the other's remembered trainings.
      assertThat(inserted.digest()).isNotEqualTo(plain.digest());
    }
  }

  @Test
  void namesBeyondTheHundredthChildLoseTheirLongerCounterToo() {
    SequentialBlock block = new SequentialBlock();
    for (int i = 0; i < 100; i++) {
      block.add(Activation::relu);
    }
    try (Network network = network(block.add(linear(2)), IN)) {
      assertThat(network.parameters().keySet()).containsExactly("linear.weight", "linear.bias");
    }
  }

  @Test
  void keepsTheDigitsOfANameOfOnesOwn() {
    NamedBlocks block = new NamedBlocks().add("1", linear(3)).add("2x", linear(2));
    try (Network network = network(block, IN)) {
      assertThat(network.parameters().keySet())
          .containsExactly("1.weight", "1.bias", "2x.weight", "2x.bias");
    }
  }

  @Test
  void refusesTwoParametersOfOneName() {
    // Two nameless linear layers become linear1 and linear2.
    NamedBlocks block = new NamedBlocks().add("linear1", linear(4)).add(linear(3)).add(linear(2));
    assertThatThrownBy(() -> network(block, IN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("linear1.weight");
  }

  @Test
  void aBlockUsedTwiceHasItsFirstNameAndCountsOnce() {
    Block shared = linear(4);
    try (Network network =
        network(new NamedBlocks().add("a", shared).add("b", shared).add("out", linear(2)), IN)) {
      assertThat(network.parameters().keySet())
          .containsExactly("a.weight", "a.bias", "out.weight", "out.bias");
      assertThat(network.aliases()).isEqualTo(Map.of("b.weight", "a.weight", "b.bias", "a.bias"));
      assertThat(network.weights()).isEqualTo(16 + 8);
      Cost cost = Cost.of(network);
      assertThat(cost.parameters()).isEqualTo(16 + 4 + 8 + 2);
      assertThat(cost.macs()).as("it multiplies twice").isEqualTo(16 + 16 + 8);
    }
  }

  @Test
  void freesItsArraysWhereItRefusesAndLeavesTheBlockUsable() {
    int before = LiveArrays.count();
    SequentialBlock block = new SequentialBlock().add(linear(3)).add(Activation::relu);
    Network.Builder builder =
        Network.builder("n", block, IN).optKind("nowhere.weight", Kind.OUTPUT);
    assertThatThrownBy(builder::build).isInstanceOf(RefusedException.class);
    assertThat(LiveArrays.count()).isEqualTo(before);
    assertCanBeUsed(block, new Shape(1, 7));
  }

  @Test
  void leavesItsBlockUsableWhenClosed() {
    SequentialBlock block = new SequentialBlock().add(linear(3)).add(linear(3));
    network(block, IN).close();
    assertCanBeUsed(block, new Shape(1, 4));
  }

  /** Initialises a block with DJL's own initialisers, and runs it. */
  private static void assertCanBeUsed(Block block, Shape input) {
    int before = LiveArrays.count();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      block.initialize(manager, DataType.FLOAT32, input);
      NDList output =
          block.forward(new ParameterStore(manager, false), new NDList(manager.ones(input)), false);
      assertThat(output.singletonOrThrow().toFloatArray()).hasSize(3).doesNotContain(Float.NaN);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void refusesABlockWithoutPrunableWeights() {
    Block none = new SequentialBlock().add(Blocks.batchFlattenBlock()).add(Activation::relu);
    assertThatThrownBy(() -> network(none, IN))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("a block without parameters")
        .hasMessageContaining("a convolution or a linear layer");
    int before = LiveArrays.count();
    assertThatThrownBy(() -> network(new NamedBlocks().add("bn", norm()), IN))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no prunable weights among [bn.gamma, bn.beta");
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void aSlopeOfPreluStartsAtAQuarterAndIsNoPrunableWeight() {
    Block block = new NamedBlocks().add("prelu", Activation.preluBlock()).add("out", linear(2));
    try (Network network = network(block, IN)) {
      State state = network.initial(new Seed(1, 0).stream("init", 0));
      assertThat(state.get("prelu.alpha").values().get(0)).isEqualTo(0.25f);
      assertThat(network.layers()).extracting(Layer::name).containsExactly("out.weight");
      assertThat(network.trains("prelu.alpha")).isTrue();
    }
  }

  @Test
  void tellsLayersByTheirShapes() {
    try (Network network = TinyProblem.convolutional()) {
      assertThat(network.layers())
          .containsExactly(
              new Layer("conv.weight", new Shape(2, 1, 3, 3), Kind.CONVOLUTION),
              new Layer("fc.weight", new Shape(5, 8), Kind.LINEAR),
              new Layer("out.weight", new Shape(3, 5), Kind.OUTPUT));
    }
  }

  @Test
  void theLastLinearLayerIsTheOutputUnlessAnotherIsSaidToBe() {
    NamedBlocks block =
        new NamedBlocks()
            .add("conv", Conv2d.builder().setKernelShape(new Shape(1, 1)).setFilters(2).build())
            .add(Blocks.batchFlattenBlock())
            .add("head", linear(3))
            .add("extra", linear(2));
    try (Network network =
        Network.builder("n", block, IMAGE)
            .optKind("conv.weight", Kind.SHORTCUT)
            .optKind("head.weight", Kind.OUTPUT)
            .build()) {
      assertThat(network.layers())
          .extracting(Layer::kind)
          .containsExactly(Kind.SHORTCUT, Kind.OUTPUT, Kind.LINEAR);
    }
  }

  @Test
  void refusesAKindForALayerThereIsNot() {
    assertThatThrownBy(
            () ->
                Network.builder("n", new NamedBlocks().add("out", linear(2)), IN)
                    .optKind("output.weight", Kind.OUTPUT)
                    .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("output.weight")
        .hasMessageContaining("out.weight");
  }

  @Test
  void tablesOfEmbeddingsArePrunedOnRequestAndLinearLayersUnlessExcluded() {
    try (Network usual = words().build();
        Network chosen =
            words().optPrunable("words.embedding", true).optPrunable("out.weight", false).build()) {
      assertThat(usual.layers())
          .containsExactly(
              new Layer("fc.weight", new Shape(3, 2), Kind.LINEAR),
              new Layer("out.weight", new Shape(2, 3), Kind.OUTPUT));
      assertThat(chosen.layers())
          .containsExactly(
              new Layer("words.embedding", new Shape(5, 2), Kind.LINEAR),
              new Layer("fc.weight", new Shape(3, 2), Kind.LINEAR));
    }
  }

  @Test
  void refusesAChoiceOfWeightsThatAreNotThere() {
    for (String name : List.of("fc", "fc.bias")) {
      assertThatThrownBy(() -> words().optPrunable(name, false).build())
          .isInstanceOf(RefusedException.class)
          .hasMessageContainingAll(
              "prunable: found parameter " + name, "two axes or more", "words.embedding");
    }
  }

  private static Network.Builder words() {
    NamedBlocks block =
        new NamedBlocks()
            .add(
                "words", new IdEmbedding.Builder().setDictionarySize(5).setEmbeddingSize(2).build())
            .add("fc", linear(3))
            .add("out", linear(2));
    return Network.builder("words", block, IN);
  }

  @Test
  void trainsNeitherStatisticsNorFrozenParameters() {
    Block frozen = linear(3);
    NamedBlocks block = new NamedBlocks().add("fc", frozen).add("bn", norm());
    try (Network network = network(block, IN)) {
      network.parameters().get("fc.weight").freeze(true);
      assertThat(network.parameters().keySet().stream().filter(network::trains))
          .containsExactly("fc.bias", "bn.gamma", "bn.beta");
    }
  }

  @Test
  void startsFromKaimingNormalWeightsZeroBiasesAndUnitNorms() {
    NamedBlocks block = new NamedBlocks().add("fc", linear(500)).add("bn", norm());
    try (Network network = network(block, new Shape(200))) {
      State state = network.initial(new Seed(1, 0).stream("init", 0));
      // N(0, 2 / 200); of 100,000 draws the deviation is off by less than 1 %.
      assertThat(deviation(state.get("fc.weight"))).isBetween(0.099, 0.101);
      assertThat(state.get("fc.bias")).isEqualTo(Tensor.of(new Shape(500), new float[500]));
      assertThat(state.get("bn.gamma").get(7)).isEqualTo(1);
      assertThat(state.get("bn.beta").get(7)).isZero();
      assertThat(state.get("bn.runningMean").get(7)).isZero();
      assertThat(state.get("bn.runningVar").get(7)).isEqualTo(1);
    }
  }

  @Test
  void countsTheKernelIntoTheFansOfGlorot() {
    Block conv = Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(120).build();
    try (Network network =
        Network.builder("n", new NamedBlocks().add("conv", conv), new Shape(80, 4, 4))
            .optInitialiser(Initialiser.GLOROT_NORMAL)
            .build()) {
      State state = network.initial(new Seed(1, 0).stream("init", 0));
      // fan_in 80 * 9, fan_out 120 * 9: N(0, 2 / 1800), deviation 0.0333
      assertThat(deviation(state.get("conv.weight"))).isBetween(0.0330, 0.0337);
    }
  }

  @Test
  void keepsTheBitsOfItsDraws() {
    // Remembered initial states depend on this order: weights alone draw, layer by layer.
    try (Network network = TinyProblem.convolutional()) {
      RandomStream random = new Seed(1, 0).stream("init", 0);
      State state = network.initial(new Seed(1, 0).stream("init", 0));
      for (Layer layer : network.layers()) {
        double in = layer.shape().slice(1).size();
        float[] expected = new float[layer.size()];
        for (int i = 0; i < expected.length; i++) {
          expected[i] = (float) (Math.sqrt(2 / in) * random.nextGaussian());
        }
        assertThat(state.get(layer.name())).isEqualTo(Tensor.of(layer.shape(), expected));
      }
    }
  }

  @Test
  void drawsConvolutionsAndLinearLayersByTheirOwnInitialisers() {
    NamedBlocks block =
        new NamedBlocks()
            .add("conv", Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(90).build())
            .add(Blocks.batchFlattenBlock())
            .add("fc", linear(100));
    try (Network network =
        Network.builder("n", block, new Shape(80, 4, 4))
            .optInitialiser(Initialiser.GLOROT_NORMAL, Initialiser.SMALL_NORMAL)
            .build()) {
      State state = network.initial(new Seed(1, 0).stream("init", 0));
      // sqrt(2 / (80 * 9 + 90 * 9)) = 0.03615
      assertThat(deviation(state.get("conv.weight"))).isBetween(0.0358, 0.0365);
      assertThat(deviation(state.get("fc.weight"))).isBetween(0.0098, 0.0102);
    }
  }

  @Test
  void drawsGammaFromAnIntervalAndTakesASingleNumberAsItIs() {
    NamedBlocks norms = new NamedBlocks().add("bn", norm()).add("out", linear(1));
    try (Network network = Network.builder("n", norms, new Shape(10_000)).optGamma(0, 1).build()) {
      Tensor gamma = network.initial(new Seed(1, 0).stream("init", 0)).get("bn.gamma");
      double sum = 0;
      for (int i = 0; i < gamma.size(); i++) {
        assertThat(gamma.get(i)).isBetween(0f, 1f);
        sum += gamma.get(i);
      }
      // 3 standard errors of U(0, 1): 3 / sqrt(12 * 10,000)
      assertThat(sum / gamma.size()).isBetween(0.5 - 0.0087, 0.5 + 0.0087);
    }
    NamedBlocks half = new NamedBlocks().add("bn", norm()).add("out", linear(1));
    try (Network network = Network.builder("n", half, new Shape(2)).optGamma(0.5, 0.5).build()) {
      assertThat(network.initial(new Seed(1, 0).stream("init", 0)).get("bn.gamma"))
          .isEqualTo(Tensor.of(new Shape(2), 0.5f, 0.5f));
    }
  }

  @Test
  void anyParameterCanHaveAnInitialiserAndTheOthersAreDrawnAsBefore() {
    Network.Builder builder = Network.builder("n", two(), IN);
    try (Network network =
        builder
            .optInitialiser("fc.bias", new Initialisers.Constant(1))
            .optInitialiser("out.weight", new Initialisers.Normal(3))
            .build()) {
      RandomStream random = new Seed(1, 0).stream("init", 0);
      State state = network.initial(random);
      assertThat(values(state.get("fc.bias"))).containsOnly(1f);
      assertThat(values(state.get("out.bias"))).containsOnly(0f);
      RandomStream same = new Seed(1, 0).stream("init", 0);
      Tensor fc = state.get("fc.weight");
      assertThat(values(fc)).containsExactly(Initialiser.KAIMING_NORMAL.draw(fc.shape(), same));
      assertThat(state.get("out.weight").get(0)).isEqualTo((float) (3 * same.nextGaussian()));
    }
  }

  @Test
  void refusesInitialisersOfUnknownParametersTogether() {
    Initialiser one = new Initialisers.Constant(1);
    Network.Builder builder =
        Network.builder("n", two(), IN).optInitialiser("fc.b", one).optInitialiser("gru", one);
    int before = LiveArrays.count();
    assertThatThrownBy(builder::build)
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll(
            "initialiser: found an initialiser of fc.b, allowed is one of [fc.weight, fc.bias, out",
            "found an initialiser of gru");
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[tensor.size()];
    tensor.values().get(values);
    return values;
  }

  private static Block two() {
    return new NamedBlocks().add("fc", linear(3)).add("out", linear(2));
  }

  @Test
  void redrawsTheWeightsOfTheLayersAskedForAndNothingElse() {
    try (Network network = TinyProblem.convolutional()) {
      State state = network.initial(new Seed(1, 0).stream("init", 0));
      State redrawn =
          network.redraw(
              state,
              Initialiser.GLOROT_NORMAL,
              layer -> layer.kind() != Kind.CONVOLUTION,
              new Seed(1, 0).stream("scores", 0));
      assertThat(redrawn.names()).containsExactlyElementsOf(state.names());
      for (String name : state.names()) {
        if (name.equals("fc.weight") || name.equals("out.weight")) {
          assertThat(redrawn.get(name)).as(name).isNotEqualTo(state.get(name));
        } else {
          assertThat(redrawn.get(name)).as(name).isEqualTo(state.get(name));
        }
      }
      RandomStream random = new Seed(1, 0).stream("scores", 0);
      // fc is (5, 8): fan_in + fan_out = 13
      assertThat(redrawn.get("fc.weight").get(0))
          .isEqualTo((float) (Math.sqrt(2.0 / 13) * random.nextGaussian()));
      assertThat(state).isEqualTo(network.initial(new Seed(1, 0).stream("init", 0)));
    }
  }

  @Test
  void drawsTheSameWeightsFromTheSameStreamOnly() {
    try (Network network = TinyProblem.convolutional()) {
      State first = network.initial(new Seed(1, 0).stream("init", 0));
      assertThat(network.initial(new Seed(1, 0).stream("init", 0))).isEqualTo(first);
      assertThat(network.initial(new Seed(1, 0).stream("init", 1))).isNotEqualTo(first);
      assertThat(first.names()).isEqualTo(network.parameters().keySet());
    }
  }

  @Test
  void holdsNaNUntilLoadedSoThatABlockAroundTheStoreFailsLoudly() {
    Block own = linear(2);
    try (Network network = network(new NamedBlocks().add("out", own), IN);
        NDManager manager = NDManager.newBaseManager()) {
      NDList out =
          network
              .block()
              .forward(
                  new ParameterStore(manager, false),
                  new NDList(manager.ones(network.batch(1))),
                  false);
      assertThat(out.singletonOrThrow().toFloatArray()).containsOnly(Float.NaN);
    }
  }

  @Test
  void loadsAStateForUseAsAnOrdinaryBlock() {
    try (Network network = network(new NamedBlocks().add("out", linear(2)), IN);
        NDManager manager = NDManager.newBaseManager()) {
      network.load(
          State.of(
              Map.of(
                  "out.weight", Tensor.of(new Shape(2, 4), 1, 2, 3, 4, 0, 0, 0, 1),
                  "out.bias", Tensor.of(new Shape(2), 10, 20))));
      int before = LiveArrays.count();
      NDArray out =
          network
              .block()
              .forward(
                  new ParameterStore(manager, false),
                  new NDList(manager.create(new float[] {1, 1, 1, 5}, new Shape(1, 4))),
                  false)
              .singletonOrThrow();
      // 1 + 2 + 3 + 4 * 5 + 10 and 5 + 20
      assertThat(out.toFloatArray()).containsExactly(36, 25);
      assertThat(LiveArrays.count()).isGreaterThan(before);
    }
  }

  @Test
  void loadingLeavesNoArraysBehind() {
    try (Network network = TinyProblem.convolutional()) {
      State state = network.initial(new Seed(1, 0).stream("init", 0));
      int before = LiveArrays.count();
      network.load(state);
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }

  @Test
  void refusesToLoadAnotherShape() {
    try (Network network = network(new NamedBlocks().add("out", linear(2)), IN)) {
      State wrong =
          State.of(
              Map.of(
                  "out.weight", Tensor.of(new Shape(4, 2), new float[8]),
                  "out.bias", Tensor.of(new Shape(2), 0, 0)));
      assertThatThrownBy(() -> network.load(wrong))
          .isInstanceOf(RefusedException.class)
          .hasMessageContainingAll("out.weight", "(4, 2)", "(2, 4)");
      assertThatThrownBy(() -> network.load(State.EMPTY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("out.weight");
    }
  }

  @Test
  void freesItsArraysWhenClosed() {
    int before = LiveArrays.count();
    Network network = TinyProblem.convolutional();
    assertThat(LiveArrays.count()).isEqualTo(before + network.parameters().size());
    network.close();
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void leavesTheArraysOfAnInitialisedBlockToItsOwner() {
    try (NDManager owner = NDManager.newBaseManager()) {
      Block block = linear(2);
      block.initialize(owner, DataType.FLOAT32, new Shape(1, 4));
      network(block, IN).close();
      NDArray weight = block.getParameters().valueAt(0).getArray();
      assertThat(weight.toFloatArray()).hasSize(8).doesNotContain(Float.NaN);
    }
  }

  @Test
  void digestsNamesShapesAndInput() {
    try (Network one = network(new NamedBlocks().add("out", linear(2)), IN);
        Network same = network(new NamedBlocks().add("out", linear(2)), IN);
        Network renamed = network(new NamedBlocks().add("head", linear(2)), IN);
        Network wider = network(new NamedBlocks().add("out", linear(3)), IN)) {
      assertThat(same.digest()).isEqualTo(one.digest());
      assertThat(List.of(one.digest(), renamed.digest(), wider.digest())).doesNotHaveDuplicates();
    }
  }

  private static double deviation(Tensor tensor) {
    double sum = 0;
    for (int i = 0; i < tensor.size(); i++) {
      sum += tensor.get(i) * tensor.get(i);
    }
    return Math.sqrt(sum / tensor.size());
  }

  private static Network network(Block block, Shape input) {
    return Network.builder("n", block, input).build();
  }

  private static Block linear(int units) {
    return Linear.builder().setUnits(units).build();
  }

  private static Block norm() {
    return BatchNorm.builder().build();
  }
}
