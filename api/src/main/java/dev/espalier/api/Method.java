// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import org.apiguardian.api.API;

/**
 * A method of a paper: a pipeline of pure steps that ends in tickets.
 *
 * <p>It asks the trial for every step and keeps nothing between runs. Everything it does with the
 * values in between is a plain function of them, so a run that finds its steps remembered takes the
 * same way.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Method {

  /**
   * Refuses settings that do not fit the network, the data or the timetable, before anything is
   * computed. A nested criterion or split checks itself, with the collector of its section.
   *
   * @param network the network
   * @param data the data set
   * @param plan the whole timetable of one training
   * @param refusals collects what is refused, by the keys of the method's settings
   */
  default void check(Network network, Data data, Plan plan, Refusals refusals) {}

  /**
   * Runs the method once.
   *
   * @param trial what steps are asked of, and where tickets go
   */
  void run(Trial trial);
}
