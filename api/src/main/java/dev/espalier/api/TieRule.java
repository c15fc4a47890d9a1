// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Ranking;
import org.apiguardian.api.API;

/**
 * Decides how many weights of a ranking go, and which of those that score alike: as planned, or as
 * a reference code does it. A value: implement it as a record with {@link Setting}s.
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

  /** Exact counts; see {@link Exact}. */
  TieRule EXACT = new Exact();

  /**
   * Removes weights from a ranking.
   *
   * @param ranking the living weights that compete, with the counts planned; not to be kept
   */
  void prune(Ranking ranking);

  /**
   * Exactly as many weights stay as planned, the nearest whole number to rho * m, half rounded up.
   * Among equal scores the weight of the earlier layer, and in a layer of the lower flat index,
   * goes first.
   */
  record Exact() implements TieRule {
    @Override
    public void prune(Ranking ranking) {
      ranking.removeUnplanned();
    }
  }
}
