// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import dev.espalier.api.data.View;
import dev.espalier.api.state.Scalar;
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
    NDManager manager = images.getManager();
    long n = images.getShape().get(0);
    long channels = images.getShape().get(1);
    long height = images.getShape().get(2);
    long width = images.getShape().get(3);
    int down = views.get(0).rows().size();
    int across = views.get(0).columns().size();
    // One copy to the device for the positions of both axes.
    float[] positions = new float[views.size() * (down + across)];
    put(positions, 0, views, View::rows);
    put(positions, views.size() * down, views, View::columns);
    NDArray all = manager.create(positions);
    NDArray rows = weights(part(all, 0, n * down).reshape(n, down, 1), height);
    NDArray columns = weights(part(all, n * down, all.size()).reshape(n, across, 1), width);
    NDArray stretched =
        images
            .reshape(n, channels * height, width)
            .batchMatMul(columns.transpose(0, 2, 1))
            .reshape(n, channels, height, across);
    return rows.expandDims(1).matMul(stretched);
  }

  private static NDArray part(NDArray all, long from, long to) {
    return all.get(new NDIndex().addSliceDim(from, to));
  }

  private static void put(
      float[] positions, int from, List<View> views, Function<View, View.Axis> axis) {
    int i = from;
    for (View view : views) {
      View.Axis pixels = axis.apply(view);
      for (int x = 0; x < pixels.size(); x++) {
        positions[i++] = (float) pixels.position(x);
      }
    }
  }

  /**
   * Returns the weights max(0, 1 - |position - j|) of stored pixel j: (batch, pixels, stored). Java
   * numbers in operations and DJL's clip would copy to the device and wait for it.
   */
  private static NDArray weights(NDArray positions, long stored) {
    NDManager manager = positions.getManager();
    NDArray one = Scalar.constant(manager, DataType.FLOAT32, 1);
    NDArray pixels = manager.arange(0f, (float) stored, 1f);
    return Activation.relu(positions.sub(pixels).abs().negi().addi(one));
  }
}
