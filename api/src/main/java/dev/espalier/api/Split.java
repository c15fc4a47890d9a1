// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import org.apiguardian.api.API;

/**
 * A rule that divides the weights of a network in two by a split rate. An example is the split of
 * knowledge evolution into kept and reinitialised weights. Implement it as a record with {@link
 * Setting}s.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Split {

  /**
   * Divides the weights.
   *
   * @param rate the split rate, above 0 and below 1: the kept fraction of the units that the rule
   *     counts
   * @param start the weights that training started from
   * @param state the weights after the first training
   * @param trial the trial of the network; a random rule draws from the stream {@code mask} of its
   *     seed, and a ranking rule calls its prune methods
   * @return a mask of all prunable layers, 1 where a weight is kept
   * @throws TrialFailed if the weights cannot be scored
   */
  Mask mask(double rate, State start, State state, Trial trial);

  /**
   * Checks that the network can be divided at this rate, before any computation.
   *
   * @param rate the split rate
   * @param network the network
   * @param data the data set
   * @param refusals collects the errors, by the keys of the split's settings
   */
  default void check(double rate, Network network, Data data, Refusals refusals) {}
}
