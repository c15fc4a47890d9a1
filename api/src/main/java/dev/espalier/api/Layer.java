// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.types.Shape;

/**
 * A layer with prunable weights: a convolution or a linear layer. Biases and batch norm are not
 * prunable.
 *
 * @param name the name of its weights in a state, such as {@code fc1.weight}
 * @param shape their shape: (out, in) or (out, in, kH, kW)
 * @param kind what sort of layer it is
 */
public record Layer(String name, Shape shape, Kind kind) {

  /** Sorts of layers, which papers prune at different rates. */
  public enum Kind {
    /** A convolution that is not a shortcut. */
    CONVOLUTION,
    /** A 1x1 convolution on the shortcut of a residual block. */
    SHORTCUT,
    /** A linear layer that is not the output. */
    LINEAR,
    /** The last linear layer. */
    OUTPUT
  }

  /**
   * The number of weights.
   *
   * @return their number
   */
  public int size() {
    return Math.toIntExact(shape.size());
  }
}
