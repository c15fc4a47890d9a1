// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A learning-rate schedule: a factor for each iteration of a training. Implement it as a record
 * with {@link Setting}s.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface LearningRateSchedule {

  /**
   * Returns the factor on the optimizer's learning rate.
   *
   * @param iteration the next step, counted from 0
   * @param total the length of the whole training in iterations
   * @param perEpoch iterations per epoch
   * @return the factor, 0 or more
   */
  double factor(long iteration, long total, long perEpoch);

  /**
   * Checks the settings against the length of a training, before any computation.
   *
   * @param total the length of the whole training in iterations
   * @param perEpoch iterations per epoch
   * @param refusals collects errors and warnings, by the keys of the schedule's settings
   */
  default void check(long total, long perEpoch, Refusals refusals) {}

  /**
   * Warns of points that a training does not reach; for the checks of schedules.
   *
   * @param key the key of the points
   * @param points the points
   * @param total the length of the whole training in iterations
   * @param perEpoch iterations per epoch
   * @param refusals collects a warning that names the first of them
   */
  static void warnIfAfterEnd(
      String key, List<Span> points, long total, long perEpoch, Refusals refusals) {
    points.stream()
        .filter(point -> point.in(perEpoch) >= total)
        .findFirst()
        .ifPresent(
            point ->
                refusals.warn(
                    key,
                    "iteration " + point.in(perEpoch),
                    "which a training of " + total + " iterations does not reach",
                    "Let it come earlier, or train longer"));
  }
}
