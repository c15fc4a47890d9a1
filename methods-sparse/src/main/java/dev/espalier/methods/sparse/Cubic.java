// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Schedule;
import dev.espalier.api.state.Layer;

/**
 * The cubic schedule: 1 - s_k after round k, with s_k = s_f + (s_i - s_f) * (1 - k / n)^3 and s_i =
 * 0, for all kinds of layers.
 *
 * @param rho the density after the last round, 1 - s_f
 * @param n the number of rounds
 */
public record Cubic(double rho, int n) implements Schedule {
  @Override
  public double density(int k, Layer.Kind kind) {
    return rho + (1 - rho) * Math.pow(1 - Math.min(1.0, (double) k / n), 3);
  }
}
