// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import ai.djl.ndarray.types.Shape;
import org.apiguardian.api.API;

/**
 * A prunable tensor: the weights of a convolution or a linear layer or, for some methods, its
 * biases. Batch norm is not prunable.
 *
 * @param name its name in a state, such as {@code fc1.weight}
 * @param shape its shape: (out, in) or (out, in, kH, kW), of biases (out)
 * @param kind the kind of the layer
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Layer(String name, Shape shape, Kind kind) {

  /** The kinds of layers, which papers prune at different rates. */
  public enum Kind {
    /** A convolution that is not a shortcut. */
    CONVOLUTION,
    /** A 1x1 convolution on the shortcut of a residual block. */
    SHORTCUT,
    /** A linear layer that is not the output. */
    LINEAR,
    /** The last linear layer. */
    OUTPUT,
    /** The biases of a convolution or a linear layer. */
    BIAS
  }

  /**
   * Returns the number of weights.
   *
   * @return their number
   */
  public int size() {
    return Math.toIntExact(shape.size());
  }
}
