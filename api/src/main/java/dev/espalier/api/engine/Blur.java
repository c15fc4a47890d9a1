// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * Takes the detail out of images. Each axis is cut into cells of so many pixels, the last one
 * smaller if need be; a pixel becomes the mean of its cell, interpolated linearly between the
 * centres of the cells. That is linear, and one matrix B (pixels, pixels) for each axis, with rows
 * that sum to 1: an image X becomes B_h X B_w^T.
 */
final class Blur {

  private final NDArray rows;
  private final NDArray columns;

  /**
   * A blur on the manager's device, owned by the manager.
   *
   * @param input the shape of an image: (channels, height, width)
   * @param factor pixels of a cell, along each axis
   */
  Blur(Shape input, int factor, NDManager manager) {
    rows = axis(Math.toIntExact(input.get(1)), factor, manager);
    columns = axis(Math.toIntExact(input.get(2)), factor, manager);
  }

  /** Blurs images (batch, channels, height, width), float32. */
  NDArray of(NDArray images) {
    return rows.matMul(images.matMul(columns.transpose()));
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

  /** Pixels that are averaged. */
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
