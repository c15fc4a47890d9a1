// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import dev.espalier.api.settings.RefusedException;

/** The layers that the architectures are put together from, and the images they fit. */
final class Parts {

  private Parts() {}

  /** A convolution that, at stride 1, keeps the size of an image. */
  static Conv2d convolution(int kernel, int width, int stride, boolean bias) {
    return convolution(kernel, width, stride, kernel / 2, bias);
  }

  static Conv2d convolution(int kernel, int width, int stride, int padding, boolean bias) {
    return Conv2d.builder()
        .setKernelShape(new Shape(kernel, kernel))
        .setFilters(width)
        .optStride(new Shape(stride, stride))
        .optPadding(new Shape(padding, padding))
        .optBias(bias)
        .build();
  }

  static Linear linear(int units, boolean bias) {
    return Linear.builder().setUnits(units).optBias(bias).build();
  }

  /** Batch norm with epsilon 1e-5 and, as PyTorch counts it, momentum 0.1. */
  static BatchNorm norm(boolean affine) {
    return BatchNorm.builder().optScale(affine).optCenter(affine).build();
  }

  static Block relu() {
    return Activation.reluBlock();
  }

  /** Max-pooling of 2x2 by 2, an odd last row or column left out. */
  static Block halve() {
    return Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2));
  }

  /** Refuses what is not an image of at least so many pixels a side. */
  static void check(String model, Shape input, int side) {
    if (input.dimension() != 3 || Math.min(input.get(1), input.get(2)) < side) {
      throw new RefusedException(
          "id",
          model + " for examples of shape " + input,
          model
              + " for images (channels, height, width) of at least "
              + side
              + "x"
              + side
              + " pixels");
    }
  }
}
