// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.MovingMask;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Scoring;
import dev.espalier.api.state.Mask;
import java.util.OptionalDouble;

/**
 * Prunes more and more weights during a training, at the iterations t_k = t_0 + k d for k = 1 to n.
 * Weights that are pruned do not grow again.
 *
 * @param begin t_0
 * @param every d
 * @param rounds n
 * @param pruning the rule of round k, with the density after it
 */
public record GradualUpdates(long begin, long every, int rounds, Pruning pruning)
    implements MovingMask {

  private long k(long t) {
    return (t - begin) / every;
  }

  @Override
  public boolean isDue(long t, Plan plan) {
    return t > begin && k(t) <= rounds && (t - begin) % every == 0;
  }

  @Override
  public Mask move(Scoring now, long t, Plan plan) {
    int k = (int) k(t);
    double density = pruning.density(now.mask().layers(), k);
    Scoring planned = now.withDensity(OptionalDouble.of(density));
    return pruning.prune(planned.by(pruning.criterion()), now.mask(), k - 1, k);
  }
}
