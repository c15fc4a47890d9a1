// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketWeights;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import dev.espalier.runner.store.TicketArrays;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The living trained weights of a ticket's first layer as a picture of bytes: one pixel per input
 * pixel for a linear layer, the filters for a convolution.
 */
final class FirstLayer {

  /** The largest number of filters in the picture. */
  private static final int FILTERS = 64;

  /** The largest number of pixels of the input. */
  private static final int PIXELS = 1 << 14;

  private final float[] weights;
  private final byte[] alive;
  private final int units;

  private FirstLayer(float[] weights, byte[] alive, int units) {
    this.weights = weights;
    this.alive = alive;
    this.units = units;
  }

  /** The picture; empty where the input is no image, or the ticket's weights are missing. */
  static Optional<Map<String, Object>> picture(StoredTicketResult ticket) {
    Optional<OfLayer> first = ticket.row().analysis().layers().stream().findFirst();
    try {
      List<Long> input = ticket.input();
      if (first.isEmpty() || input.size() != 3) {
        return Optional.empty();
      }
      Safetensors tensors =
          TicketWeights.complete(ticket.arrays(), Safetensors.mapped(ticket.arrays()));
      String name = first.get().layer().name();
      Shape shape = first.get().layer().shape();
      Array trained = tensors.arrays().get(TicketArrays.TRAINED + name);
      Array mask = tensors.arrays().get(TicketArrays.MASK + name);
      if (trained == null || mask == null || !trained.shape().equals(shape)) {
        return Optional.empty(); // of K values per connection, perhaps
      }
      FloatBuffer values = trained.tensor().values();
      float[] weights = new float[values.remaining()];
      values.get(weights);
      byte[] alive = new byte[weights.length];
      mask.bytes().duplicate().get(alive);
      FirstLayer layer = new FirstLayer(weights, alive, Math.toIntExact(shape.get(0)));
      int height = Math.toIntExact(input.get(1));
      int width = Math.toIntExact(input.get(2));
      if (shape.dimension() == 4) {
        return Optional.of(layer.filters(shape));
      }
      return height * width <= PIXELS && shape.get(1) == input.get(0) * height * width
          ? Optional.of(layer.pixels(height, width))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * The number of living weights at each pixel, and the sum of their magnitudes, each divided by
   * its largest value.
   */
  private Map<String, Object> pixels(int height, int width) {
    double[] counts = new double[height * width];
    double[] sums = new double[height * width];
    for (int i = 0; i < weights.length; i++) {
      if (alive[i] != 0) {
        counts[i % counts.length]++;
        sums[i % sums.length] += Math.abs(weights[i]);
      }
    }
    Map<String, Object> picture = new LinkedHashMap<>();
    picture.put("width", width);
    picture.put("height", height);
    picture.put("units", weights.length / counts.length);
    picture.put("counts", bytes(counts));
    picture.put("most", (long) Arrays.stream(counts).max().orElse(0));
    picture.put("sums", bytes(sums));
    picture.put("largest", Arrays.stream(sums).max().orElse(0));
    return picture;
  }

  private static String bytes(double[] values) {
    double most = Arrays.stream(values).max().orElse(0);
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.round(most == 0 ? 0 : 255 * values[i] / most);
    }
    return Base64.getEncoder().encodeToString(bytes);
  }

  /**
   * The filters if they have one or three channels, else their means over channels: 128 is 0, 1 and
   * 255 the largest magnitude, and 0 is pruned.
   */
  private Map<String, Object> filters(Shape shape) {
    int inputs = Math.toIntExact(shape.get(1));
    int height = Math.toIntExact(shape.get(2));
    int width = Math.toIntExact(shape.get(3));
    int area = height * width;
    int channels = inputs == 3 ? 3 : 1;
    int shown = Math.min(FILTERS, units);
    double[] values = new double[shown * channels * area];
    int[] living = new int[values.length];
    for (int i = 0; i < shown * inputs * area; i++) {
      int filter = i / (inputs * area);
      int channel = channels == 1 ? 0 : i / area % inputs;
      int at = (filter * channels + channel) * area + i % area;
      if (alive[i] != 0) {
        values[at] += weights[i] * channels / inputs;
        living[at]++;
      }
    }
    double largest = Arrays.stream(values).map(Math::abs).max().orElse(0);
    ByteBuffer bytes = ByteBuffer.allocate(values.length);
    for (int i = 0; i < values.length; i++) {
      double part = largest == 0 ? 0 : values[i] / largest;
      bytes.put((byte) (living[i] == 0 ? 0 : 128 + Math.round(127 * part)));
    }
    Map<String, Object> picture = new LinkedHashMap<>();
    picture.put("width", width);
    picture.put("height", height);
    picture.put("filters", shown);
    picture.put("of", units);
    picture.put("channels", channels);
    picture.put("inputs", inputs);
    picture.put("values", Base64.getEncoder().encodeToString(bytes.array()));
    picture.put("largest", largest);
    return picture;
  }
}
