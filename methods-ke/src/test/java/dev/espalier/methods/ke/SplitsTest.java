// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Plan;
import dev.espalier.api.Scope;
import dev.espalier.api.Split;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.contract.Recording;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.train.LocalTrial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which weights the splits keep. */
class SplitsTest {

  private static final Data DATA = Small.data(10, 0, 5);
  private static final double[] RATES = {0.1, 0.35, 0.5, 0.8};

  /** The mask of a split; the weights now are other ones than those at the start. */
  private static Mask mask(Split split, double rate, Network network, long seed) {
    try (LocalTrial trial = trial(network, seed)) {
      return split.mask(rate, trial.initial(), trial.initial(1), trial);
    }
  }

  private static LocalTrial trial(Network network, long seed) {
    return new LocalTrial(network, DATA, Small.training(0.1, 0, 5, 1), new Seed(seed, 0));
  }

  /** Layers of 4,800 and 900 weights. */
  private static Network large() {
    return Network.builder(
            "large",
            widths ->
                new NamedBlocks()
                    .add(Blocks.batchFlattenBlock())
                    .add("fc", Linear.builder().setUnits(widths.of("fc", 300)).build())
                    .add("out", Linear.builder().setUnits(3).build()),
            TinyProblem.INPUT)
        .optGroup("fc", List.of("fc"), List.of("out"))
        .build();
  }

  /** The kernels kept of a convolution, or weights kept of a linear layer, by output and input. */
  private static boolean keeps(Mask mask, Layer layer, int output, int input, int size) {
    int inputs = layer.size() / (int) layer.shape().get(0) / size;
    int at = (output * inputs + input) * size;
    boolean first = mask.keeps(layer, at);
    for (int i = at; i < at + size; i++) {
      assertThat(mask.keeps(layer, i)).as("all of one kernel, or of one map").isEqualTo(first);
    }
    return first;
  }

  @Property(tries = 40)
  void kelsKeepsThePrefixBlockOfEveryLayer(
      @ForAll @IntRange(min = 1, max = 9) int conv1,
      @ForAll @IntRange(min = 1, max = 9) int conv2,
      @ForAll @IntRange(min = 1, max = 12) int fc,
      @ForAll @IntRange(min = 1, max = 99) int percent) {
    try (Network network = Small.chain(conv1, conv2, fc)) {
      Mask mask = mask(new Kels(), percent / 100.0, network, 1);
      // ceil(percent * C / 100) in whole numbers.
      int a = (percent * conv1 + 99) / 100;
      int b = (percent * conv2 + 99) / 100;
      int c = (percent * fc + 99) / 100;
      // Rows, rows kept, columns, columns kept, and weights at each crossing: a kernel, or the 2x2
      // pixels of a flattened map. The input is kept whole, and so are the outputs.
      int[][] blocks = {
        {conv1, a, 1, 1, 9}, {conv2, b, conv1, a, 9}, {fc, c, conv2, b, 4}, {3, 3, fc, c, 1}
      };
      for (int l = 0; l < blocks.length; l++) {
        Layer layer = network.layers().get(l);
        int[] block = blocks[l];
        assertThat(mask.kept(layer)).as(layer.name()).isEqualTo(block[1] * block[3] * block[4]);
        for (int o = 0; o < block[0]; o++) {
          for (int i = 0; i < block[2]; i++) {
            assertThat(keeps(mask, layer, o, i, block[4]))
                .as("%s, %d from %d", layer.name(), o, i)
                .isEqualTo(o < block[1] && i < block[3]);
          }
        }
      }
    }
  }

  @Test
  void kelsKeepsTheSameChannelsOfAStreamWhereverItIsMadeAndRead() {
    try (Network network = TinyProblem.residual(8)) {
      Mask mask = mask(new Kels(), 0.3, network, 1);
      // ceil(2.4) = 3 of 8 in the stream, ceil(1.8) = 2 of 6 inside.
      assertThat(network.layers())
          .extracting(mask::kept)
          .containsExactly(3 * 9, 2 * 3 * 9, 3 * 2 * 9, 3 * 3 * 16);
      assertThat(Channels.of(network.groups(), mask).orElseThrow())
          .hasToString("stream 3 of 8, inner 2 of 6");
    }
  }

