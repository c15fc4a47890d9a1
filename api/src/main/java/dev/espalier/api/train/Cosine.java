// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import dev.espalier.api.LearningRateSchedule;
import org.apiguardian.api.API;

/**
 * A schedule that falls along half a cosine to 0: (1 + cos(pi * i / T)) / 2 at iteration i of T
 * (Loshchilov and Hutter 2017, without restarts).
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Cosine() implements LearningRateSchedule {

  @Override
  public double factor(long iteration, long total, long perEpoch) {
    return (1 + Math.cos(Math.PI * iteration / total)) / 2;
  }
}
