// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Criterion;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
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
import dev.espalier.api.state.Scores.Scope;
import dev.espalier.api.state.State;

/**
 * The weights that a criterion ranks highest, s_r * |W| of them to the nearest whole number, in as
 * many rounds as the criterion asks for. Judged after the first generation, magnitudes give the
 * mask of a lottery ticket; judged before, criteria such as SNIP give that of a network pruned at
 * initialisation. Ours.
 *
 * @param criterion what ranks the weights
 * @param judged which weights it looks at
 * @param scope which weights compete
 */
public record ByCriterion(
    @Setting("criterion that ranks the weights") Criterion criterion,
    @Setting(
            value =
                "weights that are ranked: trained, after the first generation, or initial;"
                    + " criteria of change, such as movement, need trained weights",
            defaults = "trained")
        Judged judged,
    @Setting(value = "weights that are ranked together: layer or global", defaults = "layer")
        Scope scope)
    implements Split {

  /** Which weights a criterion looks at. */
  public enum Judged {
    /** Those after the first generation. */
    TRAINED,
    /** Those that the first generation starts from. */
    INITIAL
  }

  /** Checks that all are there. */
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
  }
}
