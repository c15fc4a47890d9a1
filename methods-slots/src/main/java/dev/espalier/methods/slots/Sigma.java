// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.types.Shape;

/**
 * The bound sigma of a layer's values, which are drawn from U(-sigma, sigma). The fans are those of
 * the layer, for every K: fan_in = in * kH * kW, fan_out = out * kH * kW.
 */
public enum Sigma {
  /**
   * sqrt(6 / (fan_in + fan_out)), the bound of Glorot's uniform distribution, as in the public
   * code.
   */
  GLOROT_UNIFORM(6),
  /**
   * sqrt(2 / (fan_in + fan_out)), the standard deviation of Glorot's normal distribution, as in the
   * paper according to a published reproduction.
   */
  GLOROT_NORMAL(2);

  private final double numerator;

  Sigma(double numerator) {
    this.numerator = numerator;
  }

  /** Returns sigma of a layer with weights of a shape, (out, in) or (out, in, kH, kW). */
  double of(Shape shape) {
    double kernel = shape.slice(2).size();
    return Math.sqrt(numerator / (shape.get(1) * kernel + shape.get(0) * kernel));
  }
}
