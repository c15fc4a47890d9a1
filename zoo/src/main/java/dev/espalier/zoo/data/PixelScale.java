// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Normalisation;
import java.util.List;
import org.apiguardian.api.API;

/** The normalisation of a byte x of a grey image. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public enum PixelScale {
  /** (x / 255 - mean) / std, with the mean and the standard deviation of the data set. */
  STANDARD,
  /** x / 255. */
  NONE;

  Normalisation of(double mean, double std) {
    return this == NONE ? Normalisation.NONE : new Normalisation(List.of(mean), List.of(std));
  }
}
