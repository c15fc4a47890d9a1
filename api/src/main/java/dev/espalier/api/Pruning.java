// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Scores;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The rule of a pruning: scores, densities, competing weights and ties.
 *
 * @param criterion the criterion that ranks the weights
 * @param schedule the density of each round
 * @param scope the weights that compete
 * @param ties the number of removed weights, and the choice among equal scores
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Pruning(Criterion criterion, Schedule schedule, Scores.Scope scope, TieRule ties) {

  /**
   * Computes the density that the schedule plans for a round.
   *
   * @param layers the pruned layers
   * @param round the round
   * @return the fraction of all their weights, from 0 to 1
   * @throws PluginFailed if the schedule plans a density that is not allowed
   */
  public double density(List<Layer> layers, int round) {
    double kept = 0;
    double size = 0;
    for (Layer layer : layers) {
      kept += layer.size() * Densities.planned(schedule, -1, round, layer.kind());
      size += layer.size();
    }
    return kept / size;
  }

  /**
   * Prunes to the density that the schedule plans for a round: it removes the living weights with
   * the lowest scores. Dead weights are not ranked and stay dead. Layers of density 1 in the
   * schedule are excluded.
   *
   * @param scores the scores of the living weights
   * @param alive the weights alive before
   * @param from the round of {@code alive}; 0 if nothing was pruned. A tie rule that removes a
   *     fraction of the previous round's weights uses it
   * @param round the round to prune for, above {@code from}
   * @return a new mask within {@code alive}
   * @throws PluginFailed if the schedule plans a density that is not allowed
   */
  public Mask prune(Scores scores, Mask alive, int from, int round) {
    return scores.prune(
        alive,
        layer -> Densities.planned(schedule, -1, from, layer.kind()),
        layer -> Densities.planned(schedule, from, round, layer.kind()),
        scope,
        ties::prune);
  }
}
