// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.Cost;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResidualNetsTest {

  @ParameterizedTest
  @CsvSource({
    "20, 16, 267696, 2560, 640, 270896",
    "32, 16, 461232, 2560, 640, 464432",
    "32, 32, 1844064, 10240, 1280, 1855584",
    "56, 16, 848304, 2560, 640, 851504"
  })
  void cifarResnetsHaveTheWeightsOfTheirTable(
      int depth, int width, long convolutions, long shortcuts, long linear, long all) {
    try (Network network = cifar(depth, width).build(Nets.CIFAR, 10)) {
      assertThat(Nets.weights(network, Layer.Kind.CONVOLUTION)).isEqualTo(convolutions);
      assertThat(Nets.weights(network, Layer.Kind.SHORTCUT)).isEqualTo(shortcuts);
      assertThat(Nets.weights(network, Layer.Kind.OUTPUT)).isEqualTo(linear);
      assertThat(Nets.weights(network)).isEqualTo(all);
      assertThat(network.name()).isEqualTo("resnet-" + depth);
    }
  }

  @Test
  void cifarResnetsHaveConvolutionsOnTheShortcutsAtStageStartsOnly() {
    try (Network network = cifar(20, 16).build(Nets.CIFAR, 10)) {
      assertThat(network.layers())
          .filteredOn(layer -> layer.kind() == Layer.Kind.SHORTCUT)
          .containsExactly(
              new Layer(
                  "stage2.block1.shortcut.weight", new Shape(32, 16, 1, 1), Layer.Kind.SHORTCUT),
              new Layer(
                  "stage3.block1.shortcut.weight", new Shape(64, 32, 1, 1), Layer.Kind.SHORTCUT));
      // 2 + 6 n layers and the shortcuts
      assertThat(network.layers()).hasSize(22);
    }
  }

  @Test
  void namesTheParametersByStageAndBlock() {
    try (Network network = cifar(20, 4).build(Nets.CIFAR, 10)) {
      assertThat(network.parameters().keySet())
          .startsWith("conv1.weight", "bn1.gamma", "bn1.beta", "bn1.runningMean", "bn1.runningVar")
          .contains(
              "stage1.block1.conv1.weight",
              "stage1.block1.bn1.gamma",
              "stage1.block3.conv2.weight",
              "stage2.block1.shortcut.weight",
              "stage2.block1.shortcutBn.gamma",
              "stage3.block3.bn2.runningVar",
              "fc.weight",
              "fc.bias")
          .filteredOn(name -> name.endsWith("bias"))
          .containsExactly("fc.bias");
    }
  }

  @ParameterizedTest
  @CsvSource({"CIFAR, 11159232", "IMAGENET, 11166912"})
  void resnet18HasTheWeightsOfItsStem(Resnet.Stem stem, long convolutions) {
    try (Network network = new Resnet.Resnet18(stem, CodeFamily.IMAGENET).build(Nets.CIFAR, 10)) {
      assertThat(Nets.weights(network)).isEqualTo(convolutions + 5120);
      assertThat(Nets.weights(network, Layer.Kind.SHORTCUT)).isEqualTo(172_032);
      assertThat(network.layers())
          .filteredOn(layer -> layer.kind() == Layer.Kind.SHORTCUT)
          .extracting(Layer::name)
          .containsExactly(
              "stage2.block1.shortcut.weight",
              "stage3.block1.shortcut.weight",
              "stage4.block1.shortcut.weight");
      assertThat(Nets.shape(network)).isEqualTo(new Shape(2, 10));
    }
  }

  @Test
  void resnet50HasTheParametersOfImageNet() {
    Model model = new Resnet.Resnet50(Resnet.Stem.IMAGENET, CodeFamily.IMAGENET);
    try (Network network = model.build(new Shape(3, 64, 64), 1000)) {
      assertThat(Nets.weights(network)).isEqualTo(25_502_912);
      assertThat(Nets.parameters(network, "weight", "bias", "gamma", "beta")).isEqualTo(25_557_032);
      // On 224x224 pixels, 12.25 times as many, 4,089,184,256, of which 2,048,000 are linear.
      assertThat(Cost.of(network)).isEqualTo(new Cost(335_691_776, 25_557_032));
      assertThat(network.layers())
          .filteredOn(layer -> layer.kind() == Layer.Kind.SHORTCUT)
          .extracting(Layer::shape)
          .containsExactly(
              new Shape(256, 64, 1, 1),
              new Shape(512, 256, 1, 1),
              new Shape(1024, 512, 1, 1),
              new Shape(2048, 1024, 1, 1));
      assertThat(Nets.shape(network)).isEqualTo(new Shape(2, 1000));
    }
  }

  @ParameterizedTest
  @CsvSource({"16, 8, 10954160", "16, 10, 17107632", "22, 8, 17147312"})
  void wideResnetsHaveTheWeightsOfTheirLayers(int depth, int factor, long weights) {
    try (Network network = new WideResnet(depth, factor, CodeFamily.SNIP).build(Nets.CIFAR, 10)) {
      assertThat(Nets.weights(network)).isEqualTo(weights);
      assertThat(network.layers())
          .filteredOn(layer -> layer.kind() == Layer.Kind.SHORTCUT)
          .extracting(Layer::name)
          .containsExactly(
              "stage1.block1.shortcut.weight",
              "stage2.block1.shortcut.weight",
              "stage3.block1.shortcut.weight");
    }
  }

  @Test
  void wideResnetOfFactorOneHasNoConvolutionOnItsFirstShortcut() {
    try (Network network = new WideResnet(10, 1, CodeFamily.SNIP).build(Nets.CIFAR, 10)) {
      assertThat(network.layers())
          .extracting(Layer::name)
          .containsExactly(
              "conv1.weight",
              "stage1.block1.conv1.weight",
              "stage1.block1.conv2.weight",
              "stage2.block1.conv1.weight",
              "stage2.block1.conv2.weight",
              "stage2.block1.shortcut.weight",
              "stage3.block1.conv1.weight",
              "stage3.block1.conv2.weight",
              "stage3.block1.shortcut.weight",
              "fc.weight");
      assertThat(Nets.logits(network, Nets.initial(network), DataType.FLOAT32)).hasSize(20);
    }
  }

  @Test
  void refusesADepthThatThereIsNot() {
    assertThatThrownBy(() -> new WideResnet(18, 8, CodeFamily.SNIP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("depth", "found 18", "16, 22");
  }

  @Test
  void refusesWhatIsNoImage() {
    assertThatThrownBy(() -> cifar(20, 16).build(new Shape(784), 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("resnet-20", "(784)", "(channels, height, width)");
  }

  @Test
  void computesInTheTypeItIsGiven() {
    Model wide = new WideResnet(10, 2, CodeFamily.OPEN_LTH);
    Model imagenet = new Resnet.Resnet18(Resnet.Stem.IMAGENET, CodeFamily.SYNFLOW);
    for (Model model : List.of(cifar(20, 4), wide, imagenet)) {
      try (Network network = model.build(Nets.CIFAR, 10)) {
        State state = Nets.initial(network);
        double[] exact = Nets.logits(network, state, DataType.FLOAT64);
        double[] single = Nets.logits(network, state, DataType.FLOAT32);
        double largest = 0;
        for (double logit : exact) {
          largest = Math.max(largest, Math.abs(logit));
        }
        for (int i = 0; i < exact.length; i++) {
          assertThat(single[i]).isCloseTo(exact[i], within(1e-4 * largest));
        }
        assertThat(single).isNotEqualTo(exact);
      }
    }
  }

  @Test
  void aBlockWhoseLastGammaIsZeroPassesOnItsInput() {
    // What its convolutions compute is then multiplied by 0; another block's still counts.
    try (Network network = cifar(20, 4).build(Nets.CIFAR, 10)) {
      State state = zero(Nets.initial(network), "stage1.block2.bn2.gamma");
      double[] logits = Nets.logits(network, state, DataType.FLOAT64);
      State other = zero(state, "stage1.block2.conv1.weight");
      assertThat(Nets.logits(network, other, DataType.FLOAT64)).isEqualTo(logits);
      assertThat(Nets.logits(network, zero(state, "stage1.block1.conv1.weight"), DataType.FLOAT64))
          .isNotEqualTo(logits);
    }
  }

  @Test
  void aResnetLearns() {
    Trained trained = train(cifar(20, 4), 40);
    // Chance is a third.
    assertThat(trained.history().last().orElseThrow().test().score()).isGreaterThan(0.9);
  }

  @Test
  void batchNormWithoutGammaAndBetaKeepsThemAtOneAndZero() {
    State state = train(new CifarResnet.Resnet20(4, CodeFamily.SLOT_MACHINES), 3).state();
    assertThat(state.get("bn1.gamma")).isEqualTo(Tensor.of(new Shape(4), 1, 1, 1, 1));
    assertThat(state.get("bn1.beta")).isEqualTo(Tensor.of(new Shape(4), 0, 0, 0, 0));
    assertThat(state.get("bn1.runningMean")).isNotEqualTo(state.get("bn1.beta"));
  }

  private static Trained train(Model model, long iterations) {
    Training training =
        new Training(
            new Sgd(0.05, 0.9, false, 0, List.of()),
            new Constant(),
            Span.iterations(0),
            20,
            Span.iterations(iterations),
            Span.iterations(iterations));
    Data data =
        new Data(
            "thirds",
            thirds("train", 200),
            thirds("validation", 0),
            thirds("test", 200),
            Normalisation.NONE,
            3);
    try (Network network = model.build(data.train().shape(), 3);
        LocalTrial trial = new LocalTrial(network, data, training, new Seed(1, 0))) {
      return trial.train(trial.initial(), Parametrization.dense(), trial.plan());
    }
  }

  private static Model cifar(int depth, int width) {
    return switch (depth) {
      case 20 -> new CifarResnet.Resnet20(width, CodeFamily.SYNFLOW);
      case 32 -> new CifarResnet.Resnet32(width, CodeFamily.SYNFLOW);
      default -> new CifarResnet.Resnet56(width, CodeFamily.SYNFLOW);
    };
  }

  private static State zero(State state, String name) {
    Tensor tensor = state.get(name);
    return state.with(State.of(Map.of(name, Tensor.of(tensor.shape(), new float[tensor.size()]))));
  }

  /** Images of 3x12x12 noisy bytes, a third of whose rows is brighter: that third is the class. */
  private static Examples thirds(String part, int count) {
    RandomStream random = new Seed(7, 0).stream(part, 0);
    ByteBuffer pixels = ByteBuffer.allocate(count * 3 * 12 * 12);
    int[] labels = new int[count];
    for (int example = 0; example < count; example++) {
      labels[example] = random.nextInt(3);
      for (int i = 0; i < 3 * 12 * 12; i++) {
        int light = i / 12 % 12 / 4 == labels[example] ? 80 : 0;
        pixels.put((byte) (light + random.nextInt(120)));
      }
    }
    return Examples.ofBytes(pixels.flip(), new Shape(3, 12, 12), labels);
  }
}
