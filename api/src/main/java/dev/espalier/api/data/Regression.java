// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.DataType;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * Regression: targets are numbers, and outputs predict them in the same shape.
 *
 * <p>Loss and metrics are those of {@link SquaredError}. Several targets share one R^2, weighted by
 * their variances.
 *
 * @param metric the metric that decides
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Regression(@Setting(value = "the metric that decides", defaults = "r2") Choice metric)
    implements SquaredError {

  /** Creates regression by R^2. */
  public Regression() {
    this(Choice.R2);
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
    SquaredError.super.check(data, refusals);
  }
}
