// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Examples;
import java.nio.ByteBuffer;

/** The mean and the standard deviation of x / 255 over all pixels x, summed exactly. */
record Pixels(double mean, double std) {

  static Pixels of(Examples examples) {
    ByteBuffer pixels = (ByteBuffer) examples.features().values();
    double n = pixels.remaining();
    long sum = 0;
    long squares = 0;
    while (pixels.hasRemaining()) {
      int pixel = Byte.toUnsignedInt(pixels.get());
      sum += pixel;
      squares += (long) pixel * pixel;
    }
    double mean = sum / n;
    return new Pixels(mean / 255, Math.sqrt(squares / n - mean * mean) / 255);
  }
}
