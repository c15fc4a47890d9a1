// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.Cost;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SequenceNetTest {

  private static final int WIDTH = 8;
  private static final int HIDDEN = 12;

  static Stream<Model> forNext() {
    return Stream.of(
        Sequences.transformer(0, true),
        Sequences.transformer(0.5, false),
        Sequences.lstm(2, RecurrentNet.Pooling.LAST),
        Sequences.gru(1, RecurrentNet.Pooling.LAST));
  }

  static Stream<Model> forClasses() {
    return Stream.of(
        Sequences.transformer(0.5, true),
        Sequences.lstm(1, RecurrentNet.Pooling.LAST),
        Sequences.lstm(2, RecurrentNet.Pooling.MEAN),
        Sequences.gru(2, RecurrentNet.Pooling.LAST),
        Sequences.gru(1, RecurrentNet.Pooling.MEAN));
  }

  @ParameterizedTest
  @MethodSource("forNext")
  void anOutputForEachPlaceDependsOnThatAndEarlierPlacesOnly(Model model) {
    try (Network network = model.build(Sequences.NEXT)) {
      double[][] outputs = outputs(network, 1, 2, 3, 4, 1, 2);
      double[][] changed = outputs(network, 1, 2, 3, 0, 1, 2);
      for (int place = 0; place < 3; place++) {
        assertThat(changed[place]).as("place %s", place).containsExactly(outputs[place]);
      }
      for (int place = 3; place < Sequences.LENGTH; place++) {
        assertThat(changed[place]).as("place %s", place).isNotEqualTo(outputs[place]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("forClasses")
  void paddingDoesNotChangeTheClassesButTokensDo(Model model) {
    Task longer = new Task(new Shape(9), Sequences.VOCABULARY, Sequences.CLASSES.output());
    try (Network network = model.build(Sequences.CLASSES);
        Network padded = model.build(longer)) {
      State state = Nets.initial(padded);
      double[] expected = outputs(network, Nets.cut(state, network), 3, 1, 2, 4, 0, 0)[0];
      double[] found = outputs(padded, state, 3, 1, 2, 4, 0, 0, 0, 0, 0)[0];
      assertThat(found).containsExactly(expected, within(1e-6));
      assertThat(outputs(padded, state, 3, 1, 2, 1, 0, 0, 0, 0, 0)[0]).isNotEqualTo(found);
      assertThat(Arrays.stream(outputs(padded, state, 0, 0, 0, 0, 0, 0, 0, 0, 0)[0]))
          .allMatch(Double::isFinite);
    }
  }

  @Test
  void theTransformersParametersHaveTheNamesShapesAndCountsOfItsFormula() {
    try (Network network = Sequences.transformer(0, true).build(Sequences.NEXT)) {
      assertThat(network.parameters().keySet())
          .startsWith("embedding.weight", "position.weight", "block1.norm1.gamma")
          .contains(
              "block2.attention.value.bias", "block2.norm2.beta", "block1.feed-forward.output.bias")
          .endsWith("norm.gamma", "norm.beta")
          .hasSize(2 + 2 * (4 + 12) + 2);
      assertThat(network.layers())
          .extracting(Layer::name)
          .startsWith(
              "block1.attention.query.weight",
              "block1.attention.key.weight",
              "block1.attention.value.weight",
              "block1.attention.output.weight",
              "block1.feed-forward.hidden.weight",
              "block1.feed-forward.output.weight")
          .hasSize(12);
      assertThat(network.weights()).isEqualTo(2 * (4 * WIDTH * WIDTH + 2 * WIDTH * HIDDEN));
      long tables = (Sequences.VOCABULARY + Sequences.LENGTH) * WIDTH;
      long biasesAndNorms = 2 * (5 * WIDTH + HIDDEN + 4 * WIDTH) + 2 * WIDTH;
      assertThat(Cost.of(network).parameters())
          .isEqualTo(network.weights() + tables + biasesAndNorms);
    }
  }

  @Test
  void aTiedOutputIsTheEmbeddingUnderASecondNameAndNoLayerIsTheOutput() {
    try (Network tied = Sequences.transformer(0, true).build(Sequences.NEXT);
        Network untied = Sequences.transformer(0, false).build(Sequences.NEXT);
        Network encoder = Sequences.transformer(0, true).build(Sequences.CLASSES)) {
      assertThat(tied.aliases()).containsExactly(Map.entry("output.weight", "embedding.weight"));
      assertThat(tied.layers()).extracting(Layer::kind).containsOnly(Layer.Kind.LINEAR);
      for (Network network : List.of(untied, encoder)) {
        assertThat(network.aliases()).isEmpty();
        assertThat(output(network)).isEqualTo("output.weight");
      }
      assertThat(untied.parameters()).doesNotContainKey("output.bias");
      assertThat(encoder.parameters()).containsKey("output.bias");
    }
  }

  @Test
  void theTableOfTokensIsPrunableOnRequestAndATiedOneIsTheOutput() {
    Transformer pruned =
        new Transformer(
            1,
            WIDTH,
            2,
            Optional.empty(),
            0,
            true,
            true,
            Initialiser.GLOROT_UNIFORM,
            Sequences.EMBEDDINGS);
    try (Network network = pruned.build(Sequences.NEXT)) {
      assertThat(network.layers())
          .extracting(Layer::name)
          .startsWith("embedding.weight", "block1.attention.query.weight");
      assertThat(output(network)).isEqualTo("embedding.weight");
    }
  }

  private static String output(Network network) {
    return network.layers().stream()
        .filter(layer -> layer.kind() == Layer.Kind.OUTPUT)
        .map(Layer::name)
        .reduce((a, b) -> a + " " + b)
        .orElse("");
  }

  @Test
  void theLayersOfRecurrentNetsHaveTheShapesOfPytorch() {
    try (Network network = Sequences.lstm(2, RecurrentNet.Pooling.LAST).build(Sequences.NEXT)) {
      assertThat(network.parameters().keySet())
          .containsExactly(
              "embedding.weight",
              "layer1.input.weight",
              "layer1.hidden.weight",
              "layer1.input.bias",
              "layer1.hidden.bias",
              "layer2.input.weight",
              "layer2.hidden.weight",
              "layer2.input.bias",
              "layer2.hidden.bias",
              "output.weight",
              "output.bias");
      assertThat(network.weights())
          .isEqualTo(2 * 2 * 4 * WIDTH * WIDTH + Sequences.VOCABULARY * WIDTH);
      assertThat(output(network)).isEqualTo("output.weight");
    }
    Task numbers = Task.classes(new Shape(4, 3), 2);
    try (Network network = Sequences.gru(1, RecurrentNet.Pooling.MEAN).build(numbers)) {
      assertThat(network.layers())
          .containsExactly(
              new Layer("layer1.input.weight", new Shape(3 * WIDTH, 3), Layer.Kind.LINEAR),
              new Layer("layer1.hidden.weight", new Shape(3 * WIDTH, WIDTH), Layer.Kind.LINEAR),
              new Layer("output.weight", new Shape(2, WIDTH), Layer.Kind.OUTPUT));
    }
  }

  @Test
  void embeddingsAndForgetGatesHaveTheirOwnInitialisers() {
    try (Network network = Sequences.lstm(1, RecurrentNet.Pooling.LAST).build(Sequences.CLASSES)) {
      State state = Nets.initial(network);
      assertThat(Nets.deviation(state.get("embedding.weight"))).isCloseTo(1, within(0.3));
      float[] biases = new float[4 * WIDTH];
      Arrays.fill(biases, WIDTH, 2 * WIDTH, 1);
      assertThat(state.get("layer1.input.bias")).isEqualTo(Tensor.of(new Shape(4 * WIDTH), biases));
      assertThat(state.get("layer1.hidden.bias").values().get(WIDTH)).isZero();
    }
  }

  @Test
  void recurrentCellsComputeThePublishedEquations() {
    Task one = Task.classes(new Shape(2, 3), 1);
    try (Network lstm = Sequences.lstm(1, RecurrentNet.Pooling.LAST).build(one);
        Network gru = Sequences.gru(1, RecurrentNet.Pooling.LAST).build(one)) {
      for (Network network : List.of(lstm, gru)) {
        State state = Nets.initial(network);
        double[][] x = {{0.3, -1, 0.5}, {2, 0.1, -0.7}};
        double expected = Cells.output(state, x, network == lstm);
        try (NDManager manager = NDManager.newBaseManager()) {
          NDArray input =
              manager.create(new double[] {0.3, -1, 0.5, 2, 0.1, -0.7}, new Shape(1, 2, 3));
          assertThat(Nets.forward(network, network.block(), state, input).getDouble(0, 0))
              .as(network.name())
              .isCloseTo(expected, within(1e-12));
        }
      }
    }
  }

  @Test
  void linearLayersOfASequenceCostOneProductForEachPlace() {
    try (Network lstm = Sequences.lstm(1, RecurrentNet.Pooling.LAST).build(Sequences.CLASSES);
        Network transformer = Sequences.transformer(0, false).build(Sequences.NEXT)) {
      assertThat(Cost.of(lstm).macs())
          .isEqualTo(Sequences.LENGTH * 2 * 4 * WIDTH * WIDTH + 3 * WIDTH);
      assertThat(Cost.of(transformer).macs()).isEqualTo(Sequences.LENGTH * transformer.weights());
    }
  }

  @Test
  void refusesOtherTasksByTheirShapes() {
    Model transformer = Sequences.transformer(0, true);
    assertThatThrownBy(() -> transformer.build(Task.classes(new Shape(3, 8, 8), 10)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll("transformer for examples of shape (3, 8, 8)", "(length)");
    assertThatThrownBy(() -> transformer.build(new Task(new Shape(6), 5, new Shape(4, 5))))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll("outputs of shape (4, 5)", "one for each place");
    assertThatThrownBy(
            () ->
                new Transformer(
                    1,
                    10,
                    4,
                    Optional.empty(),
                    0,
                    true,
                    false,
                    Initialiser.GLOROT_UNIFORM,
                    Sequences.EMBEDDINGS))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll("heads", "4", "a divisor of the width 10");
  }

  private static double[][] outputs(Network network, long... tokens) {
    return outputs(network, Nets.initial(network), tokens);
  }

  /** The outputs of one sequence, place by place or in one row. */
  private static double[][] outputs(Network network, State state, long... tokens) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray input = manager.create(tokens, new Shape(1, tokens.length));
      NDArray output = Nets.forwardTokens(network, state, input).toType(DataType.FLOAT64, false);
      int columns = (int) output.getShape().get(output.getShape().dimension() - 1);
      double[] all = output.toDoubleArray();
      double[][] rows = new double[all.length / columns][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(all, i * columns, (i + 1) * columns);
      }
      return rows;
    }
  }
}
