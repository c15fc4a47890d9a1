// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Refusals;
import java.util.List;
import org.apiguardian.api.API;

/**
 * An objective of squared errors: outputs have the shape of targets. The loss of an example is the
 * mean over its numbers of (output - target)^2; bytes count as x / 255. The metrics are R^2 = 1 -
 * loss / v, where v is the variance of the targets of these examples about the mean of each of
 * their places, and the root of the mean squared error.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface SquaredError extends Objective {

  /** The metrics of squared errors. */
  enum Choice {
    /** The share of the targets' variance that the outputs explain, 1 at most. */
    R2,
    /** The root of the mean squared error, in the unit of the targets. */
    RMSE
  }

  /**
   * Returns the metric that decides.
   *
   * @return the first of {@link #metrics}
   */
  Choice metric();

  @Override
  default List<Metric> metrics(int classes) {
    return first(
        new Metric("r2", "", Metric.Direction.HIGHER, 0.005),
        new Metric("rmse", "", Metric.Direction.LOWER, 0.005));
  }

  private <T> List<T> first(T r2, T rmse) {
    return metric() == Choice.R2 ? List.of(r2, rmse) : List.of(rmse, r2);
  }

  @Override
  default Shape output(Shape target, int classes) {
    return target;
  }

  @Override
  default NDArray losses(NDArray outputs, NDArray targets) {
    long batch = targets.getShape().get(0);
    NDArray numbers = targets.toType(outputs.getDataType(), false);
    NDArray y = targets.getDataType() == DataType.UINT8 ? numbers.div(255) : numbers;
    return outputs.sub(y).square().reshape(batch, -1).mean(new int[] {1});
  }

  @Override
  default List<Double> values(double loss, List<Double> scores, Examples examples) {
    return first(1 - loss / examples.targets().variance(), Math.sqrt(loss));
  }

  @Override
  default void check(Data data, Refusals refusals) {
    for (Examples part : data.parts()) {
      double variance = part.targets().variance();
      if (part.size() > 1 && !(variance > 0 && variance < Double.POSITIVE_INFINITY)) {
        refusals.add(
            "target",
            "targets of variance " + variance + " in " + data.name(),
            "finite targets that differ");
        return;
      }
    }
  }
}
