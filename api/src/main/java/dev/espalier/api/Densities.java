// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.PluginFailed;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The contract of the densities of schedules and scopes. */
final class Densities {

  private Densities() {}

  /**
   * Computes the density of each layer in a round.
   *
   * @param before the round of the weights alive; negative for none
   * @throws PluginFailed if the schedule or the scope breaks its contract
   */
  static Map<Layer, Double> of(Pruning pruning, List<Layer> layers, int before, int round) {
    Map<Layer, Double> planned = new LinkedHashMap<>();
    for (Layer layer : layers) {
      planned.put(layer, planned(pruning.schedule(), before, round, layer.kind()));
    }
    return divided(pruning.scope(), planned);
  }

  /**
   * Computes the densities of a scope; layers of planned density 1 keep it.
   *
   * @throws PluginFailed if a density is missing, or not from 0 to 1
   */
  static Map<Layer, Double> divided(Scope scope, Map<Layer, Double> planned) {
    Map<Layer, Double> densities = new LinkedHashMap<>(planned);
    Map<Layer, Double> pruned = new LinkedHashMap<>(planned);
    pruned.values().removeIf(density -> density == 1);
    if (!pruned.isEmpty()) {
      Map<Layer, Double> found =
          PluginFailed.nonNull("scope", scope, "densities", scope.densities(pruned));
      pruned.keySet().forEach(layer -> densities.put(layer, checked(scope, layer, found)));
    }
    return densities;
  }

  private static double checked(Scope scope, Layer layer, Map<Layer, Double> densities) {
    Double density = densities.get(layer);
    if (density == null || !(density >= 0 && density <= 1)) {
      throw new PluginFailed(
          "scope",
          scope,
          new Refusal("density of " + layer.name(), String.valueOf(density), "0 to 1"));
    }
    return density;
  }

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
