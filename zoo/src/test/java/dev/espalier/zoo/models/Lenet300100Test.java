// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Lenet300100Test {

  private final Network network =
      new Lenet300100(true, Initialiser.GLOROT_NORMAL).build(new Shape(1, 28, 28), 10);

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void hasTheLayersOfThePaper() {
    assertThat(network.layers())
        .containsExactly(
            new Layer("fc1.weight", new Shape(300, 784), Layer.Kind.LINEAR),
            new Layer("fc2.weight", new Shape(100, 300), Layer.Kind.LINEAR),
            new Layer("fc3.weight", new Shape(10, 100), Layer.Kind.OUTPUT));
    assertThat(network.name()).isEqualTo("lenet-300-100");
  }

  @Test
  void has266200WeightsAnd266610Parameters() {
    assertThat(network.layers().stream().mapToInt(Layer::size).sum()).isEqualTo(266_200);
    assertThat(initial().tensors().values().stream().mapToInt(Tensor::size).sum())
        .isEqualTo(266_610);
  }

  @Test
  void has266200ParametersWithoutBiases() {
    try (Network without =
        new Lenet300100(false, Initialiser.GLOROT_NORMAL).build(Nets.MNIST, 10)) {
      assertThat(without.parameters().keySet())
          .containsExactly("fc1.weight", "fc2.weight", "fc3.weight");
      assertThat(Nets.parameters(without, "weight")).isEqualTo(266_200);
      assertThat(Nets.shape(without)).isEqualTo(new Shape(2, 10));
    }
  }

  @Test
  void drawsGlorotNormalWeights() {
    State initial = initial();
    for (Layer layer : network.layers()) {
      double expected = Math.sqrt(2.0 / (layer.shape().get(0) + layer.shape().get(1)));
      // The sample deviation of n normal numbers itself deviates by sigma / sqrt(2 n), their mean
      // by sigma / sqrt(n).
      double n = layer.size();
      Moments moments = Moments.of(initial.get(layer.name()));
      assertThat(moments.std())
          .as(layer.name())
          .isCloseTo(expected, within(3 * expected / Math.sqrt(2 * n)));
      assertThat(moments.mean()).as(layer.name()).isCloseTo(0, within(3 * expected / Math.sqrt(n)));
    }
  }

  @Test
  void startsWithBiasesOfZero() {
    State initial = initial();
    for (String bias : new String[] {"fc1.bias", "fc2.bias", "fc3.bias"}) {
      assertThat(Moments.of(initial.get(bias))).isEqualTo(new Moments(0, 0));
    }
  }

  @Test
  void mapsImagesToLogits() {
    network.load(initial());
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray images = manager.ones(network.batch(3), DataType.FLOAT32);
      NDList logits =
          network.block().forward(new ParameterStore(manager, false), new NDList(images), false);
      assertThat(logits.singletonOrThrow().getShape()).isEqualTo(new Shape(3, 10));
      assertThat(logits.singletonOrThrow().isNaN().any().getBoolean()).isFalse();
    }
  }

  @Test
  void fitsAnyInputAndNumberOfClasses() {
    try (Network other =
        new Lenet300100(true, Initialiser.KAIMING_NORMAL).build(new Shape(3, 32, 32), 100)) {
      assertThat(other.layers())
          .extracting(Layer::shape)
          .containsExactly(new Shape(300, 3072), new Shape(100, 300), new Shape(100, 100));
    }
  }

  private State initial() {
    return network.initial(new Seed(1, 0).stream("init", 0));
  }

  private record Moments(double mean, double std) {

    static Moments of(Tensor tensor) {
      double sum = 0;
      double squares = 0;
      FloatBuffer values = tensor.values();
      while (values.hasRemaining()) {
        double value = values.get();
        sum += value;
        squares += value * value;
      }
      double mean = sum / tensor.size();
      return new Moments(mean, Math.sqrt(squares / tensor.size() - mean * mean));
    }
  }
}
