// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import java.util.List;
import org.junit.jupiter.api.Test;

class MlpTest {

  @Test
  void hasOneLayerMoreThanHiddenWidths() {
    Mlp mlp = new Mlp(List.of(7, 5, 4), true, Initialiser.KAIMING_NORMAL);
    try (Network network = mlp.build(new Shape(2, 3), 6)) {
      assertThat(network.layers())
          .containsExactly(
              new Layer("fc1.weight", new Shape(7, 6), Layer.Kind.LINEAR),
              new Layer("fc2.weight", new Shape(5, 7), Layer.Kind.LINEAR),
              new Layer("fc3.weight", new Shape(4, 5), Layer.Kind.LINEAR),
              new Layer("fc4.weight", new Shape(6, 4), Layer.Kind.OUTPUT));
    }
  }

  @Test
  void withoutHiddenLayersIsALinearClassifier() {
    try (Network network =
        new Mlp(List.of(), true, Initialiser.GLOROT_NORMAL).build(new Shape(1, 4, 4), 3)) {
      assertThat(network.parameters().keySet()).containsExactly("fc1.weight", "fc1.bias");
    }
  }

  @Test
  void biasesCanBeLeftOut() {
    try (Network network =
        new Mlp(List.of(5), false, Initialiser.GLOROT_NORMAL).build(new Shape(4), 3)) {
      assertThat(network.parameters().keySet()).containsExactly("fc1.weight", "fc2.weight");
    }
  }

  @Test
  void refusesAnEmptyLayer() {
    assertThatThrownBy(() -> new Mlp(List.of(300, 0), true, Initialiser.GLOROT_NORMAL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("hidden", "found 0", "[1, inf)");
  }
}
