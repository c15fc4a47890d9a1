// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.state.Mask;
import org.apiguardian.api.API;

/**
 * A rule by which a mask moves during a training: weights are pruned, and others grow again. Such a
 * training is one step: it is stored once, and its checkpoints and its cost include every move.
 *
 * <pre>{@code
 * Parametrization moving = Parametrization.moving(mask, new Prune(100));
 * Trained trained = trial.train(start, moving, plan);
 * Mask last = trained.mask(trial.network());
 * }</pre>
 *
 * <p>A move happens before the step of its iteration. It changes the training as follows: a weight
 * that is alive before and after the move keeps its value and the optimizer's memory of it. All
 * other weights get the value 0, and a memory of 0.
 *
 * <p>Implement it as a public record whose components define it completely: stored steps are keyed
 * by them.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface MovingMask {

  /**
   * Returns whether the mask moves before the step of an iteration.
   *
   * @param iteration the iteration, from 0
   * @param plan the whole timetable, from 0 to T
   * @return true to call {@link #move}
   */
  boolean isDue(long iteration, Plan plan);

  /**
   * Moves the mask.
   *
   * @param now the present weights and mask, with a random stream for this iteration. Its start
   *     weights are the present ones, so that a criterion of both cannot rank
   * @param iteration the iteration, from 0
   * @param plan the whole timetable, from 0 to T
   * @return the mask from this iteration on, of the same layers
   */
  Mask move(Scoring now, long iteration, Plan plan);
}
