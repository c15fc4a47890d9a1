// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import java.util.function.DoubleBinaryOperator;

/**
 * What a criterion can judge by.
 *
 * @param network the network, for its layers
 * @param start the weights that training started from, and that survivors go back to
 * @param state the weights now
 * @param mask the weights alive
 * @param random the stream {@code scores} of this mask, for criteria that draw
 */
public record Scoring(Network network, State start, State state, Mask mask, RandomStream random) {

  /**
   * What to judge a network by.
   *
   * @param network the network, for its layers
   * @param seed the trial's seed
   * @param start the weights that training started from
   * @param state the weights now
   * @param mask the weights alive
   * @return the same, with the random stream that belongs to this seed and mask
   */
  public static Scoring of(Network network, Seed seed, State start, State state, Mask mask) {
    long index = Long.parseUnsignedLong(mask.digest().prefix(16), 16);
    return new Scoring(network, start, state, mask, seed.stream("scores", index));
  }

  /**
   * Scores each weight by its own values alone.
   *
   * @param score gets the weight at the start and now, and returns the score
   * @return the scores
   */
  public Scores ofWeights(DoubleBinaryOperator score) {
    return Scores.of(
        network.layers(),
        layer -> {
          Tensor before = start.get(layer.name());
          Tensor now = state.get(layer.name());
          double[] scores = new double[layer.size()];
          for (int i = 0; i < scores.length; i++) {
            scores[i] = score.applyAsDouble(before.get(i), now.get(i));
          }
          return scores;
        });
  }
}
