// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.MovingMask;
import dev.espalier.api.Plan;
import dev.espalier.api.Scoring;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Tensor;
import java.util.BitSet;

/**
 * The updates of SET. Every d iterations each layer drops the share zeta of its positive weights,
 * the smallest, and the share zeta of its negative weights, the largest. It grows as many weights
 * at random.
 *
 * @param zeta the share
 * @param every d
 * @param end the iteration from which the mask stays
 */
public record SetUpdates(double zeta, long every, long end) implements MovingMask {

  @Override
  public boolean isDue(long t, Plan plan) {
    return t > 0 && t < end && t % every == 0;
  }

  @Override
  public Mask move(Scoring now, long t, Plan plan) {
    return Mask.of(
        now.mask().layers(),
        (layer, bits) -> {
          Tensor w = now.state().get(layer.name());
          BitSet positive = now.mask().alive(layer);
          BitSet negative = now.mask().alive(layer);
          now.mask().alive(layer).stream().forEach(i -> (w.get(i) > 0 ? negative : positive).clear(i));
          Regrowth up = dropping(now, layer, positive, w);
          Regrowth down = dropping(now, layer, negative, w);
          up.drop().or(down.drop());
          double[] random = now.random().doubles(layer.size()).toArray();
          return new Regrowth(up.drop(), up.k() + down.k()).grow(now.mask(), layer, i -> random[i]);
        });
  }

  /** Drops the share zeta of some living weights, those of the lowest |w|. */
  private Regrowth dropping(
      Scoring now, Layer layer, BitSet some, Tensor w) {
    int k = (int) (some.cardinality() * zeta);
    return Regrowth.dropping(
        now.mask(), layer, k, i -> some.get(i) ? Math.abs(w.get(i)) : Double.POSITIVE_INFINITY);
  }
}
