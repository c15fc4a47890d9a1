// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Scores;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * The rule of a pruning: scores, densities, competing weights, pattern and ties.
 *
 * @param criterion the criterion that ranks the weights
 * @param schedule the density of each round
 * @param scope the division of the kept weights among layers
 * @param pattern the pattern of the kept weights inside a layer
 * @param ties the number of removed weights, and the choice among equal scores
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Pruning(
    Criterion criterion, Schedule schedule, Scope scope, Pattern pattern, TieRule ties) {

  /**
   * Creates an unstructured pruning.
   *
   * @param criterion the criterion that ranks the weights
   * @param schedule the density of each round
   * @param scope the division of the kept weights among layers
   * @param ties the number of removed weights, and the choice among equal scores
   */
  public Pruning(Criterion criterion, Schedule schedule, Scope scope, TieRule ties) {
    this(criterion, schedule, scope, Pattern.unstructured(), ties);
  }

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
   * schedule are excluded. A layer with fewer living weights than planned keeps them all, and the
   * others keep no more for it.
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
    Map<String, Double> before = named(Densities.of(this, scores.layers(), -1, from));
    Map<String, Double> now = named(Densities.of(this, scores.layers(), from, round));
    return pattern.prune(
        scores,
        alive,
        (ranked, living) ->
            ranked.prune(
                living,
                layer -> before.get(layer.name()),
                layer -> now.get(layer.name()),
                scope.isGlobal(),
                ties::prune));
  }

  /**
   * Checks that scope and pattern allow the densities of the last round, before any computation.
   *
   * @param rounds the last round
   * @param layers the layers that may be pruned
   * @param refusals collects the errors, by the keys {@code scope} and {@code pattern}
   */
  public void check(int rounds, List<Layer> layers, Refusals refusals) {
    boolean isPlanned =
        layers.stream()
            .allMatch(layer -> Densities.problem(schedule, -1, rounds, layer.kind()).isEmpty());
    if (isPlanned) { // Schedule.check refuses all others
      Optional<Map<Layer, Double>> densities =
          refusals.collect(() -> Densities.of(this, layers, -1, rounds));
      densities.ifPresent(last -> pattern.check(last, refusals.within("pattern")));
    }
  }

  private static Map<String, Double> named(Map<Layer, Double> densities) {
    Map<String, Double> named = new HashMap<>();
    densities.forEach((layer, density) -> named.put(layer.name(), density));
    return named;
  }
}
