// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import org.apiguardian.api.API;

/**
 * Mirrors an image, left to right.
 *
 * @param probability how often
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Flip(
    @Setting(
            value = "probability of mirroring an image, left to right",
            defaults = "0.5",
            range = "[0, 1]")
        double probability)
    implements Augmentation {

  /** Checks the range. */
  public Flip {
    Ranges.check(Flip.class, probability);
  }

  @Override
  public View apply(View image, RandomStream random) {
    return random.nextDouble() < probability
        ? new View(image.rows(), image.columns().mirrored())
        : image;
  }
}
