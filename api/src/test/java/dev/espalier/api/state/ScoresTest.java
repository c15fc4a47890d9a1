// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Scope;
import dev.espalier.api.TieRule;
import dev.espalier.api.state.Layer.Kind;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ScoresTest {

  private static final double[] LOW = {.1, .2, .3, .4};
  private static final double[] HIGH = {.5, 1.0, .9, .6, .8, .7};

  private final Layer a = new Layer("a.weight", new Shape(2, 2), Kind.LINEAR);
  private final Layer b = new Layer("b.weight", new Shape(3, 2), Kind.LINEAR);
  private final List<Layer> both = List.of(a, b);
  private final Map<String, double[]> values =
      new LinkedHashMap<>(Map.of("a.weight", LOW, "b.weight", HIGH));

  @Test
  void keepsTheLargestWeightsAcrossLayers() {
    // 10 weights at density 0.5: the five largest are .6 to 1.0, all of them in b.
    Mask kept = keep(both, any -> 0.5, Scope.global());
    assertThat(indices(kept, a)).isEmpty();
    assertThat(indices(kept, b)).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void keepsTheLargestWeightsOfEachLayer() {
    Mask kept = keep(both, any -> 0.5, Scope.layer());
    assertThat(indices(kept, a)).containsExactly(2, 3);
    assertThat(indices(kept, b)).containsExactly(1, 2, 4);
  }

  @Test
  void ranksScoresBelowZeroToo() {
    values.put("a.weight", new double[] {-1, -3, 2, 0});
    Mask kept = keep(List.of(a), any -> 0.5, Scope.layer());
    assertThat(indices(kept, a)).containsExactly(2, 3);
  }

  @Test
  void amongEqualScoresTheEarlierLayerGoesFirst() {
    values.put("a.weight", new double[] {1, 1, 1, 1});
    values.put("b.weight", new double[] {1, 1, 1, 1, 1, 1});
    Mask kept = keep(both, any -> 0.5, Scope.global());
    assertThat(indices(kept, a)).isEmpty();
    assertThat(indices(kept, b)).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void amongEqualScoresTheLowerIndexGoesFirst() {
    values.put("a.weight", new double[] {5, 1, 1, 1});
    Mask kept = keep(List.of(a), any -> 0.5, Scope.layer());
    assertThat(indices(kept, a)).containsExactly(0, 3);
  }

  @Test
  void theTwoZerosAreEqualScores() {
    values.put("a.weight", new double[] {0.0, -0.0, 0.0, -0.0});
    Mask kept = keep(List.of(a), any -> 0.5, Scope.layer());
    assertThat(indices(kept, a)).containsExactly(2, 3);
  }

  @Test
  void neverBringsADeadWeightBack() {
    // The best weight of a is dead; of the three alive, all but the two best go.
    Mask alive = mask(both, Map.of("a.weight", new int[] {0, 1, 2}, "b.weight", range(6)));
    Mask kept = Scope.layer().prune(scores(both), alive, 0.5);
    assertThat(indices(kept, a)).containsExactly(1, 2);
  }

  @Test
  void keepsAllWhereFewerAreAliveThanPlanned() {
    Mask alive = mask(both, Map.of("a.weight", new int[] {0}, "b.weight", range(6)));
    Mask kept = Scope.layer().prune(scores(both), alive, 0.5);
    assertThat(indices(kept, a)).containsExactly(0);
    assertThat(kept.kept(b)).isEqualTo(3);
  }

  @Test
  void leavesLayersWithRateZeroUntouchedAndOutOfTheRanking() {
    Layer output = new Layer("b.weight", new Shape(3, 2), Kind.OUTPUT);
    values.put("a.weight", HIGH.clone());
    Layer wide = new Layer("a.weight", new Shape(6), Kind.LINEAR);
    values.put("b.weight", new double[] {0, 0, 0, 0, 0, 0});
    ToDoubleFunction<Layer> planned = layer -> layer.kind() == Kind.OUTPUT ? 1 : 0.5;
    for (Scope scope : List.of(Scope.layer(), Scope.global())) {
      Mask kept = keep(List.of(wide, output), planned, scope);
      assertThat(kept.kept(output)).isEqualTo(6);
      assertThat(indices(kept, wide)).containsExactly(1, 2, 4);
    }
  }

  @Test
  void globalPoolKeepsTheSumOfTheLayersPlans() {
    Layer output = new Layer("b.weight", new Shape(3, 2), Kind.OUTPUT);
    ToDoubleFunction<Layer> planned = layer -> layer.kind() == Kind.OUTPUT ? 0.75 : 0.5;
    // 4 * 0.5 + 6 * 0.75 = 6.5, rounded half up: 7.
    Mask kept = keep(List.of(a, output), planned, Scope.global());
    assertThat(kept.kept()).isEqualTo(7);
    assertThat(indices(kept, a)).containsExactly(3);
  }

  @Test
  void halfAWeightIsRoundedUpWhateverTheOrderOfLayers() {
    Layer wide = new Layer("a.weight", new Shape(26), Kind.LINEAR);
    Layer narrow = new Layer("b.weight", new Shape(19), Kind.LINEAR);
    values.put("a.weight", IntStream.range(0, 26).asDoubleStream().toArray());
    values.put("b.weight", IntStream.range(0, 19).mapToDouble(i -> i + 0.5).toArray());
    // 45 * 0.7 = 31.5, which is a little less in float64
    for (List<Layer> layers : List.of(List.of(wide, narrow), List.of(narrow, wide))) {
      assertThat(keep(layers, any -> 0.7, Scope.global()).kept()).isEqualTo(32);
    }
  }

  @Test
  void exactTiesGoInOrder() {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 1, 2, 2, 2, 2, 3, 4, 5, 6});
    // at density 0.55: 5.5 weights planned, 6 when rounded
    Mask mask = keep(List.of(layer), any -> 0.55, Scope.global());
    assertThat(indices(mask, layer)).containsExactly(4, 5, 6, 7, 8, 9);
  }

  @Test
  void exactCountsRoundHalfAWeightUp() {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    assertThat(keep(List.of(layer), any -> 0.55, Scope.global()).kept()).isEqualTo(6);
  }

  @Test
  void exactCountsAreOfAllWeightsDeadOnesIncluded() {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    // of 10 weights 5 are planned after the first round, and 2.5 after the second
    Mask first = keep(List.of(layer), any -> 0.5, Scope.global());
    Mask second =
        scores(List.of(layer)).prune(first, any -> 0.5, any -> 0.25, true, TieRule.EXACT::prune);
    assertThat(indices(first, layer)).containsExactly(range(10, 5));
    assertThat(indices(second, layer)).containsExactly(range(10, 7));
  }

  @Test
  void aDensityAloneIsPrunedToExactly() {
    for (Scope scope : List.of(Scope.layer(), Scope.global())) {
      Mask alive = mask(both, Map.of("a.weight", new int[] {0, 1, 2}, "b.weight", range(6)));
      assertThat(scope.prune(scores(both), alive, 0.5))
          .isEqualTo(
              scores(both)
                  .prune(alive, any -> 1, any -> 0.5, scope.isGlobal(), TieRule.EXACT::prune));
      assertThat(scope.prune(scores(both), alive, 1)).isEqualTo(alive);
    }
  }

  @Test
  void aRankingSaysWhatIsAliveAndPlanned() {
    Layer output = new Layer("b.weight", new Shape(3, 2), Kind.OUTPUT);
    Mask alive =
        mask(List.of(a, output), Map.of("a.weight", new int[] {0, 2, 3}, "b.weight", range(5)));
    List<Long> counts = new ArrayList<>();
    List<Double> plans = new ArrayList<>();
    Mask kept =
        scores(List.of(a, output))
            .prune(
                alive,
                layer -> layer.equals(a) ? 0.8 : 1,
                layer -> layer.equals(a) ? 0.6 : 1,
                true,
                ranking -> {
                  assertThat(ranking.isGlobal()).isTrue();
                  counts.addAll(List.of(ranking.size(), ranking.living(), ranking.livingInAll()));
                  plans.addAll(List.of(ranking.planned(), ranking.unplanned(), ranking.atRate(8)));
                  ranking.removeLowest(1);
                  counts.addAll(List.of(ranking.living(), ranking.livingInAll()));
                  ranking.removeThrough(1);
                });
    assertThat(counts).containsExactly(4L, 3L, 8L, 2L, 8L);
    // 0.6 * 4; the rest; and 8 of what goes where 3.2 become 2.4
    assertThat(plans).containsExactly(2.4, 1.6, 2.0);
    assertThat(indices(kept, a)).containsExactly(3);
    assertThat(kept.kept(output)).isEqualTo(5);
  }

  @Test
  void aRuleMayAskForMoreThanThereIs() {
    for (long n : new long[] {5, 9}) {
      assertThat(ruled(ranking -> ranking.removeLowest(n))).isEmpty();
      assertThat(ruled(ranking -> ranking.removeLowestFromTheEnd(n))).isEmpty();
      assertThat(ruled(ranking -> ranking.removeThrough(n))).isEmpty();
      assertThat(ruled(ranking -> ranking.removeBelow(n))).isEmpty();
    }
    for (long n : new long[] {0, -1}) {
      assertThat(ruled(ranking -> ranking.removeLowest(n))).hasSize(4);
      assertThat(ruled(ranking -> ranking.removeLowestFromTheEnd(n))).hasSize(4);
      assertThat(ruled(ranking -> ranking.removeThrough(n))).hasSize(4);
      assertThat(ruled(ranking -> ranking.removeBelow(n))).hasSize(4);
    }
  }

  private int[] ruled(Consumer<Ranking> rule) {
    return indices(
        scores(List.of(a)).prune(Mask.dense(List.of(a)), any -> 1, any -> 0.5, false, rule), a);
  }

  @Test
  void aScoreThatIsNotANumberNamesItsLayer() {
    values.put("b.weight", new double[] {1, 2, 3, Double.NaN, 5, 6});
    assertThatThrownBy(() -> scores(both))
        .isInstanceOf(TrialFailed.class)
        .hasMessageStartingWith("b.weight: the score of weight 3 is not a number");
  }

  @Test
  void tooFewScoresNameTheirLayer() {
    values.put("b.weight", new double[] {1, 2});
    assertThatThrownBy(() -> scores(both))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("b.weight: found 2", "allowed is 6");
  }

  @Test
  void doesNotFollowTheArraysItCameFrom() {
    double[] mine = {.1, .2, .3, .4};
    values.put("a.weight", mine);
    Scores scores = scores(both);
    mine[0] = 9;
    scores.of(a)[1] = 9;
    assertThat(scores.of(a)).containsExactly(.1, .2, .3, .4);
  }

  @Property
  void keepsWhatSortingKeepsAndExactlyAsManyAsPlanned(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(max = 8) Integer> first,
      @ForAll @Size(min = 1, max = 60) List<@IntRange(max = 8) Integer> second,
      @ForAll @DoubleRange(max = 0.99) double density,
      @ForAll boolean global,
      @ForAll long pruned) {
    List<Layer> layers =
        List.of(
            new Layer("a.weight", new Shape(first.size()), Kind.LINEAR),
            new Layer("b.weight", new Shape(second.size()), Kind.CONVOLUTION));
    values.put("a.weight", first.stream().mapToDouble(i -> i).toArray());
    values.put("b.weight", second.stream().mapToDouble(i -> i).toArray());
    Mask alive =
        Mask.of(
            layers,
            (layer, bits) -> {
              for (int i = 0; i < layer.size(); i++) {
                bits.set(i, (pruned >> i & 1) == 0);
              }
              return bits;
            });
    Scope scope = global ? Scope.global() : Scope.layer();

    Mask kept = scope.prune(scores(layers), alive, density);

    assertThat(kept).isEqualTo(bySorting(layers, alive, density, global));
    assertThat(kept.isWithin(alive)).isTrue();
    if (global) {
      assertThat(kept.kept()).isEqualTo(Math.min(alive.kept(), planned(alive.size(), density)));
    } else {
      for (Layer layer : layers) {
        assertThat(kept.kept(layer))
            .isEqualTo((int) Math.min(alive.kept(layer), planned(layer.size(), density)));
      }
    }
  }

  /** The nearest whole number in decimal, where a half is a half. */
  private static long planned(long size, double density) {
    return BigDecimal.valueOf(density)
        .multiply(BigDecimal.valueOf(size))
        .setScale(0, RoundingMode.HALF_UP)
        .longValueExact();
  }

  private record Weight(Layer layer, int order, int index, double score) {}

  /** The rule said the slow way: sort by score, layer and index, and drop from the front. */
  private Mask bySorting(List<Layer> layers, Mask alive, double density, boolean global) {
    Map<String, BitSet> bits = new LinkedHashMap<>();
    layers.forEach(layer -> bits.put(layer.name(), alive.alive(layer)));
    for (List<Layer> pool : global ? List.of(layers) : layers.stream().map(List::of).toList()) {
      List<Weight> ranked =
          pool.stream()
              .flatMap(
                  layer ->
                      alive.alive(layer).stream()
                          .mapToObj(
                              i ->
                                  new Weight(
                                      layer,
                                      layers.indexOf(layer),
                                      i,
                                      values.get(layer.name())[i])))
              .sorted(
                  Comparator.comparingDouble(Weight::score)
                      .thenComparing(Weight::order)
                      .thenComparing(Weight::index))
              .toList();
      int size = pool.stream().mapToInt(Layer::size).sum();
      long drop = Math.max(0, ranked.size() - planned(size, density));
      ranked.stream().limit(drop).forEach(w -> bits.get(w.layer().name()).clear(w.index()));
    }
    return Mask.of(layers, (layer, empty) -> bits.get(layer.name()));
  }

  private Mask keep(List<Layer> layers, ToDoubleFunction<Layer> planned, Scope scope) {
    return scores(layers)
        .prune(Mask.dense(layers), any -> 1, planned, scope.isGlobal(), TieRule.EXACT::prune);
  }

  private Scores scores(List<Layer> layers) {
    return Scores.of(layers, layer -> values.get(layer.name()));
  }

  private static Mask mask(List<Layer> layers, Map<String, int[]> alive) {
    return Mask.of(
        layers,
        (layer, bits) -> {
          Arrays.stream(alive.get(layer.name())).forEach(bits::set);
          return bits;
        });
  }

  private static int[] range(int until) {
    return range(until, 0);
  }

  private static int[] range(int until, int from) {
    return IntStream.range(from, until).toArray();
  }

  private static int[] indices(Mask mask, Layer layer) {
    return mask.alive(layer).stream().toArray();
  }
}
