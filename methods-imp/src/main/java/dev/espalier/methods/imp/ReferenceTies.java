// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.TieRule;
import dev.espalier.api.state.Ranking;

/**
 * The pruned count of the lottery-ticket codes: the threshold is an element of the sorted scores
 * and is pruned too. In global scope n = ceil(rate * R) of the R weights alive in all layers, those
 * left whole included (open_lth). In layer scope n = round(rate * R), halves to even, of the R
 * alive in the layer (the LTH paper's code). Of the ranked weights, the n lowest and one more are
 * pruned, and with them all that tie with the last of them.
 */
public record ReferenceTies() implements TieRule {
  @Override
  public void prune(Ranking ranking) {
    double n =
        ranking.isGlobal()
            ? Math.ceil(ranking.atRate(ranking.livingInAll()))
            : Math.rint(ranking.atRate(ranking.living()));
    ranking.removeThrough((long) n + 1);
  }
}
