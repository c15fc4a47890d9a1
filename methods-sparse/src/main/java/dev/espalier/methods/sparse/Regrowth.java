// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import java.util.BitSet;
import java.util.function.ToIntFunction;

/** The two halves of an update of SET or RigL, layer by layer. */
final class Regrowth {

  private Regrowth() {}

  /** Drops the k living weights of the lowest scores; of equal scores those of higher index. */
  static Mask drop(Mask mask, Scores scores, ToIntFunction<Layer> k) {
    return scores.prune(
        mask,
        layer -> 1,
        layer -> (double) (mask.kept(layer) - k.applyAsInt(layer)) / layer.size(),
        false,
        ranking ->
            ranking.removeLowestFromTheEnd(ranking.living() - Math.round(ranking.planned())));
  }

  /**
   * Grows the k weights of the highest scores that are not alive; of equal scores those of lower
   * index. A weight that was just dropped may grow again.
   */
  static Mask grow(Mask kept, Scores scores, ToIntFunction<Layer> k) {
    Mask dead = kept.complement();
    return union(kept, drop(dead, scores, layer -> dead.kept(layer) - k.applyAsInt(layer)));
  }

  /** Returns the weights that are alive in one of two masks. */
  static Mask union(Mask a, Mask b) {
    return Mask.of(
        a.layers(),
        (layer, bits) -> {
          BitSet both = a.alive(layer);
          both.or(b.alive(layer));
          return both;
        });
  }
}
