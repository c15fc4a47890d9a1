// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One image file, decoded to a square of three planes. */
final class ImageFile {

  private static final Logger LOG = LoggerFactory.getLogger(ImageFile.class);

  private ImageFile() {}

  /**
   * Decodes an image, resizes it until its shorter side fits, and returns its central square.
   *
   * @param file a file in any format that ImageIO reads
   * @param size the side of the square, in pixels
   * @return the planes red, green and blue, each row-major
   * @throws IOException with the name of the file if it cannot be decoded; warnings of the decoder
   *     are logged
   */
  static byte[] square(Path file, int size) throws IOException {
    BufferedImage image = decode(file);
    int width = image.getWidth();
    int height = image.getHeight();
    int shorter = Math.min(width, height);
    float[][] planes = planes(image);
    Taps across = new Taps(width, shorter, size);
    Taps down = new Taps(height, shorter, size);
    byte[] square = new byte[3 * size * size];
    for (int c = 0; c < 3; c++) {
      float[] narrow = new float[height * size];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < size; x++) {
          narrow[y * size + x] = across.read(planes[c], y * width, 1, x);
        }
      }
      for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
          int value = Math.round(down.read(narrow, x, size, y));
          square[(c * size + y) * size + x] = (byte) Math.min(Math.max(value, 0), 255);
        }
      }
    }
    return square;
  }

  private static BufferedImage decode(Path file) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new IOException("its content is of no format that Java reads");
      }
      ImageReader reader = readers.next();
      try {
        reader.addIIOReadWarningListener((source, warning) -> LOG.warn("{}: {}", file, warning));
        reader.setInput(in, true, true);
        return reader.read(0);
      } finally {
        reader.dispose();
      }
    } catch (IOException | RuntimeException e) {
      // Decoders throw many kinds of exceptions for broken files.
      throw new IOException(
          file
              + ": expected an image, found what cannot be decoded ("
              + e
              + "); replace it or take it away",
          e);
    }
  }

  /** Returns red, green and blue from 0 to 255; transparent pixels count as opaque. */
  private static float[][] planes(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    if (image.getColorModel().getNumColorComponents() == 1) {
      // Unconverted: getRGB treats a grey sample as linear light, and makes it brighter.
      float[] grey = new float[width * height];
      image.getRaster().getSamples(0, 0, width, height, 0, grey);
      float scale = 255f / ((1 << image.getColorModel().getComponentSize(0)) - 1);
      for (int i = 0; i < grey.length; i++) {
        grey[i] *= scale;
      }
      return new float[][] {grey, grey, grey};
    }
    int[] rgb = image.getRGB(0, 0, width, height, null, 0, width);
    float[][] planes = new float[3][rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      planes[0][i] = rgb[i] >> 16 & 0xff;
      planes[1][i] = rgb[i] >> 8 & 0xff;
      planes[2][i] = rgb[i] & 0xff;
    }
    return planes;
  }

  /**
   * The source pixels along an axis of each pixel of the square, and their weights. They are all
   * pixels under a triangle around it, weighted by the triangle's height there. This is bilinear
   * for an enlarged image. For a reduced one each pixel counts, which avoids aliasing, as in PIL
   * and so in torchvision.
   */
  private static final class Taps {

    private final int[] first;
    private final float[][] weights;

    Taps(int length, int shorter, int size) {
      int resized = (int) ((long) size * length / shorter);
      double scale = (double) length / resized;
      double reach = Math.max(1, scale);
      first = new int[size];
      weights = new float[size][];
      for (int i = 0; i < size; i++) {
        double centre = (i + (resized - size) / 2 + 0.5) * scale;
        first[i] = Math.max(0, (int) Math.floor(centre - reach));
        int end = Math.min(length, (int) Math.ceil(centre + reach));
        weights[i] = new float[end - first[i]];
        double sum = 0;
        for (int j = 0; j < weights[i].length; j++) {
          double weight = Math.max(0, 1 - Math.abs(first[i] + j + 0.5 - centre) / reach);
          weights[i][j] = (float) weight;
          sum += weight;
        }
        for (int j = 0; j < weights[i].length; j++) {
          weights[i][j] /= (float) sum;
        }
      }
    }

    /** Returns a pixel from an axis with a given start and step in an array. */
    float read(float[] plane, int begin, int step, int pixel) {
      float sum = 0;
      int at = begin + first[pixel] * step;
      for (float weight : weights[pixel]) {
        sum += weight * plane[at];
        at += step;
      }
      return sum;
    }
  }
}
