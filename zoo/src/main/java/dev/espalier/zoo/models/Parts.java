// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import dev.espalier.api.settings.RefusedException;
import org.apiguardian.api.API;

/** Creates the layers that the architectures consist of. Every call returns a new block. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Parts {

  private Parts() {}

  /**
   * Creates a convolution that is padded by half of its kernel: at stride 1 it keeps the size of an
   * image.
   *
   * @param kernel the side of the kernel in pixels, odd
   * @param width the number of output channels
   * @param stride the stride along both axes
   * @param bias whether it has biases
   * @return a new block
   */
  public static Conv2d convolution(int kernel, int width, int stride, boolean bias) {
    return convolution(kernel, width, stride, kernel / 2, bias);
  }

  /**
   * Creates a convolution.
   *
   * @param kernel the side of the kernel in pixels
   * @param width the number of output channels
   * @param stride the stride along both axes
   * @param padding the number of zeros at each edge
   * @param bias whether it has biases
   * @return a new block
   */
  public static Conv2d convolution(int kernel, int width, int stride, int padding, boolean bias) {
    return builder(kernel, width, stride, padding).optBias(bias).build();
  }

  /**
   * Creates a grouped convolution without biases, padded by half of its kernel. Inputs and outputs
   * are divided into equal groups, and an output reads the inputs of its group. With a group for
   * each channel it is a depthwise convolution.
   *
   * @param kernel the side of the kernel in pixels, odd
   * @param width the number of output channels
   * @param stride the stride along both axes
   * @param groups the number of groups, a divisor of the inputs and of the outputs
   * @return a new block
   */
  public static Conv2d grouped(int kernel, int width, int stride, int groups) {
    return builder(kernel, width, stride, kernel / 2).optGroups(groups).optBias(false).build();
  }

  private static Conv2d.Builder builder(int kernel, int width, int stride, int padding) {
    return Conv2d.builder()
        .setKernelShape(new Shape(kernel, kernel))
        .setFilters(width)
        .optStride(new Shape(stride, stride))
        .optPadding(new Shape(padding, padding));
  }

  /**
   * Creates a linear layer.
   *
   * @param units the number of outputs
   * @param bias whether it has biases
   * @return a new block
   */
  public static Linear linear(int units, boolean bias) {
    return Linear.builder().setUnits(units).optBias(bias).build();
  }

  /**
   * Creates batch norm with epsilon 1e-5 and, in PyTorch's definition, momentum 0.1.
   *
   * @param affine whether it has a gamma and a beta; if not, they stay 1 and 0
   * @return a new block
   */
  public static BatchNorm norm(boolean affine) {
    return BatchNorm.builder().optScale(affine).optCenter(affine).build();
  }

  /**
   * Creates layer norm of the last axis of (batch, length, width), with epsilon 1e-5.
   *
   * @return a new block
   */
  public static LayerNorm layerNorm() {
    return LayerNorm.builder().axis(2).build();
  }

  /**
   * Creates dropout.
   *
   * @param rate the fraction of values that a training step sets to 0
   * @return a new block
   */
  public static Dropout dropout(double rate) {
    return Dropout.builder().optRate((float) rate).build();
  }

  /**
   * Creates the rectifier: max(x, 0).
   *
   * @return a new block
   */
  public static Block relu() {
    return Activation.reluBlock();
  }

  /**
   * Creates max-pooling of 2x2 with stride 2; an odd last row or column is ignored.
   *
   * @return a new block
   */
  public static Block halve() {
    return Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2));
  }

  /**
   * Refuses examples that are not images of at least a given size.
   *
   * @param model the model's id, for the message
   * @param input the shape of an example
   * @param side the smallest height and width in pixels
   * @throws IllegalArgumentException if the shape is not (channels, height, width), or is smaller
   */
  public static void check(String model, Shape input, int side) {
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
