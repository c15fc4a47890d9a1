// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

/** Which of its K values a connection takes while the scores are trained: rho in the paper. */
public enum Selection {
  /** The one of the highest score, of equal ones the first. */
  GREEDY,
  /**
   * One drawn with the probabilities softmax(S) over its K scores, anew in every step. Measured is
   * the one of the highest score, as in {@link #GREEDY}.
   */
  SAMPLING
}
