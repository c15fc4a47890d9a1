// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import org.apiguardian.api.API;

/**
 * An augmentation that mirrors an image, left to right.
 *
 * @param probability the probability of a mirror image
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Flip(
    @Setting(
            value = "probability of mirroring an image, left to right",
            defaults = "0.5",
            range = "[0, 1]")
        double probability)
    implements Augmentation {

  /** Creates the settings and checks their range. */
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
