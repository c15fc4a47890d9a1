// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Pattern;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Scopes;
import dev.espalier.api.TieRule;
import dev.espalier.api.contract.PatternContract;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Layer.Kind;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PatternsTest {

  private final Layer first = new Layer("conv1", new Shape(6, 3, 2, 2), Kind.CONVOLUTION);
  private final Layer conv = new Layer("conv2", new Shape(5, 8, 2, 3), Kind.CONVOLUTION);
  private final Layer linear = new Layer("fc1", new Shape(7, 12), Kind.LINEAR);
  private final Layer output = new Layer("fc2", new Shape(2, 4), Kind.OUTPUT);
  private final List<Layer> layers = List.of(first, conv, linear, output);

  /** Scores of few different values, so that many tie, or of many. */
  private Scores scores(long seed, int values) {
    Random random = new Random(seed);
    Map<String, double[]> drawn = new HashMap<>();
    for (Layer layer : layers) {
      drawn.put(layer.name(), random.ints(layer.size(), 0, values).mapToDouble(i -> i).toArray());
    }
    return Scores.of(layers, layer -> drawn.get(layer.name()));
  }

  private static Pruning pruning(double density, int n, Scope scope, Pattern pattern) {
    return pruning(density, n, scope, pattern, TieRule.EXACT);
  }

  private static Pruning pruning(
      double density, int n, Scope scope, Pattern pattern, TieRule ties) {
    return new Pruning(scoring -> null, Schedule.exponential(density, n), scope, pattern, ties);
  }

  /** The flat indices of each group of 4 inputs. */
  private static List<int[]> groups(Layer layer) {
    int in = (int) layer.shape().get(1);
    int kernel = layer.size() / (int) layer.shape().get(0) / in;
    return IntStream.range(0, layer.size())
        .filter(i -> i / kernel % in % 4 == 0)
        .mapToObj(i -> IntStream.range(0, 4).map(c -> i + c * kernel).toArray())
        .toList();
  }

  private static long kept(Mask mask, Layer layer, int[] group) {
    return Arrays.stream(group).filter(i -> mask.keeps(layer, i)).count();
  }

  @Property(tries = 100)
  void everyGroupOfFourKeepsTheTwoOfTheHighestScores(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 1000) int values,
      @ForAll boolean global,
      @ForAll @IntRange(min = 1, max = 3) int n) {
    Scope scope = global ? Scope.global() : Scope.layer();
    Scores scores = scores(seed, values);
    Pruning pruning = pruning(0.5, n, scope, new NOfM(2, 4));
    Mask mask = Mask.dense(layers);
    for (int round = 1; round <= n; round++) {
      mask = pruning.prune(scores, mask, round - 1, round);
    }
    for (Layer layer : List.of(conv, linear, output)) {
      assertThat(groups(layer)).hasSize(layer.size() / 4);
      for (int[] group : groups(layer)) {
        assertThat(kept(mask, layer, group)).isEqualTo(2);
        double[] sorted =
            Arrays.stream(group).mapToDouble(i -> scores.of(layer)[i]).sorted().toArray();
        for (int i : group) {
          if (mask.keeps(layer, i)) {
            assertThat(scores.of(layer)[i]).isGreaterThanOrEqualTo(sorted[2]);
          }
        }
      }
    }
    assertThat(mask.density(first)).isEqualTo(1); // 3 inputs
  }

  @Test
  void roundsToTwoOfFourKeepThePlannedNumberAndAtLeastTwoOfEachGroup() {
    for (Scope scope : List.of(Scope.layer(), Scope.global())) {
      Pruning pruning = pruning(0.5, 4, scope, new NOfM(2, 4));
      Mask alive = Mask.dense(layers);
      for (int round = 1; round <= 4; round++) {
        Mask mask = pruning.prune(scores(round, 1000), alive, round - 1, round);
        assertThat(mask.isWithin(alive)).isTrue();
        long kept = mask.kept() - first.size();
        double planned = Math.pow(0.5, round / 4.0) * (mask.size() - first.size());
        assertThat(Math.abs(kept - planned)).isLessThanOrEqualTo(scope.isGlobal() ? 0.5 : 1.5);
        for (Layer layer : List.of(conv, linear, output)) {
          for (int[] group : groups(layer)) {
            assertThat(kept(mask, layer, group)).isGreaterThanOrEqualTo(2);
          }
        }
        alive = mask;
      }
    }
  }

  @Test
  void noTieRuleRemovesMoreThanThePatternAllows() {
    TieRule all = ranking -> ranking.removeLowest(ranking.living());
    Mask mask =
        pruning(0.5, 1, Scope.global(), new NOfM(1, 4), all)
            .prune(scores(1, 5), Mask.dense(layers), 0, 1);
    for (int[] group : groups(linear)) {
      assertThat(kept(mask, linear, group)).isEqualTo(1);
    }
  }

  @Test
  void otherDensitiesThanNOfMAreRefusedForTheLastRound() {
    Refusals refusals = new Refusals();
    pruning(0.3, 2, Scope.layer(), new NOfM(2, 4)).check(2, layers, refusals);
    assertThat(refusals.all()).hasSize(1);
    assertThat(refusals.all().get(0))
        .hasToString(
            "pattern.n: found 2:4 for the density 0.3 of conv2, allowed is the density 2/4 in the"
                + " last round. Plan the density 0.5 for each layer, or use another pattern");
    Refusals good = new Refusals();
    pruning(0.5, 2, Scope.layer(), new NOfM(2, 4)).check(2, layers, good);
    assertThat(good.all()).isEmpty();
    assertThat(good.warnings()).hasSize(1);
    assertThat(good.warnings().get(0))
        .hasToString(
            "pattern.m: found 4 for conv1 of shape (6, 3, 2, 2), which leaves it dense, because its"
                + " number of inputs is no multiple of 4. Choose another m, if it must be pruned");
  }

  @Test
  void aNetworkWithoutAGroupIsRefused() {
    Refusals refusals = new Refusals();
    pruning(2 / 7.0, 1, Scope.layer(), new NOfM(2, 7)).check(1, layers, refusals);
    assertThat(refusals.all()).hasSize(1);
    assertThat(refusals.all().get(0).key()).isEqualTo("pattern.m");
  }

  @Test
  void keepingAllOfAGroupIsRefused() {
    assertThatThrownBy(() -> new NOfM(4, 4))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("n: found 4, allowed is less than m, 4");
  }

  @Property(tries = 100)
  void blocksAreKeptOrRemovedWholeAndTheirNumberIsThePlannedOne(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 5) int rows,
      @ForAll @IntRange(min = 1, max = 5) int columns,
      @ForAll @DoubleRange(min = 0.1, max = 0.9) double density) {
    Scores scores = scores(seed, 1000);
    Mask mask =
        pruning(density, 1, Scope.layer(), new Blocks(rows, columns))
            .prune(scores, Mask.dense(layers), 0, 1);
    for (Layer layer : layers) {
      Map<List<Integer>, BitSet> blocks = blocks(layer, rows, columns);
      double least = Double.POSITIVE_INFINITY;
      double most = Double.NEGATIVE_INFINITY;
      int kept = 0;
      for (BitSet block : blocks.values()) {
        BitSet alive = mask.alive(layer);
        alive.and(block);
        double mean = block.stream().mapToDouble(i -> scores.of(layer)[i]).average().orElseThrow();
        if (alive.isEmpty()) {
          most = Math.max(most, mean);
        } else {
          assertThat(alive).isEqualTo(block);
          least = Math.min(least, mean);
          kept++;
        }
      }
      assertThat(least).isGreaterThanOrEqualTo(most);
      assertThat(kept).isEqualTo(halfUp(density, blocks.size()));
    }
  }

  /** In decimals, because 0.35 * 90 is below 31.5 in float64. */
  private static int halfUp(double density, int size) {
    return BigDecimal.valueOf(density)
        .multiply(BigDecimal.valueOf(size))
        .setScale(0, RoundingMode.HALF_UP)
        .intValueExact();
  }

  /** The weights of each block, by block row, block column and position in the kernel. */
  private static Map<List<Integer>, BitSet> blocks(Layer layer, int rows, int columns) {
    int in = (int) layer.shape().get(1);
    int kernel = layer.size() / (int) layer.shape().get(0) / in;
    Map<List<Integer>, BitSet> blocks = new HashMap<>();
    for (int i = 0; i < layer.size(); i++) {
      List<Integer> block = List.of(i / kernel / in / rows, i / kernel % in / columns, i % kernel);
      blocks.computeIfAbsent(block, unknown -> new BitSet()).set(i);
    }
    return blocks;
  }

  @Test
  void blocksOfOneWeightAreUnstructured() {
    for (Scope scope : List.of(Scope.layer(), Scope.global())) {
      Scores scores = scores(1, 20);
      Mask dense = Mask.dense(layers);
      assertThat(pruning(0.4, 1, scope, new Blocks(1, 1)).prune(scores, dense, 0, 1))
          .isEqualTo(pruning(0.4, 1, scope, Pattern.unstructured()).prune(scores, dense, 0, 1));
    }
  }

  @Test
  void blocksKeepTheDensitiesThatAScopeGivesTheLayersOfTheNetwork() {
    Scope erk = new Scopes.ErdosRenyiKernel();
    Map<Layer, Double> densities = erk.densities(layers, 0.5);
    Mask mask =
        pruning(0.5, 1, erk, new Blocks(1, 2)).prune(scores(1, 1000), Mask.dense(layers), 0, 1);
    for (Layer layer : List.of(conv, linear, output)) { // even numbers of inputs
      assertThat(mask.kept(layer))
          .isEqualTo(2 * (int) Math.round(densities.get(layer) * layer.size() / 2));
    }
  }

  @Test
  void roundsOfBlocksLieWithinEachOther() {
    Pruning pruning = pruning(0.2, 3, Scope.global(), new Blocks(2, 3));
    Mask alive = Mask.dense(layers);
    for (int round = 1; round <= 3; round++) {
      Mask mask = pruning.prune(scores(round, 1000), alive, round - 1, round);
      assertThat(mask.isWithin(alive)).isTrue();
      assertThat(mask.kept()).isLessThan(alive.kept());
      alive = mask;
    }
  }

  @Nested
  class UnstructuredIsAPattern extends PatternContract {
    @Override
    protected Pattern pattern() {
      return Pattern.unstructured();
    }
  }

  @Nested
  class TwoOfFourIsAPattern extends PatternContract {
    @Override
    protected Pattern pattern() {
      return new NOfM(2, 4);
    }
  }

  @Nested
  class BlocksIsAPattern extends PatternContract {
    @Override
    protected Pattern pattern() {
      return new Blocks(2, 4);
    }
  }
}
