// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import dev.espalier.api.LearningRateSchedule;
import org.apiguardian.api.API;

/** The constant schedule: factor 1. */
@API(status = API.Status.STABLE, since = "0.1")
public record Constant() implements LearningRateSchedule {

  @Override
  public double factor(long iteration, long total, long perEpoch) {
    return 1;
  }
}
