// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.Gradients;
import dev.espalier.api.MovingMask;
import dev.espalier.api.Plan;
import dev.espalier.api.Scoring;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * The updates of RigL. Before iteration t = d, 2d, ... &lt; T_end each layer drops k = floor(f(t)
 * n) of its n living weights, those of the lowest |w|, where f(t) = alpha / 2 * (1 + cos(pi t /
 * T_end)). It grows k weights of the largest |g|, the gradient of a batch's loss with respect to
 * all weights.
 *
 * @param alpha the share at t = 0
 * @param every d
 * @param end T_end
 * @param batch the number of training examples in the gradient
 */
public record RiglUpdates(double alpha, long every, long end, int batch) implements MovingMask {

  /** Returns f(t). */
  double f(long t) {
    return alpha / 2 * (1 + Math.cos(Math.PI * t / end));
  }

  @Override
  public boolean isDue(long t, Plan plan) {
    return t > 0 && t < end && t % every == 0;
  }

  @Override
  public Mask move(Scoring now, long t, Plan plan) {
    Mask mask = now.mask();
    ToIntFunction<Layer> k = layer -> (int) (f(t) * mask.kept(layer));
    Mask kept = Regrowth.drop(mask, now.ofWeights((start, w) -> Math.abs(w)), k);
    return Regrowth.grow(kept, gradients(now), k);
  }

  /** Returns |g| of all weights, at the weights under the mask. */
  private Scores gradients(Scoring now) {
    int size = now.data().train().size();
    int[] rows = now.data().train().sample(Math.min(batch, size), now.random());
    try (Gradients gradients = now.at(now.state(), DataType.FLOAT32, Gradients.BatchNorm.BATCH)) {
      Map<String, NDArray> g =
          gradients.of(() -> gradients.loss(gradients.outputs(gradients.features(rows)), rows));
      return Scores.of(now.mask().layers(), layer -> Gradients.doubles(g.get(layer.name())))
          .map(Math::abs);
    }
  }
}
