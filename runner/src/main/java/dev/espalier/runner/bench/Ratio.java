// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

/**
 * How much one piece of work costs beside another, over pairs of blocks that ran one after the
 * other: machines drift, so only what ran close together is compared.
 *
 * @param name what is compared
 * @param bound the most that the median may be
 * @param min the smallest ratio of a pair
 * @param median the middle one
 * @param max the largest
 * @param ours milliseconds of one unit of ours, the median over the blocks
 * @param other milliseconds of one unit of what it is compared to
 */
public record Ratio(
    String name, double bound, double min, double median, double max, double ours, double other) {

  /**
   * Whether the median is within its bound.
   *
   * @return true if it is
   */
  public boolean holds() {
    return median <= bound;
  }
}
