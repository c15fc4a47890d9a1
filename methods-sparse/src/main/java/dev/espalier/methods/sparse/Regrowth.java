// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import java.util.BitSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * One update of SET or RigL in one layer: it drops k living weights and grows k others, so that the
 * density stays. A weight that was just dropped may grow again, as in RigL's public code; it then
 * keeps its value.
 *
 * @param drop the dropped weights
 * @param k their number
 */
record Regrowth(BitSet drop, int k) {

  /** Drops the k living weights of the lowest scores; of equal scores those of higher index. */
  static Regrowth dropping(Mask mask, Layer layer, int k, ToDoubleFunction<Integer> score) {
    BitSet drop = new BitSet(layer.size());
    mask.alive(layer).stream()
        .boxed()
        .sorted(
            (a, b) -> {
              int order = Double.compare(score.applyAsDouble(a), score.applyAsDouble(b));
              return order == 0 ? Integer.compare(b, a) : order;
            })
        .limit(k)
        .forEach(drop::set);
    return new Regrowth(drop, k);
  }

  /** Grows the k weights of the highest scores that are not alive; of equal scores the first. */
  BitSet grow(Mask mask, Layer layer, ToDoubleFunction<Integer> score) {
    BitSet alive = mask.alive(layer);
    alive.andNot(drop);
    BitSet grown = (BitSet) alive.clone();
    IntStream.range(0, layer.size())
        .filter(i -> !alive.get(i))
        .boxed()
        .sorted(
            (a, b) -> {
              int order = Double.compare(score.applyAsDouble(b), score.applyAsDouble(a));
              return order == 0 ? Integer.compare(a, b) : order;
            })
        .limit(k)
        .forEach(grown::set);
    return grown;
  }
}
