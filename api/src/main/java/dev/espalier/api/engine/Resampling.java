// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.View;
import java.util.List;
import java.util.function.Function;

/**
 * The resampling of a batch of images by their views: two products with matrices of weights, one
 * for rows and one for columns. It is exact where positions are whole numbers: each sum then has
 * one term, times 1.
 */
final class Resampling {

  private Resampling() {}

  /**
   * Resamples each image by its view.
   *
   * @param images (batch, channels, height, width), float32
   * @param views one per image, all of one size
   * @return (batch, channels, rows, columns), float32, of the images' manager
   */
  static NDArray of(NDArray images, List<View> views) {
    long n = images.getShape().get(0);
    long channels = images.getShape().get(1);
    long height = images.getShape().get(2);
    long width = images.getShape().get(3);
    NDArray rows = weights(images.getManager(), views, View::rows, height);
    NDArray columns = weights(images.getManager(), views, View::columns, width);
    NDArray across =
        images
            .reshape(n, channels * height, width)
            .batchMatMul(columns.transpose(0, 2, 1))
            .reshape(n, channels, height, columns.getShape().get(1));
    return rows.expandDims(1).matMul(across);
  }

  /** Returns the weights max(0, 1 - |position - j|) of stored pixel j: (batch, pixels, stored). */
  private static NDArray weights(
      NDManager manager, List<View> views, Function<View, View.Axis> axis, long stored) {
    int pixels = axis.apply(views.get(0)).size();
    float[] positions = new float[views.size() * pixels];
    int i = 0;
    for (View view : views) {
      for (int x = 0; x < pixels; x++) {
        positions[i++] = (float) axis.apply(view).position(x);
      }
    }
    return manager
        .create(positions, new Shape(views.size(), pixels, 1))
        .sub(manager.arange(0f, (float) stored, 1f))
        .abs()
        .negi()
        .addi(1)
        .clip(0, 1);
  }
}
