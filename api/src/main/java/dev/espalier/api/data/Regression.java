// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Regression: targets are numbers, and outputs predict them in the same shape.
 *
 * <p>The loss of an example is the mean over its numbers of (output - target)^2. The metrics are
 * R^2 = 1 - loss / v, where v is the variance of the targets of these examples about the mean of
 * each of their places, and the root of the mean squared error. Several targets share one R^2,
 * weighted by their variances.
 *
 * @param metric the metric that decides
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Regression(
    @Setting(value = "the metric that decides", defaults = "r2") SquaredError.Choice metric)
    implements Objective {

  /** Creates regression by R^2. */
  public Regression() {
    this(SquaredError.Choice.R2);
  }

  @Override
  public List<Metric> metrics(int classes) {
    return SquaredError.metrics(metric);
  }

  @Override
  public Shape output(Shape target, int classes) {
    return target;
  }

  @Override
  public NDArray losses(NDArray outputs, NDArray targets) {
    return SquaredError.of(outputs, targets);
  }

  @Override
  public List<Double> values(double loss, List<Double> scores, Examples examples) {
    return SquaredError.values(metric, loss, examples);
  }

  @Override
  public void check(Data data, Refusals refusals) {
    for (Examples part : data.parts()) {
      if (part.targets().type() == DataType.INT32) {
        refusals.add(
            "id",
            "regression of " + data.name() + ", whose targets are " + part.targets(),
            "targets that are numbers",
            "Choose classification, or data such as table");
        return;
      }
    }
    SquaredError.check(data, refusals);
  }
}
