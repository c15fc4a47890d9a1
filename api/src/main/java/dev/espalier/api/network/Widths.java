// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import java.util.Map;
import org.apiguardian.api.API;

/** The number of channels of each group of a network; see {@link Group}. */
@API(status = API.Status.STABLE, since = "0.1")
@FunctionalInterface
public interface Widths {

  /**
   * Returns the width of one group.
   *
   * @param group its name
   * @param usual its default number of channels
   * @return its number of channels, at least 1
   */
  int of(String group, int usual);

  /**
   * Returns the default widths.
   *
   * @return every group's usual width
   */
  static Widths usual() {
    return (group, usual) -> usual;
  }

  /**
   * Returns the default widths times one factor.
   *
   * @param factor above 0
   * @return usual * factor, to the nearest whole number, at least 1
   */
  static Widths times(double factor) {
    return (group, usual) -> Math.max(1, (int) Math.round(usual * factor));
  }

  /**
   * Returns widths from a map.
   *
   * @param widths by the names of groups; other groups have their usual width
   * @return those widths
   */
  static Widths of(Map<String, Integer> widths) {
    Map<String, Integer> copy = Map.copyOf(widths);
    return (group, usual) -> copy.getOrDefault(group, usual);
  }
}
