// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.TieRule;
import dev.espalier.api.state.Ranking;

/**
 * The tie rules of the public codes of SNIP, GraSP and SynFlow. m is the number of all weights of
 * the ranking, and rho * m the number of those planned to stay.
 */
public final class Ties {

  private Ties() {}

  /** SNIP's official code: exactly the count planned, but among equal scores the last goes. */
  public record Snip() implements TieRule {
    @Override
    public void prune(Ranking ranking) {
      ranking.removeLowestFromTheEnd(ranking.living() - Math.round(ranking.planned()));
    }
  }

  /**
   * SNIP's PyTorch port: int(rho * m) are to stay, and with them all that tie with the last of
   * them.
   */
  public record SnipPytorch() implements TieRule {
    @Override
    public void prune(Ranking ranking) {
      ranking.removeBelow(ranking.living() + 1 - (long) ranking.planned());
    }
  }

  /**
   * GraSP's code: n = int((1 - rho) * m) are to be gone, dead ones included, but the last of them,
   * and all that tie with it, stay.
   */
  public record Grasp() implements TieRule {
    @Override
    public void prune(Ranking ranking) {
      ranking.removeBelow((long) ranking.unplanned() - dead(ranking));
    }
  }

  /**
   * SynFlow's code: q = int((1 - rho) * m) are to be gone, dead ones included, which score 0, and
   * with them all that tie with the last of them.
   */
  public record SynFlow() implements TieRule {
    @Override
    public void prune(Ranking ranking) {
      long q = (long) ranking.unplanned();
      if (q > dead(ranking)) {
        ranking.removeThrough(q - dead(ranking));
      } else if (q > 0) {
        ranking.remove(score -> score <= 0); // the threshold is a dead one's 0
      }
    }
  }

  private static long dead(Ranking ranking) {
    return ranking.size() - ranking.living();
  }
}
