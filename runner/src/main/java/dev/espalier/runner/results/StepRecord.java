// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.state.Digest;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A remembered step.
 *
 * @param key its key in the store
 * @param kind its kind: train, prune, score or statistics
 * @param settings its settings, in words
 * @param inputs keys of the steps whose results are its input
 * @param spent its cost
 * @param rows the training examples that its criterion used; empty for a training
 */
public record StepRecord(
    Digest key,
    String kind,
    Map<String, String> settings,
    Set<Digest> inputs,
    Spent spent,
    Optional<UsedRows> rows) {

  /** The kind of a training. */
  public static final String TRAIN = "train";

  /** The kind of a pruning. */
  public static final String PRUNE = "prune";

  /** The kind of a scoring outside a pruning. */
  public static final String SCORE = "score";

  /** The kind of an estimation of batch norm's running statistics. */
  public static final String STATISTICS = "statistics";

  /** Whether it is a pruning. */
  public boolean isPrune() {
    return kind.equals(PRUNE);
  }
}
