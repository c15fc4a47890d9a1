// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import org.apiguardian.api.API;

/**
 * The source of all randomness of a trial. Each consumer has a separate stream, named by its
 * purpose and an index: {@code init}, {@code order} by epoch, {@code augment}, {@code dropout} and
 * {@code sample} by iteration, {@code scores}, {@code shuffle}, ...
 *
 * @param root the experiment's seed
 * @param replicate the index of the replicate, from 0
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Seed(long root, int replicate) {

  /**
   * Returns the stream for one purpose: the same arguments give the same numbers, independent of
   * other draws.
   *
   * @param purpose the purpose of the numbers
   * @param index the index of the stream within the purpose, for example the epoch
   * @return a new stream, at its start
   */
  public RandomStream stream(String purpose, long index) {
    return new RandomStream(Digest.of(root, replicate, purpose, index));
  }

  /**
   * Draws the order of the training examples in an epoch: a permutation by the stream {@code order}
   * of the epoch. Batches are consecutive parts of it.
   *
   * @param epoch the epoch, counted from 0 at the start of the timetable
   * @param examples the number of training examples
   * @return the indices of all examples
   */
  public int[] order(long epoch, int examples) {
    return stream("order", epoch).permutation(examples);
  }

  /**
   * Derives a seed for one part of a trial, such as a generation: the same replicate with other
   * streams.
   *
   * @param part the name of the part
   * @param index the index of the part
   * @return a seed whose root is the first number of the stream of that name
   */
  public Seed derive(String part, long index) {
    return new Seed(stream(part, index).nextLong(), replicate);
  }
}
