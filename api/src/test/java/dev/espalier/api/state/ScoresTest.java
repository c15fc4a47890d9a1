// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.Layer.Kind;
import dev.espalier.api.state.Scores.Scope;
import dev.espalier.api.state.Scores.Ties;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    Mask kept = keep(both, half(), Scope.GLOBAL, Ties.EXACT);
    assertThat(indices(kept, a)).isEmpty();
    assertThat(indices(kept, b)).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void keepsTheLargestWeightsOfEachLayer() {
    Mask kept = keep(both, half(), Scope.LAYER, Ties.EXACT);
    assertThat(indices(kept, a)).containsExactly(2, 3);
    assertThat(indices(kept, b)).containsExactly(1, 2, 4);
  }

  @Test
  void ranksScoresBelowZeroToo() {
    values.put("a.weight", new double[] {-1, -3, 2, 0});
    Mask kept = keep(List.of(a), half(), Scope.LAYER, Ties.EXACT);
    assertThat(indices(kept, a)).containsExactly(2, 3);
  }

  @Test
  void amongEqualScoresTheEarlierLayerGoesFirst() {
    values.put("a.weight", new double[] {1, 1, 1, 1});
    values.put("b.weight", new double[] {1, 1, 1, 1, 1, 1});
    Mask kept = keep(both, half(), Scope.GLOBAL, Ties.EXACT);
    assertThat(indices(kept, a)).isEmpty();
    assertThat(indices(kept, b)).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void amongEqualScoresTheLowerIndexGoesFirst() {
    values.put("a.weight", new double[] {5, 1, 1, 1});
    Mask kept = keep(List.of(a), half(), Scope.LAYER, Ties.EXACT);
    assertThat(indices(kept, a)).containsExactly(0, 3);
  }

  @Test
  void theTwoZerosAreEqualScores() {
    values.put("a.weight", new double[] {0.0, -0.0, 0.0, -0.0});
    Mask kept = keep(List.of(a), half(), Scope.LAYER, Ties.EXACT);
    assertThat(indices(kept, a)).containsExactly(2, 3);
  }

  @Test
  void neverBringsADeadWeightBack() {
    // The best weight of a is dead; of the three alive, all but the two best go.
    Mask alive = mask(both, Map.of("a.weight", new int[] {0, 1, 2}, "b.weight", range(6)));
    Mask kept = scores(both).keep(alive, 0, half(), 1, Scope.LAYER, Ties.EXACT);
    assertThat(indices(kept, a)).containsExactly(1, 2);
  }

  @Test
  void keepsAllWhereFewerAreAliveThanPlanned() {
    Mask alive = mask(both, Map.of("a.weight", new int[] {0}, "b.weight", range(6)));
    Mask kept = scores(both).keep(alive, 0, half(), 1, Scope.LAYER, Ties.EXACT);
    assertThat(indices(kept, a)).containsExactly(0);
    assertThat(kept.kept(b)).isEqualTo(3);
  }

  @Test
  void leavesLayersWithRateZeroUntouchedAndOutOfTheRanking() {
    Layer output = new Layer("b.weight", new Shape(3, 2), Kind.OUTPUT);
    values.put("a.weight", HIGH.clone());
    Layer wide = new Layer("a.weight", new Shape(6), Kind.LINEAR);
    values.put("b.weight", new double[] {0, 0, 0, 0, 0, 0});
    Schedule schedule = (round, kind) -> kind == Kind.OUTPUT || round == 0 ? 1 : 0.5;
    for (Scope scope : Scope.values()) {
      Mask kept = keep(List.of(wide, output), schedule, scope, Ties.EXACT);
      assertThat(kept.kept(output)).isEqualTo(6);
      assertThat(indices(kept, wide)).containsExactly(1, 2, 4);
    }
  }

  @Test
  void globalPoolKeepsTheSumOfTheLayersPlans() {
    Layer output = new Layer("b.weight", new Shape(3, 2), Kind.OUTPUT);
    Schedule schedule = (round, kind) -> round == 0 ? 1 : kind == Kind.OUTPUT ? 0.75 : 0.5;
    // 4 * 0.5 + 6 * 0.75 = 6.5, rounded half up: 7.
    Mask kept = keep(List.of(a, output), schedule, Scope.GLOBAL, Ties.EXACT);
    assertThat(kept.kept()).isEqualTo(7);
    assertThat(indices(kept, a)).containsExactly(3);
  }

  @Test
  void halfAWeightIsRoundedUpWhateverTheOrderOfLayers() {
    Layer wide = new Layer("a.weight", new Shape(26), Kind.LINEAR);
    Layer narrow = new Layer("b.weight", new Shape(19), Kind.LINEAR);
    values.put("a.weight", IntStream.range(0, 26).asDoubleStream().toArray());
    values.put("b.weight", IntStream.range(0, 19).mapToDouble(i -> i + 0.5).toArray());
    Schedule schedule = (round, kind) -> round == 0 ? 1 : 0.7;
    // 45 * 0.7 = 31.5, which is a little less in float64
    for (List<Layer> layers : List.of(List.of(wide, narrow), List.of(narrow, wide))) {
      assertThat(keep(layers, schedule, Scope.GLOBAL, Ties.EXACT).kept()).isEqualTo(32);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // size R at rate 0.2: round(0.2 R) + 1 go by layer, ceil(0.2 R) + 1 go globally
    "10, LAYER, 7",
    "10, GLOBAL, 7",
    "11, LAYER, 8", // round(2.2) + 1 = 3
    "11, GLOBAL, 7", // ceil(2.2) + 1 = 4
    "13, LAYER, 9", // round(2.6) + 1 = 4
    "13, GLOBAL, 9",
    "23, LAYER, 17", // round(4.6) + 1 = 6
    "15, LAYER, 11" // round(3.0) + 1 = 4
  })
  void referenceModePrunesOneMoreThanPlanned(int size, Scope scope, int kept) {
    Layer layer = new Layer("a.weight", new Shape(size), Kind.LINEAR);
    values.put("a.weight", IntStream.range(0, size).asDoubleStream().toArray());
    Mask mask = keep(List.of(layer), geometric(0.2), scope, Ties.REFERENCE);
    assertThat(indices(mask, layer)).containsExactly(range(size, size - kept));
  }

  @ParameterizedTest
  @CsvSource({
    // of 0 1 2 2 2 2 3 4 5 6 at density 0.55: 5.5 weights planned, 6 when rounded
    "EXACT,        4 5 6 7 8 9",
    "SNIP,         2 3 6 7 8 9",
    // int(5.5) = 5 are to stay: the fifth largest is a 2, and all its ties stay
    "SNIP_PYTORCH, 2 3 4 5 6 7 8 9",
    // int(4.5) = 4 are to go: the fourth lowest is a 2; only what is below it goes
    "GRASP,        2 3 4 5 6 7 8 9",
    // ... or it goes too, with all its ties
    "SYNFLOW,      6 7 8 9"
  })
  void everyCodesTiesGoItsOwnWay(Ties ties, String kept) {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 1, 2, 2, 2, 2, 3, 4, 5, 6});
    Schedule schedule = (round, kind) -> round == 0 ? 1 : 0.55;
    Mask mask = keep(List.of(layer), schedule, Scope.GLOBAL, ties);
    assertThat(indices(mask, layer))
        .containsExactly(Arrays.stream(kept.split(" ", -1)).mapToInt(Integer::parseInt).toArray());
  }

  @ParameterizedTest
  @CsvSource({"EXACT, 6", "SNIP, 6", "SNIP_PYTORCH, 5", "GRASP, 7", "SYNFLOW, 6"})
  void everyCodesCountOfDistinctScores(Ties ties, int kept) {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    Schedule schedule = (round, kind) -> round == 0 ? 1 : 0.55;
    assertThat(keep(List.of(layer), schedule, Scope.GLOBAL, ties).kept()).isEqualTo(kept);
  }

  @ParameterizedTest
  @CsvSource({
    // of 10 weights 5 are planned after the first round, and 2.5 after the second
    "EXACT,        5, 3",
    "SNIP,         5, 3",
    // ceil(0.5 * 10) + 1 go, then ceil(0.5 * 4) + 1 of those left
    "REFERENCE,    4, 1",
    // int(5.0) and int(2.5) stay
    "SNIP_PYTORCH, 5, 2",
    // int(5.0) and then int(7.5) are to be gone of the 10, but the last of them stays
    "GRASP,        6, 4",
    // ... or does not
    "SYNFLOW,      5, 3"
  })
  void everyCodeCountsDeadWeightsAsGone(Ties ties, int once, int twice) {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    Schedule schedule = (round, kind) -> Math.pow(0.5, round);
    Scores scores = scores(List.of(layer));
    Mask first = scores.keep(Mask.dense(List.of(layer)), 0, schedule, 1, Scope.GLOBAL, ties);
    Mask second = scores.keep(first, 1, schedule, 2, Scope.GLOBAL, ties);
    assertThat(indices(first, layer)).containsExactly(range(10, 10 - once));
    assertThat(indices(second, layer)).containsExactly(range(10, 10 - twice));
  }

  @Test
  void referenceModePrunesAllThatTieWithTheThreshold() {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {.1, .9, .3, .3, .2, .3, .6, .7, .8, .5});
    // sorted: .1 .2 .3 .3 .3 .5 ...; n = 2, so the threshold is the third, and all three .3 go
    Mask mask = keep(List.of(layer), geometric(0.2), Scope.LAYER, Ties.REFERENCE);
    assertThat(indices(mask, layer)).containsExactly(1, 6, 7, 8, 9);
  }

  @Test
  void referenceModeTakesItsRateOfTheWeightsAlive() {
    Layer layer = new Layer("a.weight", new Shape(20), Kind.LINEAR);
    values.put("a.weight", IntStream.range(0, 20).asDoubleStream().toArray());
    Schedule schedule = geometric(0.2);
    Mask first = keep(List.of(layer), schedule, Scope.LAYER, Ties.REFERENCE);
    Mask second = scores(List.of(layer)).keep(first, 1, schedule, 2, Scope.LAYER, Ties.REFERENCE);
    assertThat(first.kept()).isEqualTo(15); // 20 - (round(4.0) + 1)
    assertThat(second.kept()).isEqualTo(11); // 15 - (round(3.0) + 1)
  }

  @Test
  void referenceModeReachesARoundsDensityFromTheDenseNetworkAtOnce() {
    Layer layer = new Layer("a.weight", new Shape(1000), Kind.LINEAR);
    values.put("a.weight", IntStream.range(0, 1000).asDoubleStream().toArray());
    Mask dense = Mask.dense(List.of(layer));
    Scores scores = scores(List.of(layer));
    // 1000 - (round((1 - 0.8^round) * 1000) + 1)
    assertThat(scores.keep(dense, 0, geometric(0.2), 1, Scope.LAYER, Ties.REFERENCE).kept())
        .isEqualTo(799);
    assertThat(scores.keep(dense, 0, geometric(0.2), 3, Scope.LAYER, Ties.REFERENCE).kept())
        .isEqualTo(511);
  }

  @Test
  void referenceModeCountsTheLayersLeftWholeInAGlobalRankingToo() {
    Layer ranked = new Layer("a.weight", new Shape(100), Kind.LINEAR);
    Layer whole = new Layer("b.weight", new Shape(20), Kind.OUTPUT);
    values.put("a.weight", IntStream.range(0, 100).asDoubleStream().toArray());
    values.put("b.weight", new double[20]);
    Schedule schedule = (round, kind) -> kind == Kind.OUTPUT ? 1 : Math.pow(0.8, round);
    Mask mask = keep(List.of(ranked, whole), schedule, Scope.GLOBAL, Ties.REFERENCE);
    assertThat(mask.kept(whole)).isEqualTo(20);
    assertThat(mask.kept(ranked)).isEqualTo(75); // 100 - (ceil(0.2 * 120) + 1)
  }

  @Test
  void referenceModeRoundsHalvesToEvenAsNumpyDoes() {
    Layer layer = new Layer("a.weight", new Shape(5), Kind.LINEAR);
    values.put("a.weight", new double[] {1, 2, 3, 4, 5});
    // round(0.1 * 5) = round(0.5) = 0, and one more; round(0.3 * 5) = round(1.5) = 2, and one more
    assertThat(keep(List.of(layer), geometric(0.1), Scope.LAYER, Ties.REFERENCE).kept())
        .isEqualTo(4);
    assertThat(keep(List.of(layer), geometric(0.3), Scope.LAYER, Ties.REFERENCE).kept())
        .isEqualTo(2);
  }

  @Test
  void referenceModeCountsWholeNumbersWholeInEveryRound() {
    // A rate of exactly p times R alive; densities of two rounds divided give p only nearly, and
    // one bit too much must not become one weight too many.
    for (double rate : new double[] {0.1, 0.15, 0.2, 0.3, 0.5}) {
      for (int round = 1; round <= 30; round++) {
        for (int living = 20; living <= 400; living += 20) {
          Layer layer = new Layer("a.weight", new Shape(1000), Kind.LINEAR);
          values.put("a.weight", IntStream.range(0, 1000).asDoubleStream().toArray());
          Mask alive = mask(List.of(layer), Map.of("a.weight", range(living)));
          long n = Math.round(rate * living); // whole, since living is a multiple of 20
          for (Scope scope : Scope.values()) {
            Mask kept =
                scores(List.of(layer))
                    .keep(alive, round - 1, geometric(rate), round, scope, Ties.REFERENCE);
            assertThat(kept.kept())
                .as("rate %s, round %d, %d alive, %s", rate, round, living, scope)
                .isEqualTo(living - n - 1);
          }
        }
      }
    }
  }

  @Test
  void synflowsThresholdIsZeroWhileTheDeadAreMoreThanItWants() {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 0, 0, 0, 0, 0, 0, 0, 5, 6});
    Mask alive = mask(List.of(layer), Map.of("a.weight", new int[] {4, 5, 6, 7, 8, 9}));
    // int(0.35 * 10) = 3 are to be gone; 4 are, which score 0, and so do 4 of the living.
    Schedule schedule = (round, kind) -> 0.65;
    Mask kept = scores(List.of(layer)).keep(alive, 1, schedule, 2, Scope.GLOBAL, Ties.SYNFLOW);
    assertThat(indices(kept, layer)).containsExactly(8, 9);
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
    Schedule schedule = (round, kind) -> round == 0 ? 1 : density;
    Scope scope = global ? Scope.GLOBAL : Scope.LAYER;

    Mask kept = scores(layers).keep(alive, 0, schedule, 1, scope, Ties.EXACT);

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

  private Mask keep(List<Layer> layers, Schedule schedule, Scope scope, Ties ties) {
    return scores(layers).keep(Mask.dense(layers), 0, schedule, 1, scope, ties);
  }

  private Scores scores(List<Layer> layers) {
    return Scores.of(layers, layer -> values.get(layer.name()));
  }

  private static Schedule half() {
    return (round, kind) -> round == 0 ? 1 : 0.5;
  }

  private static Schedule geometric(double rate) {
    return (round, kind) -> Math.pow(1 - rate, round);
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
