// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import org.apiguardian.api.API;

/**
 * How an image is seen: for each of its rows and columns, where it is read in the stored image.
 * Rows and columns are independent: images are mirrored, moved, cut and stretched, not rotated.
 *
 * <p>A pixel at position (y, x) of the stored image is the mean of the four around it, weighted by
 * nearness (bilinear): exactly the stored pixel where both are whole numbers. Outside the stored
 * image all is 0 before normalisation, black. So what one augmentation moves out of the picture
 * another can bring back.
 *
 * @param rows from top to bottom
 * @param columns from left to right
 */
@API(status = API.Status.STABLE, since = "0.1")
public record View(Axis rows, Axis columns) {

  /**
   * The stored image itself.
   *
   * @param stored the shape of an example: (channels, height, width)
   * @param input the shape that the network sees: (channels, height, width)
   * @return the view that changes nothing
   */
  public static View of(Shape stored, Shape input) {
    return new View(
        Axis.of(Math.toIntExact(stored.get(1)), Math.toIntExact(input.get(1))),
        Axis.of(Math.toIntExact(stored.get(2)), Math.toIntExact(input.get(2))));
  }

  /**
   * The centre of the image, of the size that the network sees.
   *
   * @return this view, cut on all sides
   */
  public View centred() {
    return new View(rows.centred(), columns.centred());
  }

  /**
   * One axis of an image. Its pixel x is read at min(max(scale * x + offset, low), high) of the
   * stored image.
   *
   * @param size how many pixels there are now
   * @param wanted how many the network sees
   * @param scale stored pixels between one pixel and the next; negative if mirrored
   * @param offset where pixel 0 is read, unless that is out of the bounds
   * @param low the least position that is read
   * @param high the greatest position that is read
   */
  public record Axis(int size, int wanted, double scale, double offset, double low, double high) {

    /** Checks that there are pixels. */
    public Axis {
      if (size < 1 || wanted < 1) {
        throw new RefusedException(
            "axis", "an axis of " + size + " pixels, " + wanted + " of them shown", "1 or more");
      }
    }

    /**
     * An axis of a stored image.
     *
     * @param size how many pixels it has
     * @param wanted how many the network sees
     * @return the axis, read as it is
     */
    public static Axis of(int size, int wanted) {
      return new Axis(size, wanted, 1, 0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /**
     * Where a pixel is read.
     *
     * @param x the pixel, from 0
     * @return a position in the stored image, in pixels; outside of it all is 0
     */
    public double position(double x) {
      return Math.min(Math.max(scale * x + offset, low), high);
    }

    /**
     * The axis from its other end.
     *
     * @return as many pixels
     */
    public Axis mirrored() {
      return new Axis(size, wanted, -scale, offset + scale * (size - 1), low, high);
    }

    /**
     * A stretch of the axis.
     *
     * @param from its first pixel; negative to begin outside
     * @param length how many pixels, which may go on outside
     * @return that many pixels
     */
    public Axis cut(int from, int length) {
      return new Axis(length, wanted, scale, offset + scale * from, low, high);
    }

    /**
     * A stretch of the axis made longer or shorter. Pixel i of the result lies at (i + 1/2) *
     * extent / length - 1/2 of the stretch, and nothing beyond the stretch is read.
     *
     * @param from its first pixel
     * @param extent how many pixels it has
     * @param length how many pixels they become
     * @return that many pixels
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
     * The centre of the axis.
     *
     * @return as many pixels as the network sees
     */
    public Axis centred() {
      return size == wanted ? this : cut((size - wanted) / 2, wanted);
    }
  }
}
