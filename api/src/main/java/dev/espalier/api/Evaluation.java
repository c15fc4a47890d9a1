// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import org.apiguardian.api.API;

/**
 * The loss and accuracy of a network on some examples.
 *
 * @param loss mean cross-entropy in nats, without label smoothing; NaN where there are no examples
 * @param accuracy fraction of correct classifications, from 0 to 1; NaN where there are no examples
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Evaluation(double loss, double accuracy) {

  /** The evaluation without examples. */
  public static final Evaluation NONE = new Evaluation(Double.NaN, Double.NaN);
}
