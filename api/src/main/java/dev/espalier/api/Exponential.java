// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.state.Layer;

/** The schedule rho^(k/n) after round k, rho from round n on. */
record Exponential(double rho, int n) implements Schedule {
  @Override
  public double density(int k, Layer.Kind kind) {
    return Math.pow(rho, Math.min(1.0, (double) k / n));
  }
}
