// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;

/** Groups of channels as a network names them, and what is said where they do not fit it. */
class GroupTest {

  private static final Shape IN = new Shape(4);

  @Test
  void findsWhereTheChannelsLie() {
    try (Network network = TinyProblem.convolutional()) {
      assertThat(network.groups())
          .containsExactly(
              new Group(
                  "conv",
                  2,
                  List.of(
                      new Group.Slice("conv.weight", 0, 1),
                      new Group.Slice("bn.gamma", 0, 1),
                      new Group.Slice("bn.beta", 0, 1),
                      new Group.Slice("bn.runningMean", 0, 1),
                      new Group.Slice("bn.runningVar", 0, 1),
                      new Group.Slice("fc.weight", 1, 4)),
                  List.of("bn.gamma", "bn.beta")),
              new Group(
                  "fc",
                  5,
                  List.of(
                      new Group.Slice("fc.weight", 0, 1),
                      new Group.Slice("fc.bias", 0, 1),
                      new Group.Slice("out.weight", 1, 1)),
                  List.of("fc.weight", "fc.bias")));
    }
  }

  @Test
  void isNotGatedWhereTwoLayersMakeOrReadItOrTwoNormsPassItOn() {
    Function<Widths, Block> block =
        widths ->
            new NamedBlocks()
                .add("a", linear(4))
                .add("b", linear(4))
                .add("bn1", BatchNorm.builder().build())
                .add("bn2", BatchNorm.builder().build())
                .add("c", linear(4));
    try (Network network =
        Network.builder("n", block, IN)
            .optGroup("made twice", List.of("a", "b"), List.of("c"))
            .build()) {
      assertThat(network.groups().get(0).gated()).isEmpty();
    }
    try (Network network =
        Network.builder("n", block, IN)
            .optGroup("read twice", List.of("a"), List.of("b", "c"))
            .build()) {
      assertThat(network.groups().get(0).gated()).isEmpty();
    }
    try (Network network =
        Network.builder("n", block, IN)
            .optGroup("two norms", List.of("b", "bn1", "bn2"), List.of("c"))
            .build()) {
      assertThat(network.groups().get(0).gated()).isEmpty();
    }
  }

