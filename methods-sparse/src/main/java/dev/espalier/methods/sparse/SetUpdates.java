// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.MovingMask;
import dev.espalier.api.Plan;
import dev.espalier.api.Scoring;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Tensor;
import java.util.BitSet;
import java.util.function.DoublePredicate;

/**
 * The updates of SET. Before iteration t = d, 2d, ... &lt; T each layer drops the share zeta of its
 * positive weights, the smallest, and the share zeta of its negative weights, those nearest to 0.
 * It grows as many weights at random.
 *
 * @param zeta the share
 * @param every d
 * @param end T
 */
public record SetUpdates(double zeta, long every, long end) implements MovingMask {

  @Override
  public boolean isDue(long t, Plan plan) {
    return t > 0 && t < end && t % every == 0;
  }

  @Override
  public Mask move(Scoring now, long t, Plan plan) {
    Mask mask = now.mask();
    Mask kept = Regrowth.union(kept(now, w -> w > 0), kept(now, w -> w <= 0));
    Scores random = Scores.of(mask.layers(), layer -> now.random().doubles(layer.size()).toArray());
    return Regrowth.grow(kept, random, layer -> mask.kept(layer) - kept.kept(layer));
  }

  /** Returns the living weights of one sign without the share zeta of the lowest |w|. */
  private Mask kept(Scoring now, DoublePredicate sign) {
    Mask mask =
        Mask.of(
            now.mask().layers(),
            (layer, bits) -> {
              Tensor w = now.state().get(layer.name());
              BitSet alive = now.mask().alive(layer);
              alive.stream().filter(i -> sign.test(w.get(i))).forEach(bits::set);
              return bits;
            });
    return Regrowth.drop(
        mask, now.ofWeights((start, w) -> Math.abs(w)), layer -> (int) (zeta * mask.kept(layer)));
  }
}
