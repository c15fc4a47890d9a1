// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.Dropout;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvNetsTest {

  @ParameterizedTest
  @CsvSource({
    "2, 38592, 4262400, 4300992",
    "4, 259776, 2165248, 2425024",
    "6, 1144512, 1116672, 2261184",
    "8, 4683456, 592384, 5275840"
  })
  void hasTheWeightsOfThePaper(int depth, long convolutions, long linear, long all) {
    try (Network network = model(depth, true, true, 0).build(Nets.CIFAR, 10)) {
      assertThat(Nets.weights(network, Layer.Kind.CONVOLUTION)).isEqualTo(convolutions);
      assertThat(
              Nets.weights(network, Layer.Kind.LINEAR) + Nets.weights(network, Layer.Kind.OUTPUT))
          .isEqualTo(linear);
      assertThat(Nets.weights(network)).isEqualTo(all);
      assertThat(network.name()).isEqualTo("conv-" + depth);
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 12544", "4, 3200", "6, 1024", "8, 512"})
  void flattensLessWithoutPadding(int depth, long flattened) {
    try (Network network = model(depth, false, false, 0.5).build(Nets.CIFAR, 10)) {
      assertThat(network.parameters().get("fc1.weight").getShape())
          .isEqualTo(new Shape(256, flattened));
      assertThat(Nets.shape(network)).isEqualTo(new Shape(2, 10));
    }
  }

  @Test
  void hasTheLayersOfConv4() {
    try (Network network = model(4, true, true, 0).build(Nets.CIFAR, 10)) {
      assertThat(network.layers())
          .containsExactly(
              new Layer("conv1.weight", new Shape(64, 3, 3, 3), Layer.Kind.CONVOLUTION),
              new Layer("conv2.weight", new Shape(64, 64, 3, 3), Layer.Kind.CONVOLUTION),
              new Layer("conv3.weight", new Shape(128, 64, 3, 3), Layer.Kind.CONVOLUTION),
              new Layer("conv4.weight", new Shape(128, 128, 3, 3), Layer.Kind.CONVOLUTION),
              new Layer("fc1.weight", new Shape(256, 8192), Layer.Kind.LINEAR),
              new Layer("fc2.weight", new Shape(256, 256), Layer.Kind.LINEAR),
              new Layer("fc3.weight", new Shape(10, 256), Layer.Kind.OUTPUT));
      // 2 * 64 + 2 * 128 + 256 + 256 + 10
      assertThat(Nets.parameters(network, "bias")).isEqualTo(906);
      assertThat(Nets.logits(network, Nets.initial(network), DataType.FLOAT32)).hasSize(20);
    }
  }

  @Test
  void biasesCanBeLeftOut() {
    try (Network network = model(6, false, true, 0).build(Nets.CIFAR, 10)) {
      assertThat(network.parameters().keySet()).allMatch(name -> name.endsWith(".weight"));
    }
  }

  @Test
  void dropsInputsOfTheFirstTwoLinearLayers() {
    try (Network without = model(2, true, true, 0).build(Nets.MNIST, 10);
        Network with = model(2, true, true, 0.5).build(Nets.MNIST, 10)) {
      assertThat(without.block().getChildren().values()).noneMatch(Dropout.class::isInstance);
      assertThat(with.block().getChildren().values().stream().filter(Dropout.class::isInstance))
          .hasSize(2);
      assertThat(with.parameters().keySet()).isEqualTo(without.parameters().keySet());
    }
    assertThatThrownBy(() -> model(2, true, true, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("dropout", "[0, 1)");
  }

  @ParameterizedTest
  @CsvSource({
    "2, true, 2",
    "4, true, 4",
    "6, true, 8",
    "8, true, 16",
    "2, false, 6",
    "4, false, 16"
  })
  void refusesImagesThatThePoolingWouldUseUp(int depth, boolean padding, int side) {
    Model model = model(depth, true, padding, 0);
    model.build(new Shape(1, side, side), 2).close();
    assertThatThrownBy(() -> model.build(new Shape(1, side - 1, side), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("conv-" + depth, side + "x" + side);
  }

  @ParameterizedTest
  @CsvSource({"6, 20", "8, 28"})
  void unpaddedDeepOnesNeedImagesThatFourUnpaddedConvolutionsLeaveEnoughOf(int depth, int side) {
    Model model = model(depth, true, false, 0);
    model.build(new Shape(1, side, side), 2).close();
    assertThatThrownBy(() -> model.build(new Shape(1, side - 1, side - 1), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(side + "x" + side);
  }

  @Test
  void hasTheConvolutionsOfConv8() {
    try (Network network = model(8, false, true, 0).build(Nets.CIFAR, 10)) {
      assertThat(network.layers())
          .extracting(Layer::shape)
          .contains(
              new Shape(512, 256, 3, 3),
              new Shape(512, 512, 3, 3),
              new Shape(256, 2048),
              new Shape(10, 256))
          .hasSize(11);
      assertThat(network.parameters()).hasSize(11);
      assertThat(Nets.shape(network)).isEqualTo(new Shape(2, 10));
    }
  }

  private static Model model(int depth, boolean biases, boolean padding, double dropout) {
    Initialiser glorot = Initialiser.GLOROT_NORMAL;
    return switch (depth) {
      case 2 -> new ConvNets.Conv2(biases, padding, dropout, glorot);
      case 4 -> new ConvNets.Conv4(biases, padding, dropout, glorot);
      case 6 -> new ConvNets.Conv6(biases, padding, dropout, glorot);
      default -> new ConvNets.Conv8(biases, padding, dropout, glorot);
    };
  }
}
