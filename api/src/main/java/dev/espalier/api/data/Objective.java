// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * What a training minimises, and what a network is measured by. Implement it as a record with
 * {@link Setting}s.
 *
 * <p>Arrays are on the trial's device. Outputs are those of the network: (batch, then {@link
 * #output}), float32, or float64 for some criteria. Targets are (batch, then the shape of a
 * target): int64 if they are stored as int32, else of their stored type. The methods are called
 * inside of a step: they read nothing back to the host, and use no Java number in an operation that
 * is differentiated.
 *
 * <pre>{@code
 * public record AbsoluteError() implements Objective {
 *   public List<Metric> metrics(int classes) {
 *     return List.of(new Metric("mean-absolute-error", "", Direction.LOWER, 0.01));
 *   }
 *
 *   public Shape output(Shape target, int classes) {
 *     return target;
 *   }
 *
 *   public NDArray losses(NDArray outputs, NDArray targets) {
 *     return outputs.sub(targets).abs().reshape(outputs.getShape().get(0), -1).mean(new int[] {1});
 *   }
 *
 *   public List<Double> values(double loss, List<Double> scores, Examples examples) {
 *     return List.of(loss);
 *   }
 * }
 * }</pre>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Objective {

  /**
   * Returns the metrics. The first decides: it is that of verdicts, tables and pictures.
   *
   * @param classes the number of classes, or of tokens to predict; 0 if targets are numbers
   * @return one or more metrics with different names
   */
  List<Metric> metrics(int classes);

  /**
   * Returns the shape of a network's output for one example.
   *
   * @param target the shape of a target
   * @param classes the number of classes, or of tokens to predict; 0 if targets are numbers
   * @return the shape, without the batch axis
   */
  Shape output(Shape target, int classes);

  /**
   * Computes the loss of each example, without regularisation such as label smoothing.
   *
   * @param outputs (batch, ...)
   * @param targets (batch, ...)
   * @return (batch), of the type of {@code outputs}
   */
  NDArray losses(NDArray outputs, NDArray targets);

  /**
   * Computes the weight of each example in means, for examples of different lengths. Without
   * weights all examples count the same.
   *
   * @param targets (batch, ...)
   * @return (batch), float32, 0 or more; empty by default
   */
  default Optional<NDArray> weights(NDArray targets) {
    return Optional.empty();
  }

  /**
   * Computes the loss of a batch, which training minimises: {@link #mean}, unless an objective adds
   * a regularisation.
   *
   * @param outputs (batch, ...)
   * @param targets (batch, ...)
   * @return a number
   */
  default NDArray loss(NDArray outputs, NDArray targets) {
    return mean(outputs, targets);
  }

  /**
   * Computes the weighted mean of {@link #losses}.
   *
   * @param outputs (batch, ...)
   * @param targets (batch, ...)
   * @return a number
   */
  default NDArray mean(NDArray outputs, NDArray targets) {
    NDArray each = losses(outputs, targets);
    Optional<NDArray> weights = weights(targets);
    if (weights.isEmpty()) {
      return each.mean();
    }
    NDArray w = weights.get().toType(each.getDataType(), false);
    return each.mul(w).sum().div(w.sum());
  }

  /**
   * Computes scores whose means are part of a metric.
   *
   * @param outputs (batch, ...)
   * @param targets (batch, ...)
   * @return arrays of shape (batch), of booleans or float32; none by default
   */
  default NDList scores(NDArray outputs, NDArray targets) {
    return new NDList();
  }

  /**
   * Computes the values of the metrics from means over examples.
   *
   * @param loss the weighted mean of {@link #losses}; for training batches, of {@link #loss}
   * @param scores the weighted mean of each of {@link #scores}
   * @param examples the examples
   * @return a value for each of {@link #metrics}, in their order; by default the scores
   */
  default List<Double> values(double loss, List<Double> scores, Examples examples) {
    return scores;
  }

  /**
   * Returns the examples with the targets of this objective.
   *
   * @param examples the examples of a data source
   * @return the same examples by default
   */
  default Examples examples(Examples examples) {
    return examples;
  }

  /**
   * Checks that data can have this objective.
   *
   * @param data the data set, with the targets of this objective
   * @param refusals collects what is refused, by the keys of the objective's settings; the key
   *     {@code id} stands for the objective as a whole
   */
  default void check(Data data, Refusals refusals) {}
}
