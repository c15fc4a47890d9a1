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
 * A ranking criterion: one score per prunable weight. Implement it as a record with {@link
 * Setting}s, because a stored scoring step is keyed by the record's class, components and code.
 *
 * <p>Scoring is pure. It reads states, not the network in training, so it cannot change weights,
 * statistics or random streams.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Criterion {

  /**
   * Scores every prunable weight.
   *
   * @param scoring the inputs of the criterion
   * @return scores of the mask's layers; higher scores are kept, and scores of dead weights are
   *     ignored
   * @throws TrialFailed if the network cannot be scored, for example because no gradient reaches a
   *     layer
   */
  Scores score(Scoring scoring);

  /**
   * Returns the number of rounds in which the paper prunes an untrained network, with new scores in
   * each round. Methods that prune at initialisation use it as their default.
   *
   * @return the number of rounds, by default 1
   */
  default int rounds() {
    return 1;
  }

  /**
   * Checks the settings against the network and the data, before any computation.
   *
   * @param network the network
   * @param data the data set
   * @param refusals collects the errors, by the keys of the criterion's settings
   */
  default void check(Network network, Data data, Refusals refusals) {}
}
