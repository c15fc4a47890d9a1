// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import org.apiguardian.api.API;

/**
 * How to prune: by which scores, to which density, and among whom.
 *
 * @param criterion what ranks the weights
 * @param schedule how sparse each round is
 * @param scope which weights compete
 * @param ties how many weights go, and which of those that score alike
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Pruning(Criterion criterion, Schedule schedule, Scores.Scope scope, TieRule ties) {

  /**
   * Prunes to the density that the schedule plans for a round: the lowest-scoring living weights
   * go. Dead weights are not ranked and never come back. Layers that the schedule leaves whole take
   * no part.
   *
   * @param scores the scores of the living weights
   * @param alive the weights alive so far
   * @param from the round that {@code alive} is of; 0 if nothing was pruned yet. It counts where a
   *     tie rule takes a rate of what the round before left
   * @param round the round to prune for, above {@code from}
   * @return a new mask within {@code alive}
   */
  public Mask prune(Scores scores, Mask alive, int from, int round) {
    return scores.prune(
        alive,
        layer -> schedule.density(from, layer.kind()),
        layer -> schedule.density(round, layer.kind()),
        scope,
        ties::prune);
  }
}
