// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.TrialFailed;
import org.apiguardian.api.API;

/**
 * Ranks weights: which are worth keeping. A value: implement it as a record with {@link Setting}s,
 * because a remembered scoring step is keyed by the record's class, components and code.
 *
 * <p>Scoring is pure. It sees states, not the network in training, so it cannot disturb weights,
 * statistics or random streams.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Criterion {

  /**
   * Scores every prunable weight.
   *
   * @param scoring what there is to judge by
   * @return scores of the mask's layers, the higher the more worth keeping; those of dead weights
   *     do not count
   * @throws TrialFailed if the network cannot be judged, for example because no gradient reaches a
   *     layer
   */
  Scores score(Scoring scoring);

  /**
   * In how many rounds the paper prunes an untrained network with it, scoring anew in each; the
   * default of methods that prune at initialisation.
   *
   * @return 1 unless the criterion says otherwise
   */
  default int rounds() {
    return 1;
  }

  /**
   * Refuses settings that do not fit the network or the data, before anything is computed.
   *
   * @param network the network
   * @param data the data set
   * @param refusals collects what is refused, by the keys of the criterion's settings
   */
  default void check(Network network, Data data, Refusals refusals) {}
}
