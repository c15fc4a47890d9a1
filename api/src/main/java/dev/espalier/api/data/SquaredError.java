// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.settings.Refusals;
import java.util.List;
import org.apiguardian.api.API;

/** The squared error, which {@link Regression} and {@link Reconstruction} minimise. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class SquaredError {

  private static final Metric R2 = new Metric("r2", "", Metric.Direction.HIGHER, 0.005);
  private static final Metric RMSE = new Metric("rmse", "", Metric.Direction.LOWER, 0.005);

  /** The metrics of squared errors. */
  public enum Choice {
    /** The share of the targets' variance that the outputs explain, 1 at most. */
    R2,
    /** The root of the mean squared error, in the unit of the targets. */
    RMSE
  }

  private SquaredError() {}

  static List<Metric> metrics(Choice first) {
    return first == Choice.R2 ? List.of(R2, RMSE) : List.of(RMSE, R2);
  }

  /** Computes the mean over the numbers of an example: (batch). */
  static NDArray of(NDArray outputs, NDArray targets) {
    long batch = targets.getShape().get(0);
    NDArray numbers = targets.toType(outputs.getDataType(), false);
    NDArray y = targets.getDataType() == DataType.UINT8 ? numbers.div(255) : numbers;
    return outputs.sub(y).square().reshape(batch, -1).mean(new int[] {1});
  }

  static List<Double> values(Choice first, double loss, Examples examples) {
    double r2 = 1 - loss / examples.targets().variance();
    double rmse = Math.sqrt(loss);
    return first == Choice.R2 ? List.of(r2, rmse) : List.of(rmse, r2);
  }

  static void check(Data data, Refusals refusals) {
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
