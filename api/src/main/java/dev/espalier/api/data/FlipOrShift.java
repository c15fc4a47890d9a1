// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import org.apiguardian.api.API;

/**
 * An augmentation that mirrors an image, moves it, does both, or neither, each with equal
 * probability, as in SNIP's public code (Lee, Ajanthan and Torr, ICLR 2019, arXiv:1810.02340). A
 * move is uniform, by up to {@code pixels} pixels vertically and horizontally, and black fills the
 * margin. The order of the two is random in that code and does not matter: a move is as likely as
 * its mirror image.
 *
 * @param pixels the largest move
 */
@API(status = API.Status.STABLE, since = "0.1")
public record FlipOrShift(
    @Setting(
            value = "largest shift in each direction, in pixels",
            defaults = "4",
            range = "[0, 65535]")
        int pixels)
    implements Augmentation {

  private static final Flip FLIP = new Flip(1);

  /** Creates the settings and checks their range. */
  public FlipOrShift {
    Ranges.check(FlipOrShift.class, pixels);
  }

  @Override
  public View apply(View image, RandomStream random) {
    View seen = random.nextBoolean() ? FLIP.apply(image, random) : image;
    if (!random.nextBoolean()) {
      return seen;
    }
    View.Axis rows = shift(seen.rows(), random);
    return new View(rows, shift(seen.columns(), random));
  }

  private View.Axis shift(View.Axis axis, RandomStream random) {
    return axis.cut(random.nextInt(2 * pixels + 1) - pixels, axis.size());
  }
}
