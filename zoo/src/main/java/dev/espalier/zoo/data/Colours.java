// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The mean and the standard deviation of each colour, over all pixels of all images. */
final class Colours {

  /**
   * The smallest divisor: images that are all black have deviation 0, and their normalised pixels
   * are 0 for every divisor.
   */
  private static final double LEAST_STD = 1 / 255.0;

  private Colours() {}

  /**
   * Computes the mean and the standard deviation of each colour.
   *
   * @param images bytes of shape (channels, height, width)
   * @return the normalisation of x / 255, per channel; sums are exact
   */
  static Normalisation of(Examples images) {
    int channels = Math.toIntExact(images.shape().get(0));
    int plane = Math.toIntExact(images.shape().size() / channels);
    byte[] bytes = new byte[plane];
    long[] sum = new long[channels];
    long[] squares = new long[channels];
    for (int i = 0; i < images.size(); i++) {
      ByteBuffer pixels = (ByteBuffer) images.features().slice(i, i + 1);
      for (int c = 0; c < channels; c++) {
        pixels.get(bytes);
        for (byte b : bytes) {
          int x = Byte.toUnsignedInt(b);
          sum[c] += x;
          squares[c] += (long) x * x;
        }
      }
    }
    double n = (double) images.size() * plane;
    List<Double> mean = new ArrayList<>();
    List<Double> std = new ArrayList<>();
    for (int c = 0; c < channels; c++) {
      double m = sum[c] / n;
      mean.add(m / 255);
      std.add(Math.max(LEAST_STD, Math.sqrt(Math.max(0, squares[c] / n - m * m)) / 255));
    }
    return new Normalisation(mean, std);
  }
}
