// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * How the learning rate changes over a training. A value: implement it as a record with {@link
 * Setting}s.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface LearningRateSchedule {

  /**
   * What the optimizer's learning rate is multiplied by.
   *
   * @param iteration the step about to be done, counted from 0
   * @param total how long the whole training is, in iterations
   * @param perEpoch iterations per epoch
   * @return the factor, 0 or more
   */
  double factor(long iteration, long total, long perEpoch);
}
