// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.training.ParameterStore;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.network.Widths;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The rules for every {@link Model}; extend it in a plugin's tests. A model without groups of
 * channels keeps all of them except those about widths.
 */
public abstract class ModelContract {

  private static final int CLASSES = 7;
  private static final Seed SEED = new Seed(5, 0);

  private Network network;

  /** For subclasses. */
  protected ModelContract() {}

  /**
   * The model under test.
   *
   * @return equal ones in every call
   */
  protected abstract Model model();

  /**
   * The id that the plugin registers the model under.
   *
   * @return the id
   */
  protected abstract String id();

  /**
   * The shape of an example.
   *
   * @return a shape that the model accepts; the smaller, the faster the tests
   */
  protected Shape input() {
    return new Shape(3, 32, 32);
  }

  /**
   * The inputs and outputs that the model is built for.
   *
   * @return the choice among some classes for examples of {@link #input}
   */
  protected Task task() {
    return Task.classes(input(), CLASSES);
  }

  @BeforeEach
  void build() {
    network = model().build(task());
  }

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void isAValue() {
    assertThat(model()).isInstanceOf(Record.class).isEqualTo(model());
  }

  @Test
  void buildsANetworkOfItsIdWithTheOutputsOfItsTask() {
    Shape output = task().output();
    assertThat(network.name()).isEqualTo(id());
    assertThat(outputs(network)).isEqualTo(new Shape(2).addAll(output));
    assertThat(network.layers())
        .filteredOn(layer -> layer.kind() == Layer.Kind.OUTPUT)
        .singleElement()
        .extracting(layer -> layer.shape().get(0))
        .isIn(output.size(), output.get(output.dimension() - 1));
  }

  @Test
  void buildsNetworksOfOneDigestThatIsAnotherInOtherWidths() {
    try (Network again = model().build(task());
        Network narrow = narrow()) {
      assertThat(again.digest()).isEqualTo(network.digest());
      assertThat(again.parameters().keySet()).isEqualTo(network.parameters().keySet());
      if (!network.groups().isEmpty()) {
        assertThat(narrow.digest()).isNotEqualTo(network.digest());
      }
    }
  }

  @Test
  void drawsTheSameInitialValuesOfAllParametersFromTheSameStream() {
    try (Network narrow = narrow()) {
      State initial = narrow.initial(SEED.stream("init", 0));
      assertThat(initial.names()).containsExactlyElementsOf(narrow.parameters().keySet());
      initial
          .tensors()
          .forEach(
              (name, tensor) ->
                  assertThat(tensor.shape())
                      .as(name)
                      .isEqualTo(narrow.parameters().get(name).getShape()));
      assertThat(narrow.initial(SEED.stream("init", 0))).isEqualTo(initial);
      assertThat(narrow.initial(SEED.stream("init", 1))).isNotEqualTo(initial);
    }
  }

  @Test
  void givesTheOutputsOfItsTaskInOtherWidthsToo() {
    try (Network narrow = narrow()) {
      assertThat(outputs(narrow)).isEqualTo(new Shape(2).addAll(task().output()));
      assertThat(narrow.parameters().keySet()).isEqualTo(network.parameters().keySet());
      assertThat(narrow.groups())
          .extracting(Group::name)
          .containsExactlyElementsOf(network.groups().stream().map(Group::name).toList());
    }
  }

  @Test
  void everyHiddenChannelIsOfOneGroup() {
    if (network.groups().isEmpty()) {
      return;
    }
    List<Layer> layers = network.layers();
    Map<String, Integer> grouped = grouped(network.block());
    for (Layer layer : layers) {
      if (isNextToGrouped(layer, grouped)) {
        continue;
      }
      boolean hidden = layer.kind() != Layer.Kind.OUTPUT;
      assertThat(groups(layer, 0))
          .as("groups of rows of %s", layer.name())
          .isEqualTo(hidden ? 1 : 0);
      boolean first = layer.equals(layers.get(0));
      String id = network.parameters().get(layer.name()).getId();
      boolean isDepthwise = layer.shape().get(0) == grouped.getOrDefault(id, 0);
      assertThat(groups(layer, 1))
          .as("groups of columns of %s", layer.name())
          .isEqualTo(first || isDepthwise ? 0 : 1);
    }
  }

  /**
   * Whether a layer is a grouped convolution, but no depthwise one, or in a block with one. It has
   * channels that cannot be removed, which are in no group.
   */
  private boolean isNextToGrouped(Layer layer, Map<String, Integer> grouped) {
    return network.layers().stream()
        .filter(other -> block(other, 2).equals(block(layer, 2)))
        .anyMatch(
            other -> {
              Integer groups = grouped.get(network.parameters().get(other.name()).getId());
              return groups != null && groups != other.shape().get(0);
            });
  }

  /** The name of a layer without some of its last parts. */
  private static String block(Layer layer, int parts) {
    List<String> name = List.of(layer.name().split("\\.", -1));
    return String.join(".", name.subList(0, Math.max(0, name.size() - parts)));
  }

  /** The number of groups of each grouped convolution, by the id of its weights. */
  private static Map<String, Integer> grouped(Block block) {
    Map<String, Integer> grouped = new HashMap<>();
    block.getChildren().values().forEach(child -> grouped.putAll(grouped(child)));
    if (block instanceof Convolution convolution && convolution.getGroups() > 1) {
      block
          .getDirectParameters()
          .values()
          .forEach(parameter -> grouped.put(parameter.getId(), convolution.getGroups()));
    }
    return grouped;
  }

  /** How many groups have channels along an axis of a layer; each has all of the axis. */
  private long groups(Layer layer, int axis) {
    long count = 0;
    for (Group group : network.groups()) {
      for (Group.Slice slice : group.slices()) {
        if (slice.parameter().equals(layer.name()) && slice.axis() == axis) {
          count++;
          assertThat((long) group.size() * slice.stride())
              .as("channels of %s in %s", group.name(), layer.name())
              .isEqualTo(layer.shape().get(axis));
        }
      }
    }
    return count;
  }

  /** An eighth of the channels of each group, or the network again if it names none. */
  private Network narrow() {
    return network.groups().isEmpty()
        ? model().build(task())
        : network.resized(Widths.times(0.125));
  }

  /** The shape of the outputs for two examples; the parameters are not a number. */
  private Shape outputs(Network network) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      DataType type = task().isOfTokens() ? DataType.INT64 : DataType.FLOAT32;
      NDList examples = new NDList(manager.zeros(network.batch(2), type));
      return network
          .block()
          .forward(new ParameterStore(manager, false), examples, false)
          .singletonOrThrow()
          .getShape();
    }
  }
}
