// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Ranking;
import org.apiguardian.api.API;

/**
 * A rule for the number of weights that a ranking removes, and for the choice among equal scores.
 * It removes the planned number, or the number of a reference code. Implement it as a record with
 * {@link Setting}s.
 *
 * <pre>{@code
 * public record Generous() implements TieRule {
 *   public void prune(Ranking ranking) {
 *     ranking.removeBelow((long) ranking.unplanned() - (ranking.size() - ranking.living()));
 *   }
 * }
 * }</pre>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
@FunctionalInterface
public interface TieRule {

  /** The rule of exact counts; see {@link Exact}. */
  TieRule EXACT = new Exact();

  /**
   * Removes weights from a ranking.
   *
   * @param ranking the living weights that compete, with the counts planned; not to be kept
   */
  void prune(Ranking ranking);

  /**
   * The rule that keeps exactly the planned number of weights: the nearest whole number to rho * m,
   * half rounded up. Among equal scores it removes the weight of the earlier layer first, and in a
   * layer that of the lower flat index.
   */
  record Exact() implements TieRule {
    @Override
    public void prune(Ranking ranking) {
      ranking.removeUnplanned();
    }
  }
}
