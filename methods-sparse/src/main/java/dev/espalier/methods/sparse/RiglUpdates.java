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
import dev.espalier.api.state.Tensor;
import java.util.Map;

/**
 * The updates of RigL. Every d iterations, up to T_end, each layer drops the share f(t) = alpha / 2
 * * (1 + cos(pi t / T_end)) of its living weights, those of the lowest |w|. It grows as many of the
 * largest |g|, the gradient of a batch's loss with respect to all weights.
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
    int size = now.data().train().size();
    int[] rows = now.data().train().sample(Math.min(batch, size), now.random());
    try (Gradients gradients =
        now.at(now.state(), DataType.FLOAT32, Gradients.BatchNorm.BATCH)) {
      Map<String, NDArray> g =
          gradients.of(() -> gradients.loss(gradients.outputs(gradients.features(rows)), rows));
      return Mask.of(
          now.mask().layers(),
          (layer, bits) -> {
            Tensor w = now.state().get(layer.name());
            double[] dense = Gradients.doubles(g.get(layer.name()));
            return dropped(now.mask(), layer, w, f(t))
                .grow(now.mask(), layer, i -> Math.abs(dense[i]));
          });
    }
  }

  private static Regrowth dropped(Mask mask, Layer layer, Tensor w, double share) {
    int k = (int) (mask.kept(layer) * share);
    return Regrowth.dropping(mask, layer, k, i -> Math.abs(w.get(i)));
  }
}
