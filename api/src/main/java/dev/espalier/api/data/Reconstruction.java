// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.DataType;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * Reconstruction, the objective of autoencoders: the targets are the stored features of the example
 * itself, without augmentation or deficit. Loss and metrics are those of {@link SquaredError}.
 *
 * @param metric the metric that decides
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Reconstruction(
    @Setting(value = "the metric that decides", defaults = "r2") Choice metric)
    implements SquaredError {

  /** Creates reconstruction by R^2. */
  public Reconstruction() {
    this(Choice.R2);
  }

  @Override
  public Examples examples(Examples examples) {
    return new Examples(examples.features(), examples.features());
  }

  @Override
  public void check(Data data, Refusals refusals) {
    if (data.train().type() == DataType.INT32) {
      refusals.add(
          "id",
          "reconstruction of the tokens of " + data.name(),
          "examples of numbers",
          "Choose language-modelling for tokens");
    } else if (!data.inputs().augmentations().isEmpty()) {
      refusals.add(
          "id",
          "reconstruction of " + data.name() + " with augmentations, which move pixels",
          "examples without augmentation",
          "Set data.augmentation = []");
    } else {
      SquaredError.super.check(data, refusals);
    }
  }
}
