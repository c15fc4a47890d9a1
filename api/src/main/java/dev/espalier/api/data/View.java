// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import org.apiguardian.api.API;

/**
 * A view of an image: for each of its rows and columns, the position in the stored image. Rows and
 * columns are independent: images are mirrored, moved, cut and stretched, not rotated.
 *
 * <p>A pixel at position (y, x) is the bilinear interpolation of the four stored pixels around it.
 * It is exactly the stored pixel where both coordinates are whole numbers. All positions outside
 * the stored image are 0 before normalisation, black, or after it; see {@link
 * Augmentation#isMarginMean}. So one augmentation can move pixels out of the view, and another can
 * move them back.
 *
 * @param rows from top to bottom
 * @param columns from left to right
 */
@API(status = API.Status.STABLE, since = "0.1")
public record View(Axis rows, Axis columns) {

  /**
   * Returns the view of the stored image.
   *
   * @param stored the shape of an example: (channels, height, width)
   * @param input the input shape of the network: (channels, height, width)
   * @return the identity
   */
  public static View of(Shape stored, Shape input) {
    return new View(
        Axis.of(Math.toIntExact(stored.get(1)), Math.toIntExact(input.get(1))),
        Axis.of(Math.toIntExact(stored.get(2)), Math.toIntExact(input.get(2))));
  }

  /**
   * Returns the centre of the image, of the network's input size.
   *
   * @return this view, cut on all sides
   */
  public View centred() {
    return new View(rows.centred(), columns.centred());
  }

  /**
   * One axis of a view. Its pixel x is read at min(max(scale * x + offset, low), high) of the
   * stored image.
   *
   * @param size the present number of pixels
   * @param wanted the network's number of pixels
   * @param scale stored pixels between one pixel and the next; negative if mirrored
   * @param offset the position of pixel 0, before the bounds apply
   * @param low the least position
   * @param high the greatest position
   */
  public record Axis(int size, int wanted, double scale, double offset, double low, double high) {

    /** Creates an axis and checks that it has pixels. */
    public Axis {
      if (size < 1 || wanted < 1) {
        throw new RefusedException(
            "axis", "an axis of " + size + " pixels, " + wanted + " of them shown", "1 or more");
      }
    }

    /**
     * Returns the axis of a stored image.
     *
     * @param size its number of pixels
     * @param wanted the network's number of pixels
     * @return the identity of the axis
     */
    public static Axis of(int size, int wanted) {
      return new Axis(size, wanted, 1, 0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /**
     * Returns the position of a pixel.
     *
     * @param x the pixel, from 0
     * @return a position in the stored image, in pixels; outside of it all is 0
     */
    public double position(double x) {
      return Math.min(Math.max(scale * x + offset, low), high);
    }

    /**
     * Returns the axis in reverse.
     *
     * @return an axis of the same number of pixels
     */
    public Axis mirrored() {
      return new Axis(size, wanted, -scale, offset + scale * (size - 1), low, high);
    }

    /**
     * Returns a stretch of the axis.
     *
     * @param from its first pixel; negative to begin outside
     * @param length the number of pixels; the stretch may end outside
     * @return an axis of {@code length} pixels
     */
    public Axis cut(int from, int length) {
      return new Axis(length, wanted, scale, offset + scale * from, low, high);
    }

    /**
     * Returns a longer or shorter version of a stretch of the axis. Pixel i of the result lies at
     * (i + 1/2) * extent / length - 1/2 of the stretch, and no position is beyond the stretch.
     *
     * @param from its first pixel
     * @param extent its number of pixels
     * @param length the new number of pixels
     * @return an axis of {@code length} pixels
     */
    public Axis resized(int from, int extent, int length) {
      double step = (double) extent / length;
      double first = position(from);
      double last = position(from + extent - 1);
      return new Axis(
          length,
          wanted,
          scale * step,
          offset + scale * (from + step / 2 - 0.5),
          Math.min(first, last),
          Math.max(first, last));
    }

    /**
     * Returns the centre of the axis.
     *
     * @return an axis of the network's number of pixels
     */
    public Axis centred() {
      return size == wanted ? this : cut((size - wanted) / 2, wanted);
    }
  }
}
