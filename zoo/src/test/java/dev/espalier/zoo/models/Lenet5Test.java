// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Lenet5Test {

  private final Network network =
      new Lenet5(false, Initialiser.VARIANCE_SCALING).build(Nets.MNIST, 10);

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void hasTheLayersOfCaffe() {
    assertThat(network.layers())
        .containsExactly(
            new Layer("conv1.weight", new Shape(20, 1, 5, 5), Layer.Kind.CONVOLUTION),
            new Layer("conv2.weight", new Shape(50, 20, 5, 5), Layer.Kind.CONVOLUTION),
            new Layer("fc1.weight", new Shape(500, 800), Layer.Kind.LINEAR),
            new Layer("fc2.weight", new Shape(10, 500), Layer.Kind.OUTPUT));
  }

  @Test
  void has430500WeightsAnd431080Parameters() {
    assertThat(Nets.weights(network)).isEqualTo(430_500);
    assertThat(Nets.parameters(network, "weight", "bias")).isEqualTo(431_080);
  }

  @Test
  void reluAfterTheConvolutionsChangesTheLogitsAndNoParameter() {
    try (Network with = new Lenet5(true, Initialiser.VARIANCE_SCALING).build(Nets.MNIST, 10)) {
      State state = Nets.initial(network);
      assertThat(Nets.initial(with)).isEqualTo(state);
      double[] logits = Nets.logits(network, state, DataType.FLOAT32);
      assertThat(logits).hasSize(20);
      assertThat(Nets.logits(with, state, DataType.FLOAT32)).isNotEqualTo(logits);
    }
  }

  @Test
  void refusesImagesThatThePoolingWouldUseUp() {
    Lenet5 lenet = new Lenet5(false, Initialiser.VARIANCE_SCALING);
    lenet.build(new Shape(1, 16, 16), 2).close();
    assertThatThrownBy(() -> lenet.build(new Shape(1, 16, 15), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("lenet-5", "(1, 16, 15)", "16x16");
    assertThatThrownBy(() -> lenet.build(new Shape(784), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("(784)", "(channels, height, width)");
  }
}
