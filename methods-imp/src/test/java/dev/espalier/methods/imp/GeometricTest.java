// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Schedule;
import dev.espalier.api.TieRule;
import dev.espalier.api.contract.ScheduleContract;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Layer.Kind;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class GeometricTest extends ScheduleContract {

  @Override
  protected Schedule schedule() {
    return new Geometric(0.2, 0.1);
  }

  /** FC 784-300-100-10; rates 0.2, output 0.1. */
  @Test
  void reproducesTheDensitiesOfLenetInTheLotteryTicketPaper() {
    List<Layer> lenet =
        List.of(
            new Layer("fc1.weight", new Shape(300, 784), Kind.LINEAR),
            new Layer("fc2.weight", new Shape(100, 300), Kind.LINEAR),
            new Layer("out.weight", new Shape(10, 100), Kind.OUTPUT));
    assertSurvival(
        lenet,
        new Geometric(0.2, 0.1),
        Map.of(1, 80.04, 2, 64.06, 3, 51.28, 7, 21.07, 9, 13.52, 15, 3.58, 16, 2.87));
  }

  /** Two convolutions on CIFAR-10, pooled to 16x16; rates 0.1, FC 0.2, output 0.1. */
  @Test
  void reproducesTheDensitiesOfConv2InTheLotteryTicketPaper() {
    List<Layer> conv2 =
        List.of(
            new Layer("conv1.weight", new Shape(64, 3, 3, 3), Kind.CONVOLUTION),
            new Layer("conv2.weight", new Shape(64, 64, 3, 3), Kind.CONVOLUTION),
            new Layer("fc1.weight", new Shape(256, 16 * 16 * 64), Kind.LINEAR),
            new Layer("fc2.weight", new Shape(256, 256), Kind.LINEAR),
            new Layer("out.weight", new Shape(10, 256), Kind.OUTPUT));
    assertSurvival(conv2, convolutional(), Map.of(11, 8.81, 14, 4.57, 16, 2.97));
  }

  /** Four convolutions on CIFAR-10, pooled to 8x8. */
  @Test
  void reproducesTheDensitiesOfConv4InTheLotteryTicketPaper() {
    List<Layer> conv4 =
        List.of(
            new Layer("conv1.weight", new Shape(64, 3, 3, 3), Kind.CONVOLUTION),
            new Layer("conv2.weight", new Shape(64, 64, 3, 3), Kind.CONVOLUTION),
            new Layer("conv3.weight", new Shape(128, 64, 3, 3), Kind.CONVOLUTION),
            new Layer("conv4.weight", new Shape(128, 128, 3, 3), Kind.CONVOLUTION),
            new Layer("fc1.weight", new Shape(256, 8 * 8 * 128), Kind.LINEAR),
            new Layer("fc2.weight", new Shape(256, 256), Kind.LINEAR),
            new Layer("out.weight", new Shape(10, 256), Kind.OUTPUT));
    assertSurvival(conv4, convolutional(), Map.of(11, 11.06, 12, 9.18, 15, 5.37));
  }

  private static Geometric convolutional() {
    return new Geometric(0.2, Optional.of(0.1), Optional.of(0.1), Optional.empty());
  }

  /** Prunes round by round, as the method does, and compares with the paper's percentages. */
  private static void assertSurvival(
      List<Layer> layers, Schedule schedule, Map<Integer, Double> percentages) {
    RandomStream random = new Seed(1, 0).stream("scores", 0);
    Scores scores = Scores.of(layers, layer -> random.doubles(layer.size()).toArray());
    Mask mask = Mask.dense(layers);
    int last = percentages.keySet().stream().max(Integer::compare).orElseThrow();
    for (int round = 1; round <= last; round++) {
      int k = round;
      mask =
          scores.prune(
              mask,
              layer -> schedule.density(k - 1, layer.kind()),
              layer -> schedule.density(k, layer.kind()),
              false,
              TieRule.EXACT::prune);
      if (percentages.containsKey(round)) {
        assertThat(100 * mask.density())
            .as("round %d", round)
            .isCloseTo(percentages.get(round), within(0.005001));
      }
    }
  }

  @Test
  void ratesFallBackAsThePaperHasThem() {
    Geometric bare = new Geometric(0.2, Optional.empty(), Optional.empty(), Optional.empty());
    assertThat(bare.density(1, Kind.LINEAR)).isCloseTo(0.8, within(1e-15));
    assertThat(bare.density(1, Kind.OUTPUT)).isCloseTo(0.9, within(1e-15));
    assertThat(bare.density(1, Kind.CONVOLUTION)).isCloseTo(0.8, within(1e-15));
    assertThat(bare.density(1, Kind.SHORTCUT)).isCloseTo(0.8, within(1e-15));
    Geometric each = new Geometric(0.2, Optional.of(0.3), Optional.of(0.4), Optional.of(0.0));
    assertThat(each.density(1, Kind.OUTPUT)).isCloseTo(0.7, within(1e-15));
    assertThat(each.density(1, Kind.CONVOLUTION)).isCloseTo(0.6, within(1e-15));
    assertThat(each.density(1, Kind.SHORTCUT)).isEqualTo(1);
    Geometric shortcut = new Geometric(0.2, Optional.empty(), Optional.of(0.4), Optional.empty());
    assertThat(shortcut.density(2, Kind.SHORTCUT)).isCloseTo(0.36, within(1e-15));
  }

  @Property
  void keepsTheSameFractionOfWhatIsLeftInEveryRound(
      @ForAll @DoubleRange(min = 0.01, max = 0.9) double rate,
      @ForAll @IntRange(min = 1, max = 30) int round) {
    Geometric geometric = new Geometric(rate, rate);
    for (Kind kind : Kind.values()) {
      assertThat(geometric.density(round, kind) / geometric.density(round - 1, kind))
          .isCloseTo(1 - rate, within(1e-12));
    }
  }

  @Test
  void refusesRatesThatPruneNothingOrEverything() {
    assertThatThrownBy(() -> new Geometric(1, 0.1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("rate: found 1.0", "[0, 1)");
    assertThatThrownBy(() -> new Geometric(0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one above 0");
    assertThatThrownBy(() -> new Geometric(0.2, -0.1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("output-rate: found -0.1");
  }
}