  @Test
  void aHiddenLayerOfThreeChannelsIsNotMistakenForAnImage() {
    try (Network network = Small.chain(3, 4, 5)) {
      Mask mask = mask(new Kels(), 0.5, network, 1);
      assertThat(mask.kept(network.layers().get(1))).isEqualTo(2 * 2 * 9);
    }
  }

  @Test
  void kelsCountsInDecimals() {
    // In binary fractions 0.7 * 10 is above 7, 0.55 * 100 above 55.
    assertThat(Kels.kept(group(10), 0.7)).isEqualTo(7);
    assertThat(Kels.kept(group(100), 0.55)).isEqualTo(55);
    assertThat(Kels.kept(group(64), 0.5)).isEqualTo(32);
    assertThat(Kels.kept(group(3), 0.5)).isEqualTo(2);
    assertThat(Kels.kept(group(1), 1e-9)).isEqualTo(1);
    assertThat(Kels.kept(group(2048), 1 - 1e-9)).isEqualTo(2048);
  }

  @Property
  void kelsCountsAsWholeNumbersDo(
      @ForAll @IntRange(min = 1, max = 4096) int channels,
      @ForAll @IntRange(min = 1, max = 999) int permille) {
    assertThat(Kels.kept(group(channels), permille / 1000.0))
        .isEqualTo((permille * channels + 999) / 1000)
        .isBetween(1, channels);
  }

  private static Group group(int size) {
    return new Group("g", size, List.of(), List.of());
  }

  @Test
  void welsKeepsAWeightWhereItsUniformNumberIsAtLeastOneLessTheRate() {
    try (Network network = TinyProblem.convolutional()) {
      Mask mask = mask(new Wels(), 0.3, network, 4);
      RandomStream u = new Seed(4, 0).stream("mask", 0);
      for (Layer layer : network.layers()) {
        for (int i = 0; i < layer.size(); i++) {
          assertThat(mask.keeps(layer, i)).isEqualTo(u.nextDouble() >= 0.7);
        }
      }
    }
  }

  @Test
  void welsKeepsAsManyAsTheRateSaysInExpectation() {
    try (Network network = large()) {
      List<Long> counts = new ArrayList<>();
      for (double rate : RATES) {
        double sum = 0;
        for (int seed = 1; seed <= 20; seed++) {
          Mask mask = mask(new Wels(), rate, network, seed);
          for (Layer layer : network.layers()) {
            double sigma = Math.sqrt(layer.size() * rate * (1 - rate));
            assertThat((double) mask.kept(layer)).isCloseTo(rate * layer.size(), within(4 * sigma));
          }
          sum += mask.kept();
          counts.add(mask.kept());
        }
        double sigma = Math.sqrt(5700 * rate * (1 - rate) / 20);
        assertThat(sum / 20).isCloseTo(5700 * rate, within(4 * sigma));
      }
      // In expectation only.
      assertThat(counts.stream().distinct().count()).isGreaterThan(40);
    }
  }

  @Test
  void exactWelsKeepsTheNearestWholeNumberOfEachLayerAnywhere() {
    Split exact = new Wels(Wels.Count.EXACT);
    try (Network network = Small.chain(3, 5, 7)) {
      for (double rate : RATES) {
        for (Layer layer : network.layers()) {
          BitSet ever = new BitSet();
          for (int seed = 1; seed <= 10; seed++) {
            Mask mask = mask(exact, rate, network, seed);
            assertThat(mask.kept(layer)).isEqualTo((int) Math.round(rate * layer.size()));
            ever.or(mask.alive(layer));
          }
          // Ten draws together reach 1 - 0.9^10 = 65 % of the weights and more.
          assertThat(ever.cardinality()).isGreaterThan(layer.size() / 3);
        }
      }
    }
  }

