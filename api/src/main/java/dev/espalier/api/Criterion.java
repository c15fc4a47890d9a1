// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

/**
 * Ranks weights: which are worth keeping. A value: implement it as a record with {@link Setting}s,
 * because a remembered scoring step is keyed by the record's class, components and code.
 *
 * <p>Scoring is pure. It sees states, not the network in training, so it cannot disturb weights,
 * statistics or random streams.
 */
public interface Criterion {

  /**
   * Scores every prunable weight.
   *
   * @param scoring what there is to judge by
   * @return scores, the higher the more worth keeping; those of dead weights do not count
   */
  Scores score(Scoring scoring);
}
