// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.norm.BatchNorm;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VggTest {

  @ParameterizedTest
  @CsvSource({
    "11, 9217728, 9",
    "13, 9402048, 11",
    "16, 14710464, 14",
    "19, 20018880, 17",
  })
  void hasTheWeightsOfItsPlan(int depth, long convolutions, int layers) {
    try (Network network = model(depth, CodeFamily.SLIMMING).build(Nets.CIFAR, 10)) {
      assertThat(Nets.weights(network, Layer.Kind.CONVOLUTION)).isEqualTo(convolutions);
      assertThat(Nets.weights(network, Layer.Kind.OUTPUT)).isEqualTo(5120);
      assertThat(Nets.weights(network)).isEqualTo(convolutions + 5120);
      assertThat(network.layers()).hasSize(layers);
      assertThat(network.name()).isEqualTo("vgg-" + depth);
    }
  }

  @Test
  void hasTheLayersOfVgg11() {
    try (Network network = model(11, CodeFamily.SYNFLOW).build(Nets.CIFAR, 100)) {
      assertThat(network.layers())
          .extracting(Layer::name)
          .containsExactly(
              "conv1.weight",
              "conv2.weight",
              "conv3.weight",
              "conv4.weight",
              "conv5.weight",
              "conv6.weight",
              "conv7.weight",
              "conv8.weight",
              "fc.weight");
      assertThat(network.layers())
          .extracting(Layer::shape)
          .containsExactly(
              new Shape(64, 3, 3, 3),
              new Shape(128, 64, 3, 3),
              new Shape(256, 128, 3, 3),
              new Shape(256, 256, 3, 3),
              new Shape(512, 256, 3, 3),
              new Shape(512, 512, 3, 3),
              new Shape(512, 512, 3, 3),
              new Shape(512, 512, 3, 3),
              new Shape(100, 512));
      assertThat(Nets.shape(network)).isEqualTo(new Shape(2, 100));
    }
  }

  @Test
  void hasTheChannelsOfItsWidth() {
    try (Network network = new Vgg.Vgg16(4, CodeFamily.SYNFLOW).build(Nets.CIFAR, 10)) {
      assertThat(network.layers())
          .extracting(layer -> layer.shape().get(0))
          .containsExactly(4L, 4L, 8L, 8L, 16L, 16L, 16L, 32L, 32L, 32L, 32L, 32L, 32L, 10L);
      assertThat(Nets.shape(network)).isEqualTo(new Shape(2, 10));
    }
    assertThatThrownBy(() -> new Vgg.Vgg16(0, CodeFamily.SYNFLOW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("width: found 0", "[1, inf)");
  }

  @Test
  void fitsLargerImagesToo() {
    try (Network network = model(11, CodeFamily.SYNFLOW).build(new Shape(3, 64, 64), 200)) {
      assertThat(Nets.shape(network)).isEqualTo(new Shape(2, 200));
    }
  }

  @ParameterizedTest
  @CsvSource({
    // sums of convolution widths: 2752; logits 10
    "SYNFLOW, 2752, 10",
    "OPEN_LTH, 2752, 10",
    "SLIMMING, 0, 10",
    "GRASP, 0, 10",
    "SLOT_MACHINES, 0, 0",
    "SNIP, 2752, 10",
    "IMAGENET, 0, 10"
  })
  void hasTheBiasesOfItsVariant(CodeFamily variant, long convolutions, long linear) {
    try (Network network = model(11, variant).build(Nets.CIFAR, 10)) {
      assertThat(Nets.parameters(network, "fc.bias")).isEqualTo(linear);
      assertThat(Nets.parameters(network, "bias") - Nets.parameters(network, "fc.bias"))
          .isEqualTo(convolutions);
      boolean affine = variant != CodeFamily.SLOT_MACHINES;
      assertThat(network.trains("bn1.gamma")).isEqualTo(affine);
      assertThat(network.trains("bn1.beta")).isEqualTo(affine);
    }
  }

  @Test
  void batchNormAtTheStartDividesByTheRootOfOnePlusEpsilon() {
    try (Network network = model(11, CodeFamily.SYNFLOW).build(Nets.CIFAR, 10);
        NDManager manager = NDManager.newBaseManager()) {
      Block bn =
          network.block().getChildren().values().stream()
              .filter(BatchNorm.class::isInstance)
              .findFirst()
              .orElseThrow();
      NDArray x = manager.arange(64f).sub(20).reshape(1, 64, 1, 1).toType(DataType.FLOAT64, false);
      double[] given = x.toDoubleArray();
      double[] y = Nets.forward(network, bn, Nets.initial(network), x).toDoubleArray();
      for (int i = 0; i < y.length; i++) {
        // epsilon reaches the native code as a float
        assertThat(y[i]).isCloseTo(given[i] / Math.sqrt(1 + 1e-5), within(1e-9 * 64));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    // conv5 (512, 256, 3, 3): fan_in 2304, fan_out 4608; fc (10, 512)
    "SYNFLOW, 0.0294628, 0.0625", // sqrt(2 / 2304), sqrt(2 / 512)
    "SLIMMING, 0.0208333, 0.01", // sqrt(2 / 4608)
    "SLOT_MACHINES, 0.0170103, 0.0618984", // sqrt(2 / 6912), sqrt(2 / 522)
    "SNIP, 0.0208333, 0.0441942", // sqrt(1 / 2304), sqrt(1 / 512)
    "IMAGENET, 0.0208333, 0.0255155" // sqrt(2 / 4608), 1 / sqrt(3 * 512)
  })
  void drawsAsItsVariantDoes(CodeFamily variant, double convolution, double linear) {
    try (Network network = model(11, variant).build(Nets.CIFAR, 10)) {
      State state = Nets.initial(network);
      // 3 standard errors of 1,179,648 and of 5,120 normal numbers
      assertThat(Nets.deviation(state.get("conv5.weight")))
          .isCloseTo(convolution, within(3 * convolution / Math.sqrt(2 * 1_179_648)));
      assertThat(Nets.deviation(state.get("fc.weight")))
          .isCloseTo(linear, within(3 * linear / Math.sqrt(2 * 5120)));
    }
  }

  @Test
  void gammaStartsAtAHalfInSlimmingAndAnywhereBelowOneInOpenLth() {
    try (Network slimming = model(11, CodeFamily.SLIMMING).build(new Shape(3, 16, 16), 10);
        Network openLth = model(11, CodeFamily.OPEN_LTH).build(new Shape(3, 16, 16), 10)) {
      // The root of the mean square: of a constant 1/2, and of U(0, 1), 1 / sqrt(3).
      assertThat(Nets.deviation(Nets.initial(slimming).get("bn8.gamma"))).isEqualTo(0.5);
      assertThat(Nets.deviation(Nets.initial(openLth).get("bn8.gamma")))
          .isCloseTo(0.577, within(0.06));
    }
  }

  @ParameterizedTest
  @CsvSource({"C, 10526538", "D, 15245130", "LIKE, 14982474"})
  void snipsNetworksHaveTheWeightsAndBiasesOfItsTable(Vgg.Snip.Layout layout, long count) {
    try (Network network = new Vgg.Snip(layout).build(Nets.CIFAR, 10)) {
      assertThat(Nets.parameters(network, "weight", "bias")).isEqualTo(count);
      long narrow =
          network.layers().stream()
              .filter(layer -> layer.kind() == Layer.Kind.CONVOLUTION)
              .filter(layer -> layer.shape().get(2) == 1)
              .count();
      assertThat(narrow).isEqualTo(layout == Vgg.Snip.Layout.C ? 3 : 0);
      assertThat(Nets.shape(network)).isEqualTo(new Shape(2, 10));
    }
  }

  @Test
  void snipsNetworksHaveTheSameLayersOnImagesOf64x64() {
    try (Network network = new Vgg.Snip(Vgg.Snip.Layout.LIKE).build(new Shape(3, 64, 64), 10)) {
      assertThat(Nets.parameters(network, "weight", "bias")).isEqualTo(14_982_474);
    }
  }

  @Test
  void refusesImagesThatThePoolingWouldUseUp() {
    assertThatThrownBy(() -> model(19, CodeFamily.SYNFLOW).build(new Shape(3, 15, 15), 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("vgg-19", "(3, 15, 15)", "16x16");
    assertThatThrownBy(() -> new Vgg.Snip(Vgg.Snip.Layout.D).build(Nets.MNIST, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("vgg-snip", "(1, 28, 28)", "32x32");
  }

  private static Model model(int depth, CodeFamily variant) {
    return switch (depth) {
      case 11 -> new Vgg.Vgg11(64, variant);
      case 13 -> new Vgg.Vgg13(64, variant);
      case 16 -> new Vgg.Vgg16(64, variant);
      default -> new Vgg.Vgg19(64, variant);
    };
  }
}
