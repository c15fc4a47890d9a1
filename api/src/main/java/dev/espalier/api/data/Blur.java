// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Seed;
import org.apiguardian.api.API;

/**
 * A deficit of images without detail: each image is averaged over squares of {@code factor} pixels
 * a side, and interpolated bilinearly between their centres. The last squares are smaller where the
 * image ends. Beyond the outermost centres the values are constant. It applies after augmentation
 * and normalisation. Constant images are unchanged.
 *
 * <p>Each axis is divided into cells of {@code factor} pixels; a pixel becomes the mean of its
 * cell, interpolated linearly between the centres of the cells. That is linear, and one matrix B
 * (pixels, pixels) for each axis, with rows that sum to 1: an image X becomes B_h X B_w^T.
 *
 * @param from the first epoch with the deficit, counted from 0
 * @param until the first epoch after the deficit
 * @param factor the side in pixels of the squares that are averaged, from 2 to the larger side of
 *     the network's input
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Blur(
    @Setting(value = Deficit.FROM, defaults = "0", range = "[0, inf)") int from,
    @Setting(value = Deficit.UNTIL, range = "[1, inf)") int until,
    @Setting(
            value =
                "each image is averaged over squares of this many pixels a side, and"
                    + " interpolated back",
            defaults = "4",
            range = "[2, inf)")
        int factor)
    implements Deficit {

  /** Creates the settings and checks their ranges. */
  public Blur {
    Ranges.check(Blur.class, from, until, factor);
    Deficit.checkEpochs(from, until);
  }

  @Override
  public void check(Data data, Refusals refusals) {
    if (data.train().shape().dimension() != 3) {
      refusals.add(
          "id",
          "blur of examples of " + data.train().shape() + " in " + data.name(),
          "blur of images of (channels, height, width)",
          "Take label-noise");
      return;
    }
    long side = Math.max(data.input().get(1), data.input().get(2));
    if (factor > side) {
      refusals.add(
          "factor",
          factor + " for images of " + data.input() + " in " + data.name(),
          "2 to " + side + ", the larger side of an image");
    }
  }

  @Override
  public OnDevice on(Data data, Seed seed, NDManager manager) {
    NDArray rows = axis(Math.toIntExact(data.input().get(1)), factor, manager);
    NDArray columns = axis(Math.toIntExact(data.input().get(2)), factor, manager);
    return new OnDevice() {
      @Override
      public NDArray features(NDArray normalised) {
        return rows.matMul(normalised.matMul(columns.transpose()));
      }
    };
  }

  private static NDArray axis(int pixels, int factor, NDManager manager) {
    float[] weights = new float[pixels * pixels];
    for (int x = 0; x < pixels; x++) {
      Cell own = Cell.around(x, factor, pixels);
      // Beyond the outermost centres there is no cell to interpolate with.
      Cell next =
          Cell.around(
              Math.min(Math.max(x < own.centre() ? own.from() - 1 : own.until(), 0), pixels - 1),
              factor,
              pixels);
      double share = own.equals(next) ? 0 : (x - own.centre()) / (next.centre() - own.centre());
      own.add(1 - share, weights, x * pixels);
      next.add(share, weights, x * pixels);
    }
    return manager.create(weights, new Shape(pixels, pixels));
  }

  /** A cell of pixels with one mean. */
  private record Cell(int from, int until) {

    static Cell around(int x, int factor, int pixels) {
      int from = x / factor * factor;
      return new Cell(from, (int) Math.min((long) from + factor, pixels));
    }

    double centre() {
      return (from + until - 1) / 2.0;
    }

    /** Adds a share of the mean of the cell's pixels to the weights in a row of the matrix. */
    void add(double share, float[] weights, int row) {
      for (int i = from; i < until; i++) {
        weights[row + i] += (float) (share / (until - from));
      }
    }
  }
}
