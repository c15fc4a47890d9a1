// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.RefusedException;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The map from stored features to inputs of a network: (x / 255 - mean) / std for byte pixels, and
 * (x - mean) / std for float features. Mean and std are per channel, the first axis of an example.
 *
 * @param mean one mean per channel, or one for all
 * @param std one standard deviation per channel, or one for all
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Normalisation(List<Double> mean, List<Double> std) {

  /** Mean 0 and standard deviation 1: pixels from 0 to 1, other features without change. */
  public static final Normalisation NONE = new Normalisation(List.of(0.0), List.of(1.0));

  /** Creates a normalisation from copies of the lists. */
  public Normalisation {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.isEmpty() || mean.size() != std.size() || std.stream().anyMatch(s -> !(s > 0))) {
      throw new RefusedException(
          "normalisation", "mean " + mean + " and std " + std, "as many of each, std above 0");
    }
  }
}
