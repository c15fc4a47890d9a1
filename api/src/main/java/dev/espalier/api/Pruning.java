// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.state.Schedule;
import dev.espalier.api.state.Scores;
import org.apiguardian.api.API;

/**
 * How to prune: by which scores, to which density, and among whom.
 *
 * @param criterion what ranks the weights
 * @param schedule how sparse each round is
 * @param scope which weights compete
 * @param ties how equal scores and the count are treated
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Pruning(
    Criterion criterion, Schedule schedule, Scores.Scope scope, Scores.Ties ties) {}
