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
 * Divides the weights of a network in two: a rule from a network and a rate to a mask, such as the
 * split of knowledge evolution into what is kept and what is drawn anew. A value: implement it as a
 * record with {@link Setting}s.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Split {

  /**
   * Divides the weights.
   *
   * @param rate the split rate, above 0 and below 1: how much is kept; of what, the rule says
   * @param start the weights that training started from
   * @param state the weights after the first training
   * @param trial whose network it is; a rule that draws takes the stream {@code mask} of its seed,
   *     one that ranks has it prune
   * @return a mask of all prunable layers, 1 where a weight is kept
   * @throws TrialFailed if the weights cannot be judged
   */
  Mask mask(double rate, State start, State state, Trial trial);

  /**
   * Refuses a network that cannot be divided so, before anything is computed.
   *
   * @param rate the split rate
   * @param network the network
   * @param data the data set
   * @param refusals collects what is refused, by the keys of the split's settings
   */
  default void check(double rate, Network network, Data data, Refusals refusals) {}
}
