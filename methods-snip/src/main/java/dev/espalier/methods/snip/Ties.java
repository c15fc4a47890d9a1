// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.TieRule;
import dev.espalier.api.state.Ranking;

/**
 * The tie rules of the public codes of SNIP, GraSP and SynFlow. m is the number of all weights of
 * the ranking, and rho * m the number of weights to keep.
 */
public final class Ties {

  private Ties() {}

  /**
   * SNIP's official code: keeps exactly the planned count, and prunes the last of equal scores
   * first.
   */
  public record Snip() implements TieRule {
    @Override
    public void prune(Ranking ranking) {
      ranking.removeLowestFromTheEnd(ranking.living() - Math.round(ranking.planned()));
    }
  }

  /** SNIP's PyTorch port: keeps int(rho * m) weights, and all that tie with the last of them. */
  public record SnipPytorch() implements TieRule {
    @Override
    public void prune(Ranking ranking) {
      ranking.removeBelow(ranking.living() + 1 - (long) ranking.planned());
    }
  }

  /**
   * GraSP's code: n = int((1 - rho) * m) weights are to be pruned, including dead ones, but the
   * last of them, and all that tie with it, are kept.
   */
  public record Grasp() implements TieRule {
    @Override
    public void prune(Ranking ranking) {
      ranking.removeBelow((long) ranking.unplanned() - dead(ranking));
    }
  }

  /**
   * SynFlow's code: prunes q = int((1 - rho) * m) weights, including dead ones with score 0, and
   * all that tie with the last of them.
   */
  public record SynFlow() implements TieRule {
    @Override
    public void prune(Ranking ranking) {
      long q = (long) ranking.unplanned();
      if (q > dead(ranking)) {
        ranking.removeThrough(q - dead(ranking));
      } else if (q > 0) {
        ranking.remove(score -> score <= 0); // the threshold is the 0 of a dead weight
      }
    }
  }

  private static long dead(Ranking ranking) {
    return ranking.size() - ranking.living();
  }
}
