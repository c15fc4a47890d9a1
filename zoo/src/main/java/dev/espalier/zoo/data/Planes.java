// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.IOException;

/**
 * The red, green and blue planes of an image, from 0 to 255. They are the samples of the file:
 * colour profiles are ignored as in PIL and torchvision, because a conversion depends on the colour
 * library of the machine. Transparent pixels count as opaque.
 */
final class Planes {

  /** Thrown if samples have no known meaning as red, green and blue. */
  static final class LayoutException extends IOException {

    private static final long serialVersionUID = 1;

    LayoutException(String message) {
      super(message);
    }
  }

  private static final int MAX = 255;

  final int width;
  final int height;
  final float[] red;
  final float[] green;
  final float[] blue;

  private Planes(Raster raster, float[] red, float[] green, float[] blue) {
    width = raster.getWidth();
    height = raster.getHeight();
    this.red = red;
    this.green = green;
    this.blue = blue;
  }

  /**
   * Returns the planes of an image.
   *
   * @throws LayoutException if the pixels are not grey, RGB, CMYK or of a palette, or if the range
   *     of the samples is unknown
   */
  static Planes of(BufferedImage image) throws LayoutException {
    ColorModel model = image.getColorModel();
    Raster raster = image.getRaster();
    if (!(model instanceof ComponentColorModel)) {
      return unpacked(image);
    }
    if (model.isAlphaPremultiplied()) {
      image.coerceData(false);
    }
    return switch (model.getColorSpace().getType()) {
      case ColorSpace.TYPE_GRAY -> {
        float[] grey = plane(raster, 0);
        yield new Planes(raster, grey, grey, grey);
      }
      case ColorSpace.TYPE_RGB ->
          new Planes(raster, plane(raster, 0), plane(raster, 1), plane(raster, 2));
      case ColorSpace.TYPE_CMYK -> {
        float[] light = plane(raster, 3);
        for (int i = 0; i < light.length; i++) {
          light[i] = MAX - light[i];
        }
        yield new Planes(
            raster,
            lit(plane(raster, 0), light),
            lit(plane(raster, 1), light),
            lit(plane(raster, 2), light));
      }
      default ->
          throw new LayoutException(
              "its colour space is unknown (" + model + "); allowed are grey, RGB and CMYK");
    };
  }

  /**
   * Returns the planes of the raw samples of a JPEG file of four components. By the convention of
   * Adobe, they are inverted.
   *
   * @param ycck whether the first three are luminance and chrominance of the inks
   */
  static Planes ofInverted(Raster raster, boolean ycck) throws LayoutException {
    float[] first = plane(raster, 0);
    float[] second = plane(raster, 1);
    float[] third = plane(raster, 2);
    for (int i = 0; i < first.length; i++) {
      if (ycck) {
        float luminance = first[i];
        float blueness = second[i] - 128;
        float redness = third[i] - 128;
        first[i] = ink(luminance + 1.402f * redness);
        second[i] = ink(luminance - 0.344136f * blueness - 0.714136f * redness);
        third[i] = ink(luminance + 1.772f * blueness);
      } else {
        first[i] = MAX - first[i];
        second[i] = MAX - second[i];
        third[i] = MAX - third[i];
      }
    }
    float[] light = plane(raster, 3);
    return new Planes(raster, lit(first, light), lit(second, light), lit(third, light));
  }

  private static float ink(float converted) {
    return Math.min(Math.max(converted, 0), MAX);
  }

  /** Returns the light that passes an ink, and changes the array of the ink. */
  private static float[] lit(float[] ink, float[] light) {
    for (int i = 0; i < ink.length; i++) {
      ink[i] = (MAX - ink[i]) * light[i] / MAX;
    }
    return ink;
  }

  /** Returns the planes of a palette, or of pixels that are packed into one number each. */
  private static Planes unpacked(BufferedImage image) {
    int width = image.getWidth();
    int[] rgb = image.getRGB(0, 0, width, image.getHeight(), null, 0, width);
    float[][] planes = new float[3][rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      planes[0][i] = rgb[i] >> 16 & MAX;
      planes[1][i] = rgb[i] >> 8 & MAX;
      planes[2][i] = rgb[i] & MAX;
    }
    return new Planes(image.getRaster(), planes[0], planes[1], planes[2]);
  }

  /**
   * Returns the samples of a band. Java's readers scale samples of 1 to 7 bits to 8, and of 9 to 15
   * bits to 16. Samples of 32 bits and more are numbers from 0 to 255.
   */
  private static float[] plane(Raster raster, int band) throws LayoutException {
    int type = raster.getSampleModel().getDataType();
    boolean fractions = type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE;
    if (type == DataBuffer.TYPE_BYTE) {
      return bytes(raster, band);
    }
    float[] plane =
        raster.getSamples(
            raster.getMinX(),
            raster.getMinY(),
            raster.getWidth(),
            raster.getHeight(),
            band,
            (float[]) null);
    float divisor = type == DataBuffer.TYPE_USHORT ? 257 : 1;
    float least = 0;
    float largest = 0;
    for (int i = 0; i < plane.length; i++) {
      plane[i] /= divisor;
      // NaN if a sample is NaN.
      least = Math.min(least, plane[i]);
      largest = Math.max(largest, plane[i]);
    }
    if (!(least >= 0 && largest <= MAX)) {
      throw new LayoutException(
          "its samples are numbers from " + least + " to " + largest + "; allowed are 0 to 255");
    }
    if (fractions && largest > 0 && largest <= 1) {
      throw new LayoutException(
          "its samples are fractions from 0 to " + largest + "; allowed are numbers from 0 to 255");
    }
    return plane;
  }

  /** Returns a band of bytes, which need no check and are read fast. */
  private static float[] bytes(Raster raster, int band) {
    int[] samples =
        raster.getSamples(
            raster.getMinX(),
            raster.getMinY(),
            raster.getWidth(),
            raster.getHeight(),
            band,
            (int[]) null);
    float[] plane = new float[samples.length];
    for (int i = 0; i < plane.length; i++) {
      plane[i] = samples[i];
    }
    return plane;
  }
}
