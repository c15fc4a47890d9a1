// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import org.apiguardian.api.API;

/**
 * How a network does on some examples.
 *
 * @param loss mean cross-entropy in nats, without label smoothing; NaN where there are no examples
 * @param accuracy fraction classified right, from 0 to 1; NaN where there are no examples
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Evaluation(double loss, double accuracy) {

  /** Of no examples. */
  public static final Evaluation NONE = new Evaluation(Double.NaN, Double.NaN);
}
