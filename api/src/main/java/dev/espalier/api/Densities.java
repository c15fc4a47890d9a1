// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.PluginFailed;
import java.util.Optional;

/** The contract of a schedule's densities. */
final class Densities {

  private Densities() {}

  /**
   * Returns the planned density of a round.
   *
   * @param before the round of the weights alive
   * @throws PluginFailed if it breaks the schedule's contract
   */
  static double planned(Schedule schedule, int before, int round, Layer.Kind kind) {
    problem(schedule, before, round, kind)
        .ifPresent(
            wrong -> {
              throw new PluginFailed("schedule", schedule, wrong.withoutRemedy());
            });
    return schedule.density(round, kind);
  }

  /**
   * Checks the density of a round.
   *
   * @param before an earlier round; negative for none
   * @return a refusal without a key, or empty if the density is allowed
   */
  static Optional<Refusal> problem(Schedule schedule, int before, int round, Layer.Kind kind) {
    double found = schedule.density(round, kind);
    double most = before < 0 ? 1 : schedule.density(before, kind);
    boolean isAllowed = found > 0 && found <= most && (round > 0 || found == 1);
    return isAllowed
        ? Optional.empty()
        : Optional.of(
            new Refusal(
                "",
                "density " + found + " of round " + round + " for kind " + Names.word(kind),
                round == 0 ? "1 for the dense network" : "above 0 and at most " + most,
                "Change the settings of the "
                    + PluginFailed.name("schedule", schedule.getClass())
                    + ", or tell its author"));
  }
}
