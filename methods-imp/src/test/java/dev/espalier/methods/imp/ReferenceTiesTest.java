// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.TieRule;
import dev.espalier.api.contract.TieRuleContract;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Layer.Kind;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceTiesTest extends TieRuleContract {

  private final Map<String, double[]> values = new HashMap<>();

  @Override
  protected TieRule rule() {
    return new ReferenceTies();
  }

  @ParameterizedTest
  @CsvSource({
    // size R, whether global, kept; at rate 0.2: round(0.2 R) + 1 go by layer, ceil(0.2 R) + 1 go
    // globally
    "10, false, 7",
    "10, true, 7",
    "11, false, 8", // round(2.2) + 1 = 3
    "11, true, 7", // ceil(2.2) + 1 = 4
    "13, false, 9", // round(2.6) + 1 = 4
    "13, true, 9",
    "23, false, 17", // round(4.6) + 1 = 6
    "15, false, 11" // round(3.0) + 1 = 4
  })
  void referenceModePrunesOneMoreThanPlanned(int size, boolean isGlobal, int kept) {
    Layer layer = new Layer("a.weight", new Shape(size), Kind.LINEAR);
    values.put("a.weight", IntStream.range(0, size).asDoubleStream().toArray());
    Scope scope = isGlobal ? Scope.global() : Scope.layer();
    Mask mask = prune(List.of(layer), geometric(0.2), scope);
    assertThat(indices(mask, layer)).containsExactly(range(size, size - kept));
  }

  @Test
  void referenceModePrunesAllThatTieWithTheThreshold() {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {.1, .9, .3, .3, .2, .3, .6, .7, .8, .5});
    // sorted: .1 .2 .3 .3 .3 .5 ...; n = 2, so the threshold is the third, and all three .3 go
    Mask mask = prune(List.of(layer), geometric(0.2), Scope.layer());
    assertThat(indices(mask, layer)).containsExactly(1, 6, 7, 8, 9);
  }

  @Test
  void referenceModeTakesItsRateOfTheWeightsAlive() {
    Layer layer = new Layer("a.weight", new Shape(20), Kind.LINEAR);
    values.put("a.weight", IntStream.range(0, 20).asDoubleStream().toArray());
    Schedule schedule = geometric(0.2);
    Mask first = prune(List.of(layer), schedule, Scope.layer());
    Mask second = prune(scores(List.of(layer)), first, 1, schedule, 2, Scope.layer());
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
    assertThat(prune(scores, dense, 0, geometric(0.2), 1, Scope.layer()).kept()).isEqualTo(799);
    assertThat(prune(scores, dense, 0, geometric(0.2), 3, Scope.layer()).kept()).isEqualTo(511);
  }

  @Test
  void referenceModeCountsTheLayersLeftWholeInAGlobalRankingToo() {
    Layer ranked = new Layer("a.weight", new Shape(100), Kind.LINEAR);
    Layer whole = new Layer("b.weight", new Shape(20), Kind.OUTPUT);
    values.put("a.weight", IntStream.range(0, 100).asDoubleStream().toArray());
    values.put("b.weight", new double[20]);
    Schedule schedule = (round, kind) -> kind == Kind.OUTPUT ? 1 : Math.pow(0.8, round);
    Mask mask = prune(List.of(ranked, whole), schedule, Scope.global());
    assertThat(mask.kept(whole)).isEqualTo(20);
    assertThat(mask.kept(ranked)).isEqualTo(75); // 100 - (ceil(0.2 * 120) + 1)
  }

  @Test
  void referenceModeRoundsHalvesToEvenAsNumpyDoes() {
    Layer layer = new Layer("a.weight", new Shape(5), Kind.LINEAR);
    values.put("a.weight", new double[] {1, 2, 3, 4, 5});
    // round(0.1 * 5) = round(0.5) = 0, and one more; round(0.3 * 5) = round(1.5) = 2, and one more
    assertThat(prune(List.of(layer), geometric(0.1), Scope.layer()).kept()).isEqualTo(4);
    assertThat(prune(List.of(layer), geometric(0.3), Scope.layer()).kept()).isEqualTo(2);
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
          for (Scope scope : List.of(Scope.layer(), Scope.global())) {
            Mask kept =
                prune(scores(List.of(layer)), alive, round - 1, geometric(rate), round, scope);
            assertThat(kept.kept())
                .as("rate %s, round %d, %d alive, %s", rate, round, living, scope)
                .isEqualTo(living - n - 1);
          }
        }
      }
    }
  }

  @Test
  void referenceModeCountsDeadWeightsAsGone() {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", IntStream.range(0, 10).asDoubleStream().toArray());
    Schedule schedule = (round, kind) -> Math.pow(0.5, round);
    // ceil(0.5 * 10) + 1 go, then ceil(0.5 * 4) + 1 of those left
    Mask first = prune(List.of(layer), schedule, Scope.global());
    Mask second = prune(scores(List.of(layer)), first, 1, schedule, 2, Scope.global());
    assertThat(indices(first, layer)).containsExactly(range(10, 6));
    assertThat(indices(second, layer)).containsExactly(range(10, 9));
  }

  private Mask prune(List<Layer> layers, Schedule schedule, Scope scope) {
    return prune(scores(layers), Mask.dense(layers), 0, schedule, 1, scope);
  }

  private Mask prune(
      Scores scores, Mask alive, int from, Schedule schedule, int round, Scope scope) {
    return new Pruning(new Magnitude(), schedule, scope, rule()).prune(scores, alive, from, round);
  }

  private Scores scores(List<Layer> layers) {
    return Scores.of(layers, layer -> values.get(layer.name()));
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
