// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelScoresTest {

  private final Network network = network(true);

  @AfterEach
  void close() {
    network.close();
  }

  /** Groups a (3) and b (4) with batch norm, and between them plain (2) without. */
  private static Network network(boolean affine) {
    return Network.builder(
            "norms",
            widths ->
                new NamedBlocks()
                    .add("a", linear(widths.of("a", 3)))
                    .add("bnA", norm(affine))
                    .add(Activation::relu)
                    .add("plain", linear(widths.of("plain", 2)))
                    .add("b", linear(widths.of("b", 4)))
                    .add("bnB", norm(affine))
                    .add("out", linear(2)),
            new Shape(5))
        .optGroup("a", List.of("a", "bnA"), List.of("plain"))
        .optGroup("plain", List.of("plain"), List.of("b"))
        .optGroup("b", List.of("b", "bnB"), List.of("out"))
        .build();
  }

  /** In ascending order 0, 0.1, 0.2, 0.3, 0.3, 0.5, 0.9. */
  private ChannelScores scores() {
    return ChannelScores.scales(
        network, state(new float[] {0.5f, -0.1f, 0.3f}, new float[] {0.2f, -0.9f, -0.3f, 0}));
  }

  private State state(float[] a, float[] b) {
    return network
        .initial(new Seed(1, 0).stream("init", 0))
        .with(
            State.of(
                Map.of(
                    "bnA.gamma", Tensor.of(new Shape(3), a),
                    "bnB.gamma", Tensor.of(new Shape(4), b))));
  }

  @Test
  void scoresTheMagnitudeOfGammaGroupAfterGroup() {
    assertThat(scores().values())
        .isEqualTo(Tensor.of(new Shape(7), 0.5f, 0.1f, 0.3f, 0.2f, 0.9f, 0.3f, 0));
    assertThat(scores().scored()).extracting(Group::name).containsExactly("a", "b");
    assertThat(scores().all()).isEqualTo(network.groups());
    assertThat(ChannelScores.withScale(network)).isEqualTo(scores().scored());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.14, 0", // int(0.98)
    "0.15, 0.1", // int(1.05)
    "0.5, 0.3", // int(3.5)
    "0.6, 0.3",
    "0.72, 0.5", // int(5.04)
    "0.99, 0.9"
  })
  void theThresholdIsTheScoreAtThatPlace(double p, float t) {
    assertThat(scores().threshold(p)).isEqualTo(t);
  }

  @Test
  void keepsWhatIsStrictlyAboveTheThreshold() {
    assertThat(scores().bits(0.3f).stream()).containsExactly(0, 4);
    assertThat(scores().above(0.3f)).hasToString("a 1 of 3, plain 2 of 2, b 1 of 4");
    assertThat(kept(scores().above(0.1f), "a")).containsExactly(0, 2);
    assertThat(kept(scores().above(0.1f), "b")).containsExactly(0, 1, 2);
    // At p = 0 too: what is 0 goes.
    assertThat(scores().above(scores().threshold(0)))
        .hasToString("a 3 of 3, plain 2 of 2, b 3 of 4");
  }

  @Test
  void keepsAsManyAsScoresAboveTheThresholdAtAnyFraction() {
    for (int draw = 0; draw < 200; draw++) {
      RandomStream random = new Seed(1, 0).stream("gammas", draw);
      float[] a = new float[3];
      float[] b = new float[4];
      for (int i = 0; i < 7; i++) {
        // Ties are common.
        (i < 3 ? a : b)[i < 3 ? i : i - 3] = random.nextInt(5) - 2;
      }
      ChannelScores scores = ChannelScores.scales(network, state(a, b));
      double p = random.nextDouble();
      float t = scores.threshold(p);
      float[] sorted = new float[7];
      scores.values().values().get(sorted);
      Arrays.sort(sorted);
      assertThat(t).isEqualTo(sorted[(int) (7 * p)]);
      int atMost = 0;
      for (float score : sorted) {
        atMost += score <= t ? 1 : 0;
      }
      assertThat(scores.bits(t).cardinality()).isEqualTo(7 - atMost);
      int kept = kept(scores.above(t), "a").length + kept(scores.above(t), "b").length;
      assertThat(kept).isEqualTo(7 - atMost + scores.vanishing(t).size());
    }
  }

  @Test
  void keepsTheLargestAndOfEqualOnesTheFirst() {
    assertThat(kept(scores().largest(4), "a")).containsExactly(0, 2);
    // The two of 0.3: that of a comes first.
    assertThat(kept(scores().largest(3), "a")).containsExactly(0, 2);
    assertThat(kept(scores().largest(3), "b")).containsExactly(1);
    assertThat(kept(scores().largest(4), "b")).containsExactly(1, 2);
    assertThat(scores().largest(7)).hasToString("a 3 of 3, plain 2 of 2, b 4 of 4");
    ChannelScores equal =
        ChannelScores.scales(network, state(new float[] {1, 1, 1}, new float[] {1, 1, 1, 1}));
    assertThat(kept(equal.largest(5), "a")).containsExactly(0, 1, 2);
    assertThat(kept(equal.largest(5), "b")).containsExactly(0, 1);
  }

  @Test
  void everyGroupKeepsItsLargestChannelAndOfEqualOnesTheFirst() {
    // The largest of a group stays beside the count asked for.
    assertThat(kept(scores().largest(1), "a")).containsExactly(0);
    assertThat(kept(scores().largest(1), "b")).containsExactly(1);
    assertThat(scores().above(5)).hasToString("a 1 of 3, plain 2 of 2, b 1 of 4");
    assertThat(kept(scores().above(5), "b")).containsExactly(1);
    ChannelScores zero =
        ChannelScores.scales(network, state(new float[3], new float[] {0, 0.5f, 0, 0.5f}));
    assertThat(kept(zero.above(0.5f), "a")).containsExactly(0);
    assertThat(kept(zero.above(0.5f), "b")).containsExactly(1);
    assertThat(kept(zero.largest(0), "a")).containsExactly(0);
  }

  @Test
  void namesTheGroupsThatWouldVanish() {
    assertThat(scores().vanishing(0.4f)).isEmpty();
    assertThat(scores().vanishing(0.5f)).containsExactly("a");
    assertThat(scores().vanishing(0.9f)).containsExactly("a", "b");
  }

  @Test
  void whatHasNoScoreIsKeptWhole() {
    assertThat(kept(scores().above(0.9f), "plain")).containsExactly(0, 1);
    assertThat(kept(scores().largest(0), "plain")).containsExactly(0, 1);
  }

  @Test
  void refusesANetworkWithoutBatchNormOfItsOwn() {
    try (Network linear = TinyProblem.linear();
        Network frozen = network(false)) {
      for (Network without : List.of(linear, frozen)) {
        assertThatThrownBy(() -> ChannelScores.withScale(without))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll(without.name(), "no trained batch norm", "vgg-11");
      }
    }
    Block block = new NamedBlocks().add("fc", linear(3)).add("bn", norm(true));
    try (Network nameless = Network.builder("nameless", block, new Shape(2)).build()) {
      State state = nameless.initial(new Seed(1, 0).stream("init", 0));
      assertThatThrownBy(() -> ChannelScores.scales(nameless, state))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("nameless", "no groups of channels");
    }
  }

  @Test
  void aGammaThatIsNoNumberFailsTheTrial() {
    assertThatThrownBy(
            () ->
                ChannelScores.scales(
                    network, state(new float[] {1, 1, 1}, new float[] {1, Float.NaN, 1, 1})))
        .isInstanceOf(TrialFailed.class)
        .hasMessageContainingAll("batch norm of b", "gamma of NaN", "learning rate");
  }

  private int[] kept(Channels channels, String group) {
    return network.groups().stream()
        .filter(candidate -> candidate.name().equals(group))
        .findFirst()
        .map(found -> channels.kept(found).stream().toArray())
        .orElseThrow();
  }

  private static Block linear(int units) {
    return Linear.builder().setUnits(units).build();
  }

  private static Block norm(boolean affine) {
    return BatchNorm.builder().optScale(affine).optCenter(affine).build();
  }
}