  @Test
  void randomMasksDependOnTheSeedAndNothingElse() {
    try (Network network = Small.chain(6, 6, 6)) {
      for (Split split : List.of(new Wels(), new Wels(Wels.Count.EXACT), new RandomChannels())) {
        Mask mask = mask(split, 0.5, network, 1);
        try (LocalTrial trial = trial(network, 1)) {
          // Other weights, and a trial that has drawn before.
          State other = trial.initial(7);
          assertThat(split.mask(0.5, other, other, trial)).isEqualTo(mask);
          Trial replicate = trial.withSeed(new Seed(1, 1));
          assertThat(split.mask(0.5, other, other, replicate)).isNotEqualTo(mask);
        }
        assertThat(mask(split, 0.5, network, 2)).isNotEqualTo(mask);
      }
    }
  }

  @Test
  void randomChannelsAreAsManyAsThoseOfKelsAndOtherOnes() {
    try (Network chain = Small.chain(7, 9, 10);
        Network residual = TinyProblem.residual(8)) {
      for (Network network : List.of(chain, residual)) {
        for (double rate : RATES) {
          Mask kels = mask(new Kels(), rate, network, 1);
          Mask random = mask(new RandomChannels(), rate, network, 1);
          assertThat(random).isNotEqualTo(kels);
          for (Layer layer : network.layers()) {
            assertThat(random.kept(layer)).isEqualTo(kels.kept(layer));
          }
          Channels channels = Channels.of(network.groups(), random).orElseThrow();
          for (Group group : network.groups()) {
            assertThat(channels.kept(group).cardinality()).isEqualTo(Kels.kept(group, rate));
          }
        }
      }
    }
  }

  @Test
  void everyChannelIsAsLikelyToBeDrawnAsAnyOther() {
    try (Network network = Small.chain(4, 4, 10)) {
      int[] drawn = new int[10];
      Group fc = network.groups().get(2);
      for (int seed = 1; seed <= 300; seed++) {
        Mask mask = mask(new RandomChannels(), 0.3, network, seed);
        Channels.of(network.groups(), mask).orElseThrow().kept(fc).stream()
            .forEach(c -> drawn[c]++);
      }
      // 90 of 300 each; four standard deviations of a binomial count are 4 * sqrt(63) = 32.
      assertThat(Arrays.stream(drawn).boxed()).allMatch(n -> Math.abs(n - 90) < 32);
    }
  }

  @ParameterizedTest
  @EnumSource(ByCriterion.Judged.class)
  void byCriterionKeepsTheLargestOfTheWeightsItJudgesInEachLayer(ByCriterion.Judged judged) {
    try (Network network = Small.chain(4, 5, 6);
        LocalTrial trial = trial(network, 1)) {
      State start = trial.initial();
      State trained = trial.initial(1);
      Split split = new ByCriterion(new Judges.Magnitude(1), judged, Scope.layer());
      Mask mask = split.mask(0.4, start, trained, trial);
      State weights = judged == ByCriterion.Judged.TRAINED ? trained : start;
      for (Layer layer : network.layers()) {
        assertThat(mask.kept(layer)).isEqualTo((int) Math.round(0.4 * layer.size()));
        assertThat(smallestKept(mask, layer, weights))
            .isGreaterThan(largestLeftOut(mask, layer, weights));
      }
    }
  }

  @Test
  void globallyTheLargestOfAllLayersAreKept() {
    try (Network network = Small.chain(4, 5, 6);
        LocalTrial trial = trial(network, 1)) {
      State start = trial.initial();
      State trained = trial.initial(1);
      Split split =
          new ByCriterion(new Judges.Magnitude(1), ByCriterion.Judged.TRAINED, Scope.global());
      Mask mask = split.mask(0.4, start, trained, trial);
      assertThat(mask.kept()).isEqualTo(Math.round(0.4 * mask.size()));
      float smallest = Float.POSITIVE_INFINITY;
      float largest = 0;
      for (Layer layer : network.layers()) {
        smallest = Math.min(smallest, smallestKept(mask, layer, trained));
        largest = Math.max(largest, largestLeftOut(mask, layer, trained));
      }
      assertThat(smallest).isGreaterThan(largest);
      assertThat(network.layers())
          .as("not 0.4 of each")
          .anyMatch(layer -> Math.abs(mask.density(layer) - 0.4) > 0.1);
    }
  }

