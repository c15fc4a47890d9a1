// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import org.apiguardian.api.API;

/**
 * The augmentation of SNIP's public code (Lee, Ajanthan and Torr, ICLR 2019, arXiv:1810.02340). For
 * each image it chooses none, one or both of a flip and a shift. The three numbers are equally
 * likely, and so are the two choices of one. A chosen flip mirrors half of the images, so that a
 * quarter of all are mirrored and half are shifted. A shift is uniform, by up to {@code pixels}
 * pixels vertically and horizontally.
 *
 * <p>That code augments normalised images, so the margin is 0 there, the mean colour. The order of
 * the two is random in that code and does not matter: a shift is as likely as its mirror image.
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

  private static final Flip FLIP = new Flip(0.5);

  /** Creates the settings and checks their range. */
  public FlipOrShift {
    Ranges.check(FlipOrShift.class, pixels);
  }

  @Override
  public View apply(View image, RandomStream random) {
    int chosen = random.nextInt(3);
    boolean hasFlip = chosen == 2 || (chosen == 1 && random.nextBoolean());
    boolean hasShift = chosen == 2 || (chosen == 1 && !hasFlip);
    View seen = hasFlip ? FLIP.apply(image, random) : image;
    return hasShift ? new View(shift(seen.rows(), random), shift(seen.columns(), random)) : seen;
  }

  @Override
  public boolean isMarginMean() {
    return true;
  }

  private View.Axis shift(View.Axis axis, RandomStream random) {
    return axis.cut(random.nextInt(2 * pixels + 1) - pixels, axis.size());
  }
}
