// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.state.Layer;

/** The schedule 1 - (1 - rho) * k/n after round k, rho from round n on. */
record Linear(double rho, int n) implements Schedule {
  @Override
  public double density(int k, Layer.Kind kind) {
    return 1 - (1 - rho) * Math.min(k, n) / n;
  }
}
