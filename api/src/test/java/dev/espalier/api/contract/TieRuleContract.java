// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Scope;
import dev.espalier.api.TieRule;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Layer.Kind;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every {@link TieRule} keeps to; extend it in a plugin's tests. */
public abstract class TieRuleContract {

  private static final List<Layer> LAYERS =
      List.of(
          new Layer("conv.weight", new Shape(2, 1, 3, 3), Kind.CONVOLUTION),
          new Layer("fc.weight", new Shape(4, 10), Kind.LINEAR),
          new Layer("out.weight", new Shape(3, 5), Kind.OUTPUT));

  private final RandomStream random = new Seed(1, 0).stream("scores", 0);

  /** Creates the contract. */
  protected TieRuleContract() {}

  static List<Scope> scopes() {
    return List.of(Scope.layer(), Scope.global());
  }

  /** Returns the rule under test. */
  protected abstract TieRule rule();

  /** Another draw of scores for each call, of so many values. */
  private Map<String, double[]> draw(int values) {
    Map<String, double[]> drawn = new HashMap<>();
    for (Layer layer : LAYERS) {
      drawn.put(
          layer.name(),
          random
              .ints(layer.size(), 0, values)
              .mapToDouble(value -> value / (double) values)
              .toArray());
    }
    return drawn;
  }

  /** As many different scores as there can be. */
  private Map<String, double[]> distinct() {
    return draw(Integer.MAX_VALUE);
  }

  /** Prunes from the density of the round before to 0.8^round. */
  private Mask prune(
      List<Layer> layers, Map<String, double[]> scores, Mask alive, int round, Scope scope) {
    return Scores.of(layers, layer -> scores.get(layer.name()))
        .prune(
            alive,
            any -> Math.pow(0.8, round - 1),
            any -> Math.pow(0.8, round),
            scope.isGlobal(),
            rule()::prune);
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void masksAreNestedAndShrinkInEveryRound(Scope scope) {
    Mask alive = Mask.dense(LAYERS);
    for (int round = 1; round <= 3; round++) {
      Mask mask = prune(LAYERS, distinct(), alive, round, scope);
      assertThat(mask.isWithin(alive)).isTrue();
      assertThat(mask.kept()).isLessThan(alive.kept());
      alive = mask;
    }
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void aWeightKeptScoresNoLessThanOneThatGoes(Scope scope) {
    for (int values : new int[] {3, 10, Integer.MAX_VALUE}) {
      Mask alive = Mask.dense(LAYERS);
      for (int round = 1; round <= 3; round++) {
        Map<String, double[]> scores = draw(values);
        Mask mask = prune(LAYERS, scores, alive, round, scope);
        for (List<Layer> ranked :
            scope.isGlobal() ? List.of(LAYERS) : LAYERS.stream().map(List::of).toList()) {
          assertThat(least(ranked, scores, mask))
              .isGreaterThanOrEqualTo(most(ranked, scores, alive, mask));
        }
        alive = mask;
      }
    }
  }

  private static double least(List<Layer> layers, Map<String, double[]> scores, Mask mask) {
    return layers.stream()
        .flatMapToDouble(
            layer -> mask.alive(layer).stream().mapToDouble(i -> scores.get(layer.name())[i]))
        .min()
        .orElse(Double.POSITIVE_INFINITY);
  }

  private static double most(
      List<Layer> layers, Map<String, double[]> scores, Mask alive, Mask mask) {
    return layers.stream()
        .flatMapToDouble(
            layer ->
                alive.alive(layer).stream()
                    .filter(i -> !mask.keeps(layer, i))
                    .mapToDouble(i -> scores.get(layer.name())[i]))
        .max()
        .orElse(Double.NEGATIVE_INFINITY);
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void theFirstRoundKeepsThePlannedCountWithinTwoWeightsWhereScoresDiffer(Scope scope) {
    Mask mask = prune(LAYERS, distinct(), Mask.dense(LAYERS), 1, scope);
    if (scope.isGlobal()) {
      assertThat(Math.abs(mask.kept() - 0.8 * mask.size())).isLessThanOrEqualTo(2);
    } else {
      for (Layer layer : LAYERS) {
        assertThat(Math.abs(mask.kept(layer) - 0.8 * layer.size())).isLessThanOrEqualTo(2);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void theOrderOfLayersDoesNotCountWhereScoresDiffer(Scope scope) {
    List<Layer> reversed = new ArrayList<>(LAYERS);
    Collections.reverse(reversed);
    Map<String, double[]> scores = distinct();
    Mask there = prune(LAYERS, scores, Mask.dense(LAYERS), 1, scope);
    Mask back = prune(reversed, scores, Mask.dense(reversed), 1, scope);
    assertThat(there.isDense()).isFalse();
    for (Layer layer : LAYERS) {
      assertThat(back.alive(layer)).isEqualTo(there.alive(layer));
    }
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void equalScoresGiveEqualMasks(Scope scope) {
    Map<String, double[]> scores = draw(5);
    assertThat(prune(LAYERS, scores, Mask.dense(LAYERS), 1, scope))
        .isEqualTo(prune(LAYERS, scores, Mask.dense(LAYERS), 1, scope));
  }

  @Test
  void isAValue() {
    assertThat(rule()).isInstanceOf(Record.class).isEqualTo(rule()).hasSameHashCodeAs(rule());
  }
}
