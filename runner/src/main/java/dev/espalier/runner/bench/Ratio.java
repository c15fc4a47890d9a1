// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import java.util.OptionalDouble;

/**
 * How much one piece of work costs beside another, over pairs of blocks that ran one after the
 * other: machines drift, so only what ran close together is compared.
 *
 * @param name what is compared
 * @param bound the most that the median may be, if that is bounded
 * @param min the smallest ratio of a pair
 * @param median the middle one
 * @param max the largest
 * @param ours milliseconds of one unit of ours, the median over the blocks
 * @param other milliseconds of one unit of what it is compared to
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
