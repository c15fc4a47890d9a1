// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import org.apiguardian.api.API;

/** The treatment of the last batch of an epoch, if fewer examples are left than a batch has. */
@API(status = API.Status.STABLE, since = "0.1")
public enum LastBatch {
  /** It trains on the examples that are left. */
  KEEP,
  /**
   * It is left out. The examples are shuffled in each epoch, so others are left out in the next.
   */
  DROP;

  /**
   * Returns the number of batches of an epoch.
   *
   * @param examples the number of training examples
   * @param batchSize the number of examples in a full batch
   * @return iterations per epoch
   */
  public long perEpoch(int examples, int batchSize) {
    return (examples + (this == KEEP ? batchSize - 1L : 0)) / batchSize;
  }
}
