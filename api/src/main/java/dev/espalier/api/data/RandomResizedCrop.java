// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import org.apiguardian.api.API;

/**
 * An augmentation that stretches a rectangle of random area, aspect and place to the input size of
 * the network: torchvision's {@code RandomResizedCrop}. The fraction of the area is uniform, and
 * the logarithm of width over height is uniform from log 3/4 to log 4/3. If the rectangle does not
 * fit, both are drawn again, up to ten times; then the whole image is used.
 *
 * <p>It differs from torchvision for a rectangle larger than the result: torchvision averages all
 * pixels under a pixel of the result, and Espalier reads one position. The rectangle lies in the
 * stored image, which may be a part of the original.
 *
 * @param minArea the least fraction of the image's area
 * @param maxArea the greatest fraction of the image's area
 */
@API(status = API.Status.STABLE, since = "0.1")
public record RandomResizedCrop(
    @Setting(
            value = "smallest crop, as a fraction of the image's area",
            defaults = "0.08",
            range = "(0, 1]")
        double minArea,
    @Setting(
            value = "largest crop, as a fraction of the image's area",
            defaults = "1",
            range = "(0, 1]")
        double maxArea)
    implements Augmentation {

  private static final double LOG_ASPECT = Math.log(4.0 / 3);
  private static final int ATTEMPTS = 10;

  /** Creates the settings and checks their ranges. */
  public RandomResizedCrop {
    Ranges.check(RandomResizedCrop.class, minArea, maxArea);
    if (minArea > maxArea) {
      throw new RefusedException("min-area", minArea, "at most max-area, " + maxArea);
    }
  }

  @Override
  public View apply(View image, RandomStream random) {
    View.Axis rows = image.rows();
    View.Axis columns = image.columns();
    for (int i = 0; i < ATTEMPTS; i++) {
      double share = minArea + (maxArea - minArea) * random.nextDouble();
      double area = share * rows.size() * columns.size();
      double aspect = Math.exp(LOG_ASPECT * (2 * random.nextDouble() - 1));
      long width = Math.round(Math.sqrt(area * aspect));
      long height = Math.round(Math.sqrt(area / aspect));
      if (Math.min(width, height) > 0 && width <= columns.size() && height <= rows.size()) {
        View.Axis part = part(rows, (int) height, random);
        return new View(part, part(columns, (int) width, random));
      }
    }
    return new View(part(rows, rows.size(), random), part(columns, columns.size(), random));
  }

  private static View.Axis part(View.Axis axis, int extent, RandomStream random) {
    return axis.resized(random.nextInt(axis.size() - extent + 1), extent, axis.wanted());
  }
}
