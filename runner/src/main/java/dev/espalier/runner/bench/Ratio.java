// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import java.util.OptionalDouble;

/**
 * The ratio of the durations of two pieces of work, over pairs of consecutive blocks: machines
 * drift, so only blocks that ran close together are compared.
 *
 * @param name the name of the comparison
 * @param bound the largest allowed median, if it has a bound
 * @param min the smallest ratio of a pair
 * @param median the middle one
 * @param max the largest
 * @param ours milliseconds of one unit of the measured work, the median over the blocks
 * @param other milliseconds of one unit of the reference work
 */
public record Ratio(
    String name,
    OptionalDouble bound,
    double min,
    double median,
    double max,
    double ours,
    double other)
    implements Bounded {

  @Override
  public double value() {
    return median;
  }
}
