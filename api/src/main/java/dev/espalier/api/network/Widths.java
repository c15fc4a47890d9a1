// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import java.util.Map;
import org.apiguardian.api.API;

/** How many channels each group of a network is to have; see {@link Group}. */
@API(status = API.Status.STABLE, since = "0.1")
@FunctionalInterface
public interface Widths {

  /**
   * The width of one group.
   *
   * @param group its name
   * @param usual how many channels it has otherwise
   * @return how many it is to have, at least 1
   */
  int of(String group, int usual);

  /**
   * The network as it is.
   *
   * @return every group's usual width
   */
  static Widths usual() {
    return (group, usual) -> usual;
  }

  /**
   * All groups wider or narrower by one factor.
   *
   * @param factor above 0
   * @return usual * factor, to the nearest whole number, at least 1
   */
  static Widths times(double factor) {
    return (group, usual) -> Math.max(1, (int) Math.round(usual * factor));
  }

  /**
   * Given widths.
   *
   * @param widths by the names of groups; a group not among them has its usual width
   * @return those widths
   */
  static Widths of(Map<String, Integer> widths) {
    Map<String, Integer> copy = Map.copyOf(widths);
    return (group, usual) -> copy.getOrDefault(group, usual);
  }
}
