// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * How weights are drawn. With W of shape (out, in, kH, kW) or (out, in), fan_in = in * kH * kW and
 * fan_out = out * kH * kW. Biases, beta and running means start at 0, gamma and running variances
 * at 1.
 */
public enum Initialiser {
  /** N(0, 2 / (fan_in + fan_out)); Glorot and Bengio 2010. */
  GLOROT_NORMAL {
    @Override
    double weight(double in, double out, RandomGenerator random) {
      return Math.sqrt(2 / (in + out)) * random.nextGaussian();
    }
  },
  /** N(0, 2 / fan_in); He et al. 2015. */
  KAIMING_NORMAL {
    @Override
    double weight(double in, double out, RandomGenerator random) {
      return Math.sqrt(2 / in) * random.nextGaussian();
    }
  };

  abstract double weight(double in, double out, RandomGenerator random);

  /**
   * Draws the values of one parameter.
   *
   * @param type what sort of parameter it is
   * @param shape its shape
   * @param random where they come from
   * @return as many values as the shape has elements, row-major
   */
  float[] draw(Parameter.Type type, Shape shape, RandomGenerator random) {
    float[] values = new float[Math.toIntExact(shape.size())];
    switch (type) {
      case WEIGHT -> {
        double kernel = shape.dimension() > 2 ? shape.slice(2).size() : 1;
        double in = shape.get(Math.min(1, shape.dimension() - 1)) * kernel;
        double out = shape.get(0) * kernel;
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) weight(in, out, random);
        }
      }
      case GAMMA, RUNNING_VAR -> Arrays.fill(values, 1);
      default -> {
        // zeros
      }
    }
    return values;
  }
}