  @Test
  void comesInTheWidthsAskedForWithNewBlocksAndArraysOfItsOwn() {
    int before = LiveArrays.count();
    try (Network usual = TinyProblem.convolutional();
        Network resized = usual.resized(Widths.of(Map.of("conv", 3)))) {
      assertThat(resized.layers())
          .extracting(Layer::shape)
          .containsExactly(new Shape(3, 1, 3, 3), new Shape(5, 12), new Shape(3, 5));
      assertThat(resized.groups()).extracting(Group::size).containsExactly(3, 5);
      assertThat(resized.name()).isEqualTo(usual.name());
      assertThat(resized.digest()).isNotEqualTo(usual.digest());
      // "Usual" is what the network has that is resized.
      try (Network same = resized.resized(Widths.usual());
          Network twice = resized.resized(Widths.times(2))) {
        assertThat(same.digest()).isEqualTo(resized.digest());
        assertThat(twice.groups()).extracting(Group::size).containsExactly(6, 10);
      }
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void keepsInitialisersAndKindsInOtherWidths() {
    try (Network usual =
            Network.builder("n", widths -> two(widths.of("fc", 3), 4), IN)
                .optGroup("fc", List.of("fc"), List.of("out"))
                .optInitialiser(Initialiser.SIGNED_CONSTANT)
                .optKind("fc.weight", Layer.Kind.SHORTCUT)
                .build();
        Network resized = usual.resized(Widths.times(2))) {
      assertThat(resized.layers())
          .extracting(Layer::kind)
          .isEqualTo(usual.layers().stream().map(Layer::kind).toList());
      State drawn = resized.initial(new Seed(1, 0).stream("init", 0));
      // fan_in of out is 6
      assertThat(Math.abs(drawn.get("out.weight").get(0))).isEqualTo((float) Math.sqrt(2.0 / 6));
    }
  }

  @Test
  void saysWhichShapesOtherWidthsWouldHaveWithoutBuildingThem() {
    try (Network network = TinyProblem.convolutional()) {
      int before = LiveArrays.count();
      Map<String, Shape> shapes = network.shapes(Widths.of(Map.of("conv", 7)));
      assertThat(LiveArrays.count()).isEqualTo(before);
      assertThat(shapes)
          .containsEntry("conv.weight", new Shape(7, 1, 3, 3))
          .containsEntry("bn.runningVar", new Shape(7))
          .containsEntry("fc.weight", new Shape(5, 28))
          .containsEntry("fc.bias", new Shape(5))
          .containsEntry("out.weight", new Shape(3, 5));
      assertThat(shapes.keySet()).containsExactlyElementsOf(network.parameters().keySet());
    }
  }

  @Test
  void refusesAGroupOfAFinishedBlock() {
    Network.Builder finished = Network.builder("n", two(3, 2), IN);
    assertThatThrownBy(() -> finished.optGroup("fc", List.of("fc"), List.of("out")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("fc", "finished block", "function from widths to a block");
  }

  @Test
  void refusesABlockThatThereIsNot() {
    refused(two(3, 2), builder -> builder.optGroup("g", List.of("fc1"), List.of("out")))
        .contains("g: found", "fc1", "[fc, out]");
    refused(two(3, 2), builder -> builder.optGroup("g", List.of("fc"), List.of("output")))
        .contains("g: found", "output", "[fc, out]");
  }

  @Test
  void refusesSizesThatDiffer() {
    refused(two(3, 2), builder -> builder.optGroup("g", List.of("fc", "out"), List.of()))
        .contains("g: found 2 channels", "out.weight", "the 3 of fc.weight");
  }

  @Test
  void refusesInputsThatAreNoMultipleOfTheChannels() {
    refused(two(3, 2), builder -> builder.optGroup("g", List.of("out"), List.of("out")))
        .contains("g: found 3 inputs", "out.weight", "a multiple of its 2 channels");
  }

  @Test
  void refusesAGroupThatNothingMakesOrThatIsReadWithoutWeights() {
    refused(two(3, 2), builder -> builder.optGroup("g", List.of(), List.of("out")))
        .contains("g: found no block", "makes its channels");
    NamedBlocks norm =
        new NamedBlocks().add("fc", linear(3)).add("bn", BatchNorm.builder().build());
    refused(norm, builder -> builder.optGroup("g", List.of("fc"), List.of("bn")))
        .contains("g: found no weights", "bn");
  }

  @Test
  void refusesAnAxisInTwoGroupsAndTwoGroupsOfOneName() {
    refused(
            two(3, 3),
            builder ->
                builder
                    .optGroup("g", List.of("fc"), List.of("out"))
                    .optGroup("h", List.of("out", "fc"), List.of()))
        .contains("h: found axis 0 of fc.weight", "group g too", "one group");
    refused(
            two(3, 3),
            builder ->
                builder
                    .optGroup("g", List.of("fc"), List.of("out"))
                    .optGroup("g", List.of("out"), List.of()))
        .contains("g", "two groups", "one");
  }

  @Test
  void refusesAGroupedConvolutionAsReaderAndAsMaker() {
    for (List<List<String>> ends :
        List.of(
            List.of(List.of("conv"), List.of("grouped")),
            List.of(List.of("grouped"), List.of("out")))) {
      Network.Builder builder =
          Network.builder("resnext", widths -> groupedConvolution(), new Shape(1, 4, 4))
              .optGroup("g", ends.get(0), ends.get(1));
      int before = LiveArrays.count();
      assertThatThrownBy(builder::build)
          .isInstanceOf(RefusedException.class)
          .hasMessageContainingAll(
              "group.g: found the grouped convolution of grouped.weight",
              "Take this optGroup out",
              "the weights can be pruned");
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }

  @Test
  void aConvolutionOfEachChannelByItselfIsResizedWithItsGroup() {
    Network.Builder builder =
        Network.builder(
            "depthwise",
            widths -> groupedConvolution(widths.of("g", 4), widths.of("g", 4)),
            new Shape(1, 4, 4));
    List<String> from = List.of("conv", "grouped");
    try (Network network = builder.optGroup("g", from, List.of("out"), "grouped").build();
        Network narrow = network.resized(Widths.of(Map.of("g", 3)))) {
      assertThat(narrow.parameters().get("grouped.weight").getShape())
          .isEqualTo(new Shape(3, 1, 1, 1));
      assertThat(network.groups().get(0).slices())
          .extracting(Group.Slice::parameter, Group.Slice::axis)
          .contains(tuple("grouped.weight", 0), tuple("out.weight", 1));
      assertThat(network.groups().get(0).gated()).containsExactly("grouped.weight");
      assertThat(narrow.groups().get(0).gated()).containsExactly("grouped.weight");
    }
  }

  @Test
  void withoutANamedGateAConvolutionOfEachChannelLeavesNone() {
    try (Network network =
        Network.builder("depthwise", widths -> groupedConvolution(4, 4), new Shape(1, 4, 4))
            .optGroup("g", List.of("conv", "grouped"), List.of("out"))
            .build()) {
      assertThat(network.groups().get(0).gated()).isEmpty();
    }
  }

  @Test
  void refusesAConvolutionOfEachChannelAsReader() {
    assertThatThrownBy(
            () ->
                Network.builder("n", widths -> groupedConvolution(4, 4), new Shape(1, 4, 4))
                    .optGroup("g", List.of("conv"), List.of("grouped"))
                    .build())
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll("group.g: found the grouped convolution", "as many groups as");
  }

  @Test
  void refusesAGateOutsideOfTheGroup() {
    assertThatThrownBy(
            () ->
                Network.builder("n", widths -> two(3, 4), IN)
                    .optGroup("fc", List.of("fc"), List.of("out"), "out")
                    .build())
        .isInstanceOf(RefusedException.class)
        .hasMessage("group.fc: found a gate at out, allowed is one of [fc]");
  }

  /** 4 channels, of which each output of the second convolution reads 2. */
  private static NamedBlocks groupedConvolution() {
    return groupedConvolution(4, 2);
  }

  private static NamedBlocks groupedConvolution(int channels, int groups) {
    return new NamedBlocks()
        .add("conv", TinyProblem.convolution(channels))
        .add(
            "grouped",
            Conv2d.builder()
                .setKernelShape(new Shape(1, 1))
                .setFilters(channels)
                .optGroups(groups)
                .optBias(false)
                .build())
        .add("out", TinyProblem.convolution(2));
  }

  @Test
  void refusesOtherWidthsOfANetworkWithoutGroups() {
    try (Network network = Network.builder("plain", two(3, 2), IN).build()) {
      assertThat(network.groups()).isEmpty();
      assertThatThrownBy(() -> network.resized(Widths.usual()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("network", "plain", "names no groups of channels", "optGroup");
    }
  }

  @Test
  void refusesWidthsBelowOne() {
    try (Network network = TinyProblem.linear()) {
      assertThatThrownBy(() -> network.resized(Widths.of(Map.of("fc", 0))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("fc", "width of 0", "at least 1");
    }
  }

  @Test
  void refusesBlocksThatDoNotComeInTheWidthsAskedFor() {
    int before = LiveArrays.count();
    try (Network deaf =
        Network.builder("deaf", widths -> two(3, 2), IN)
            .optGroup("g", List.of("fc"), List.of("out"))
            .build()) {
      assertThatThrownBy(() -> deaf.resized(Widths.of(Map.of("g", 2))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(
              "fc.weight", "found", "(3, 4)", "deaf", "(2, 4)", "[g]", "widths.of(group, ...)");
    }
    assertThat(LiveArrays.count()).as("those of the refused network too").isEqualTo(before);
  }

  @Test
  void refusesOtherWidthsWhereALayerThatReadsTheGroupIsNotNamed() {
    try (Network network =
        Network.builder("n", widths -> two(widths.of("g", 4), 2), IN)
            .optGroup("g", List.of("fc"), List.of())
            .build()) {
      assertThatThrownBy(() -> network.resized(Widths.of(Map.of("g", 2))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(
              "out.weight",
              "found",
              "(2, 2)",
              "(2, 4)",
              "every layer that makes them, passes them on or reads them");
    }
  }

  @Test
  void refusesOtherWidthsThatHaveOtherLayers() {
    try (Network network =
        Network.builder(
                "n",
                widths -> {
                  int width = widths.of("g", 4);
                  return width == 4
                      ? two(width, 2)
                      : new NamedBlocks().add("fc", linear(width)).add("head", linear(2));
                },
                IN)
            .optGroup("g", List.of("fc"), List.of("out"))
            .build()) {
      assertThatThrownBy(() -> network.resized(Widths.times(0.5)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("g: found", "out", "[fc, head]");
    }
  }

  @Test
  void widthsRoundToWholeChannelsAndKeepOne() {
    assertThat(Widths.times(0.5).of("g", 5)).isEqualTo(3);
    assertThat(Widths.times(0.01).of("g", 5)).isEqualTo(1);
    assertThat(Widths.of(Map.of("g", 2)).of("g", 5)).isEqualTo(2);
    assertThat(Widths.of(Map.of("g", 2)).of("h", 5)).isEqualTo(5);
  }

  private static AbstractStringAssert<?> refused(
      Block block, Function<Network.Builder, Network.Builder> groups) {
    Network.Builder builder = groups.apply(Network.builder("n", widths -> block, IN));
    int before = LiveArrays.count();
    Throwable thrown = catchThrowableOfType(IllegalArgumentException.class, builder::build);
    assertThat(LiveArrays.count()).isEqualTo(before);
    return assertThat(thrown.getMessage());
  }

  private static NamedBlocks two(int hidden, int out) {
    return new NamedBlocks()
        .add("fc", linear(hidden))
        .add(Activation::relu)
        .add("out", linear(out));
  }

  private static Block linear(int units) {
    return Linear.builder().setUnits(units).build();
  }
}
