// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * A pruning schedule: the density of each round. Implement it as a record with {@link Setting}s.
 *
 * <p>Densities are fractions of the whole layer, not of the remaining weights, so that rounding
 * does not accumulate over rounds.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Schedule {

  /**
   * Returns the fraction of weights kept after a round.
   *
   * @param round the round; 0 is the dense network
   * @param kind the kind of layer
   * @return the density, above 0; 1 for round 0, never rising from round to round
   */
  double density(int round, Layer.Kind kind);

  /**
   * Checks the densities of all rounds, before any computation. Methods call it in {@link
   * Method#check}; a pruning checks the densities of its two rounds again.
   *
   * @param schedule the schedule
   * @param rounds the last round
   * @param network the network, whose kinds of layers are checked
   * @param refusals collects the first wrong density
   */
  static void check(Schedule schedule, int rounds, Network network, Refusals refusals) {
    Set<Layer.Kind> kinds = EnumSet.noneOf(Layer.Kind.class);
    network.layers().forEach(layer -> kinds.add(layer.kind()));
    for (int round = 0; round <= rounds; round++) {
      for (Layer.Kind kind : kinds) {
        Optional<Refusal> wrong = Densities.problem(schedule, round - 1, round, kind);
        if (wrong.isPresent()) {
          refusals.add(wrong.get());
          return;
        }
      }
    }
  }

  /**
   * Returns a schedule with equal steps of the exponent: rho_k = rho^(k/n) after round k, for all
   * kinds of layers.
   *
   * @param rho the density after the last round
   * @param n the number of rounds
   * @return the schedule
   */
  static Schedule exponential(double rho, int n) {
    return new Exponential(rho, n);
  }

  /**
   * Returns a schedule with equal steps: rho_k = 1 - (1 - rho) * k/n after round k, for all kinds
   * of layers.
   *
   * @param rho the density after the last round
   * @param n the number of rounds
   * @return the schedule
   */
  static Schedule linear(double rho, int n) {
    return new Linear(rho, n);
  }
}
