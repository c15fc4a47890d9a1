// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import org.apiguardian.api.API;

/**
 * How sparse each round shall be. A value: implement it as a record with {@link Setting}s.
 *
 * <p>It plans densities of the whole layer, not rates of what is left, so that rounding does not
 * add up over rounds.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Schedule {

  /**
   * The fraction of weights kept after pruning for a round.
   *
   * @param round the round; 0 is the dense network
   * @param kind the sort of layer
   * @return the density, 1 for round 0, never rising from round to round
   */
  double density(int round, Layer.Kind kind);

  /**
   * Falls in equal steps of the exponent: rho_k = rho^(k/n) after round k, alike for all kinds.
   *
   * @param rho the density after the last round
   * @param n how many rounds
   * @return the schedule
   */
  static Schedule exponential(double rho, int n) {
    return new Exponential(rho, n);
  }

  /**
   * Falls in equal steps: rho_k = 1 - (1 - rho) * k/n after round k, alike for all kinds.
   *
   * @param rho the density after the last round
   * @param n how many rounds
   * @return the schedule
   */
  static Schedule linear(double rho, int n) {
    return new Linear(rho, n);
  }
}
