// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

/** The selection of one of the K values while the scores are trained: rho in the paper. */
public enum Selection {
  /** The value of the highest score, of equal ones the first. */
  GREEDY,
  /**
   * A value drawn in every step with the probabilities softmax(S) over the K scores. Evaluation
   * takes the value of the highest score, as in {@link #GREEDY}.
   */
  SAMPLING
}
