// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Criterion;
import dev.espalier.api.MovingMask;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Scoring;
import dev.espalier.api.TieRule;
import dev.espalier.api.state.Mask;
import java.util.OptionalDouble;

/**
 * Prunes more and more weights during a training. The sparsity at iteration t = t_0, t_0 + d, ...,
 * t_0 + n d is s_t = s_f + (s_i - s_f) * (1 - (t - t_0) / (n d))^3, with s_i = 0. Weights that are
 * pruned do not grow again.
 *
 * @param density the final density, 1 - s_f
 * @param begin t_0
 * @param every d
 * @param steps n
 * @param criterion ranks the weights
 * @param scope the division of the kept weights among layers
 * @param pattern the pattern of the kept weights inside a layer
 */
public record CubicPruning(
    double density,
    long begin,
    long every,
    long steps,
    Criterion criterion,
    Scope scope,
    Pattern pattern)
    implements MovingMask {

  /** Returns 1 - s_t. */
  double density(long t) {
    double done = Math.min(1, (double) (t - begin) / (steps * every));
    return density + (1 - density) * Math.pow(1 - done, 3);
  }

  @Override
  public boolean isDue(long t, Plan plan) {
    return t > begin && t <= begin + steps * every && (t - begin) % every == 0;
  }

  @Override
  public Mask move(Scoring now, long t, Plan plan) {
    double density = density(t);
    Scoring planned = now.withDensity(OptionalDouble.of(density));
    return pruning(density).prune(planned.by(criterion), now.mask(), 0, 1);
  }

  Pruning pruning(double density) {
    Schedule once = Schedule.exponential(density, 1);
    return new Pruning(criterion, once, scope, pattern, TieRule.EXACT);
  }
}
