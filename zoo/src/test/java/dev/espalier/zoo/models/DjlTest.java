// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.RefusedException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DjlTest {

  private static final Task TASK = Task.classes(new Shape(3, 4, 4), 5);

  /** A block of a plugin, made by a constructor. */
  public static final class TwoLayers extends SequentialBlock {

    /** Creates the block; {@code classes} comes from the data unless it is set. */
    public TwoLayers(int hidden, long classes) {
      add(Blocks.batchFlattenBlock());
      add(Linear.builder().setUnits(hidden).build());
      add(Linear.builder().setUnits(classes).build());
    }
  }

  /** A block of a plugin, made by a builder with settings of many types. */
  public static final class Built {

    private Built() {}

    /** The kinds of a setting. */
    public enum Mode {
      /** One. */
      SLOW_START,
      /** Other. */
      FAST
    }

    /** Returns a new builder. */
    public static Builder builder() {
      return new Builder();
    }

    /** The builder. */
    public static final class Builder {

      private Shape image = new Shape();
      private int[] widths = {};
      private long outSize;
      private float rate;
      private boolean bias;
      private Mode mode = Mode.FAST;

      /** Sets the shape of an example. */
      public Builder setImageShape(Shape shape) {
        image = shape;
        return this;
      }

      /** Sets the widths. */
      public Builder setWidths(int[] hidden) {
        widths = hidden.clone();
        return this;
      }

      /** Sets the number of outputs. */
      public Builder setOutSize(long size) {
        outSize = size;
        return this;
      }

      /** Sets a number. */
      public Builder optRate(float number) {
        rate = number;
        return this;
      }

      /** Sets whether there are biases. */
      public Builder optBias(boolean hasBias) {
        bias = hasBias;
        return this;
      }

      /** Sets the mode. */
      public Builder optMode(Mode chosen) {
        mode = chosen;
        return this;
      }

      /** Makes the block; refuses a rate of 1. */
      public Block build() {
        if (rate == 1) {
          throw new IllegalStateException("a rate of 1 drops all");
        }
        NamedNet net = new NamedNet();
        net.add(Blocks.batchFlattenBlock());
        for (int width : widths) {
          net.add(Linear.builder().setUnits(width).optBias(bias).build());
        }
        net.add(Linear.builder().setUnits(outSize + image.dimension() - 3).build());
        if (mode == Mode.SLOW_START) {
          net.add(Linear.builder().setUnits(outSize).build());
        }
        return net;
      }
    }
  }

  /** A class of a name of its author. */
  public static final class NamedNet extends SequentialBlock {}

  @Test
  void makesABlockByTheSettingsOfItsBuilderAndTheShapesOfTheData() {
    Map<String, Object> settings =
        Map.of("widths", List.of(7, 6), "bias", false, "mode", "slow-start", "rate", 0.5);
    try (Network network = new Djl(Built.class.getName(), settings).build(TASK)) {
      assertThat(network.parameters().keySet())
          .containsExactly(
              "linear1.weight",
              "linear2.weight",
              "linear3.weight",
              "linear3.bias",
              "linear4.weight",
              "linear4.bias");
      assertThat(network.parameters().get("linear1.weight").getShape()).isEqualTo(new Shape(7, 48));
      assertThat(network.parameters().get("linear4.weight").getShape()).isEqualTo(new Shape(5, 5));
    }
  }

  @Test
  void makesABlockByTheParametersOfItsConstructor() {
    String block = TwoLayers.class.getName();
    try (Network fromTask = new Djl(block, Map.of("hidden", 9)).build(TASK);
        Network set = new Djl(block, Map.of("hidden", 9, "classes", 3)).build(TASK)) {
      assertThat(fromTask.parameters().get("linear2.weight").getShape()).isEqualTo(new Shape(5, 9));
      assertThat(set.parameters().get("linear2.weight").getShape()).isEqualTo(new Shape(3, 9));
    }
  }

  @Test
  void refusesAllUnknownSettingsAtOnceAndListsThoseThatThereAre() {
    Djl built = new Djl(Built.class.getName(), Map.of("layers", 3, "depth", 2));
    assertThatThrownBy(() -> built.build(TASK))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll(
            "settings.depth: found an unknown setting",
            "settings.layers: found an unknown setting",
            "one of bias, image-shape, mode, out-size, rate, widths");
  }

  @Test
  void refusesAllValuesOfAnotherFormAtOnce() {
    Map<String, Object> settings =
        Map.of("widths", List.of(7, 0.5), "bias", 1, "mode", "slow", "rate", "a");
    assertThatThrownBy(() -> new Djl(Built.class.getName(), settings).build(TASK))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll(
            "settings.bias: found 1, allowed is true or false",
            "settings.mode: found slow, allowed is slow-start or fast",
            "settings.rate: found a, allowed is a number",
            "settings.widths: found [7, 0.5], allowed is a list, each element a whole number");
  }

  @Test
  void refusesMissingSettingsClassesThatAreNotThereAndBlocksThatDoNotFit() {
    refused(
        TwoLayers.class.getName(), Map.of(), "settings.hidden: found nothing, allowed is a whole");
    refused("ai.djl.Missing", Map.of(), "block: found ai.djl.Missing", "folder plugins");
    refused("java.lang.Object", Map.of(), "block: found java.lang.Object", "a DJL block");
    refused(Built.class.getName(), Map.of("rate", 1), "settings: found", "a rate of 1 drops all");
    Djl lstm = new Djl("ai.djl.nn.recurrent.LSTM", Map.of("state-size", 3, "num-layers", 1));
    assertThatThrownBy(() -> lstm.build(Task.classes(new Shape(7), 5)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(
            "block: found ai.djl.nn.recurrent.LSTM, which fails for examples of shape (7)");
  }

  private static void refused(String block, Map<String, Object> settings, String... parts) {
    assertThatThrownBy(() -> new Djl(block, settings).build(TASK))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll(parts);
  }
}
