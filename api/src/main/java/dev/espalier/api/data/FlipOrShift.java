// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import org.apiguardian.api.API;

/**
 * Mirrors an image, moves it, does both, or neither, each equally often: a random subset of the
 * two, as in SNIP's public code (Lee, Ajanthan and Torr, ICLR 2019, arXiv:1810.02340). A move is by
 * up to some pixels up or down and left or right, every way equally likely, and black comes in. The
 * order of the two, random there, does not matter: a move is as likely as its mirror image.
 *
 * @param pixels how far at most
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

  /** Checks the range. */
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
