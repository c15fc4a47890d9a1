// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

/** The tickets of a run whose files have the weights; those of others are in the store alone. */
public enum KeepWeights {
  /** All tickets. */
  ALL,
  /** The tickets and controls of the last round of each replicate. */
  LAST,
  /** None. */
  NONE
}