  private static float smallestKept(Mask mask, Layer layer, State state) {
    float smallest = Float.POSITIVE_INFINITY;
    for (int i = 0; i < layer.size(); i++) {
      if (mask.keeps(layer, i)) {
        smallest = Math.min(smallest, Math.abs(state.get(layer.name()).get(i)));
      }
    }
    return smallest;
  }

  private static float largestLeftOut(Mask mask, Layer layer, State state) {
    float largest = 0;
    for (int i = 0; i < layer.size(); i++) {
      if (!mask.keeps(layer, i)) {
        largest = Math.max(largest, Math.abs(state.get(layer.name()).get(i)));
      }
    }
    return largest;
  }

  @Test
  void aCriterionOfSeveralRoundsIsAskedAsOften() {
    try (Network network = Small.chain(4, 5, 6);
        LocalTrial trial = trial(network, 1)) {
      Recording recording = new Recording(trial);
      State start = trial.initial();
      State trained = trial.initial(1);
      Judges.Fickle fickle = new Judges.Fickle(3);
      Mask mask =
          new ByCriterion(fickle, ByCriterion.Judged.TRAINED, Scope.layer())
              .mask(0.5, start, trained, recording.trial());
      assertThat(recording.rounds()).extracting(Recording.Round::to).containsExactly(1, 2, 3);
      Mask byHand = Mask.dense(network.layers());
      for (int k = 1; k <= 3; k++) {
        Scores scores = trial.score(fickle, new Weights(start, trained, byHand));
        byHand = Scope.layer().prune(scores, byHand, Math.pow(0.5, k / 3.0));
      }
      assertThat(mask).isEqualTo(byHand);
      for (Layer layer : network.layers()) {
        assertThat(mask.kept(layer)).isEqualTo((int) Math.round(0.5 * layer.size()));
      }
      Split once = new ByCriterion(new Judges.Fickle(1), ByCriterion.Judged.TRAINED, Scope.layer());
      assertThat(once.mask(0.5, start, trained, trial)).isNotEqualTo(mask);
    }
  }

  @Test
  void aCriterionThatDoesNotFitIsNamedBeforeItIsAsked() {
    Split picky = new ByCriterion(new Judges.Picky(), ByCriterion.Judged.INITIAL, Scope.layer());
    try (Network network = TinyProblem.linear()) {
      KnowledgeEvolution method =
          new KnowledgeEvolution(new KnowledgeEvolution.Settings(2, 0.5, picky));
      assertThatThrownBy(
              () ->
                  Refusals.require(
                      refusals ->
                          method.check(
                              network, DATA, Plan.of(Small.training(0.1, 0, 5, 1), 10), refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("split.criterion.taste: found tiny-linear", "none");
    }
  }

  @Test
  void outputsOfANetworkWithoutHiddenChannelsCannotBeSplit() {
    try (Network bare =
        Network.builder(
                "bare",
                widths -> new NamedBlocks().add("out", Linear.builder().setUnits(3).build()),
                new Shape(4))
            .build()) {
      assertThatThrownBy(
              () -> Refusals.require(refusals -> new Kels().check(0.5, bare, DATA, refusals)))
          .hasMessageStartingWith("id: found kels")
          .hasMessageContainingAll("bare", "wels");
    }
  }

  @Test
  void aRateThatKeepsEveryChannelIsRefused() {
    try (Network network = TinyProblem.convolutional()) {
      int widest = network.groups().stream().mapToInt(Group::size).max().orElseThrow();
      Refusals.require(
          refusals ->
              new Kels()
                  .check(
                      1 - 1.0 / widest,
                      network,
                      DATA,
                      refusals)); // one channel of the widest is left out
      for (Split split : List.of(new Kels(), new RandomChannels())) {
        assertThatThrownBy(
                () -> Refusals.require(refusals -> split.check(0.999, network, DATA, refusals)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll("0.999", "keeps all channels");
      }
    }
  }
}
