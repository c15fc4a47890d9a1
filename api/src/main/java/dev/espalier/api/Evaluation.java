// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.data.Objective;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The loss of a network on some examples, and the values of the objective's metrics.
 *
 * @param loss the mean of the objective's losses, such as cross-entropy in nats, without
 *     regularisation; NaN where there are no examples
 * @param values the values of {@link Objective#metrics}, in their order, such as an accuracy from 0
 *     to 1; empty where there are no examples
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Evaluation(double loss, List<Double> values) {

  /** The evaluation without examples. */
  public static final Evaluation NONE = new Evaluation(Double.NaN, List.of());

  /** Creates an evaluation with a copy of the list. */
  public Evaluation {
    values = List.copyOf(values);
  }

  /**
   * Returns the value of the metric that decides.
   *
   * @return the first value; NaN where there are no examples
   */
  public double score() {
    return values.isEmpty() ? Double.NaN : values.get(0);
  }
}
