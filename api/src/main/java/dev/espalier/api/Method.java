// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import org.apiguardian.api.API;

/**
 * A method of a paper: a pipeline of pure steps that ends in tickets.
 *
 * <p>The trial computes every step, and the method keeps no state between runs. All other code of a
 * method must be a pure function of these values, so that a run with stored steps takes the same
 * path.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Method {

  /**
   * Checks the settings against the network, the data and the timetable, before any computation. A
   * nested criterion or split is checked separately, with the collector of its section.
   *
   * @param network the network
   * @param data the data set
   * @param plan the whole timetable of one training
   * @param refusals collects the errors, by the keys of the method's settings
   */
  default void check(Network network, Data data, Plan plan, Refusals refusals) {}

  /**
   * Runs the method once.
   *
   * @param trial computes the steps and receives the tickets
   */
  void run(Trial trial);
}
