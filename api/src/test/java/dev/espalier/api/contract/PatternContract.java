// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Pattern;
import dev.espalier.api.Scope;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Layer.Kind;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every {@link Pattern} keeps to; extend it in a plugin's tests. */
public abstract class PatternContract {

  private static final List<Layer> LAYERS =
      List.of(
          new Layer("conv.weight", new Shape(2, 8, 3, 3), Kind.CONVOLUTION),
          new Layer("fc.weight", new Shape(4, 12), Kind.LINEAR),
          new Layer("fc.bias", new Shape(4), Kind.BIAS),
          new Layer("out.weight", new Shape(3, 8), Kind.OUTPUT));

  private final RandomStream random = new Seed(1, 0).stream("scores", 0);

  /** For subclasses. */
  protected PatternContract() {}

  /** The pattern under test. */
  protected abstract Pattern pattern();

  private Scores draw() {
    return Scores.of(LAYERS, layer -> random.doubles(layer.size()).toArray());
  }

  private Mask prune(Scores scores, Mask alive, double density, Scope scope) {
    return pattern()
        .prune(
            scores,
            alive,
            (ranked, living) ->
                ranked.prune(
                    living, any -> 1, any -> density, scope.isGlobal(), r -> r.removeUnplanned()));
  }

  @Test
  void masksOfRoundsAreNestedAndOfAllLayers() {
    for (Scope scope : List.of(Scope.layer(), Scope.global())) {
      Mask alive = Mask.dense(LAYERS);
      for (double density : new double[] {0.8, 0.65, 0.5}) {
        Mask mask = prune(draw(), alive, density, scope);
        assertThat(mask.layers()).isEqualTo(LAYERS);
        assertThat(mask.isWithin(alive)).isTrue();
        alive = mask;
      }
      assertThat(alive.isDense()).isFalse();
    }
  }

  @Test
  void noDeadWeightReturnsWhereTheLivingOnesHaveAnotherPattern() {
    Mask alive = Mask.dense(LAYERS);
    alive = Scope.global().prune(draw(), alive, 0.7);
    assertThat(prune(draw(), alive, 0.5, Scope.layer()).isWithin(alive)).isTrue();
  }

  @Test
  void equalScoresGiveEqualMasks() {
    Scores all = Scores.of(LAYERS, layer -> new double[layer.size()]);
    for (Scores scores : List.of(draw(), all)) {
      assertThat(prune(scores, Mask.dense(LAYERS), 0.5, Scope.global()))
          .isEqualTo(prune(scores, Mask.dense(LAYERS), 0.5, Scope.global()));
    }
  }

  @Test
  void isAValue() {
    assertThat(pattern())
        .isInstanceOf(Record.class)
        .isEqualTo(pattern())
        .hasSameHashCodeAs(pattern());
  }
}
