// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Criterion;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Split;
import dev.espalier.api.TieRule;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;

/**
 * A split that keeps the weights that a criterion ranks highest: s_r * |W| of them to the nearest
 * whole number, in the criterion's number of rounds. After the first generation, magnitudes give
 * the mask of a lottery ticket. Before it, criteria such as SNIP give that of a network pruned at
 * initialisation. This split is Espalier's, not the paper's.
 *
 * @param criterion the criterion that ranks the weights
 * @param judged the weights that it ranks
 * @param scope the division of the kept weights among layers
 */
public record ByCriterion(
    @Setting("criterion that ranks the weights") Criterion criterion,
    @Setting(
            value =
                "weights that are ranked: trained, after the first generation, or initial;"
                    + " criteria of change, such as movement, need trained weights",
            defaults = "trained")
        Judged judged,
    @Setting(value = "division of the kept weights among layers", defaults = "layer") Scope scope)
    implements Split {

  /** The weights that a criterion ranks. */
  public enum Judged {
    /** The weights after the first generation. */
    TRAINED,
    /** The initial weights of the first generation. */
    INITIAL
  }

  /** Creates the split and checks that no component is null. */
  public ByCriterion {
    Ranges.check(ByCriterion.class, criterion, judged, scope);
  }

  @Override
  public Mask mask(double rate, State start, State state, Trial trial) {
    int n = criterion.rounds();
    Pruning pruning = new Pruning(criterion, Schedule.exponential(rate, n), scope, TieRule.EXACT);
    State now = judged == Judged.TRAINED ? state : start;
    return trial.pruneInRounds(pruning, n, new Weights(start, now, trial.dense()));
  }

  @Override
  public void check(double rate, Network network, Data data, Refusals refusals) {
    criterion.check(network, data, refusals.within("criterion"));
    refusals.collect(() -> scope.densities(network.layers(), rate));
  }
}
