// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import java.util.BitSet;
import java.util.List;

/**
 * The numbers of weights that two masks of one layer keep, and that both keep.
 *
 * @param weights n, the number of weights
 * @param kept a, the number that the one keeps
 * @param others b, the number that the other keeps
 * @param both the number that both keep
 */
record Overlap(long weights, long kept, long others, long both) {

  /** The bound for terms, as parts of the largest, below which the sum ends. */
  private static final double NEGLIGIBLE = 1e-20;

  static Overlap of(int weights, BitSet mask, BitSet other) {
    BitSet both = (BitSet) mask.clone();
    both.and(other);
    return new Overlap(weights, mask.cardinality(), other.cardinality(), both.cardinality());
  }

  /** |A and B| / |A or B|, from 0 to 1; NaN where both keep nothing. */
  double jaccard() {
    return jaccard(both);
  }

  private double jaccard(long shared) {
    return (double) shared / (kept + others - shared);
  }

  /** Whether one mask keeps a subset of the other: Jaccard is as high as it can be. */
  boolean isNested() {
    return both == Math.min(kept, others);
  }

  /**
   * Computes the expected Jaccard of two random masks that keep as many weights: the exact mean
   * over the hypergeometric distribution of the number x that both keep. Its weights are those at
   * the most probable x times ratios of neighbours, p(x + 1) / p(x) = (a - x)(b - x) / ((x + 1)(n -
   * a - b + x + 1)).
   */
  double chance() {
    if (kept + others == 0) {
      return Double.NaN;
    }
    long fewest = Math.max(0, kept + others - weights);
    long all = Math.min(kept, others);
    long most = Math.min(all, (long) ((kept + 1.0) * (others + 1.0) / (weights + 2.0)));
    double sum = 1;
    double mean = jaccard(most);
    double p = 1;
    for (long x = most; x < all && p > NEGLIGIBLE; x++) {
      p *= ratio(x);
      sum += p;
      mean += p * jaccard(x + 1);
    }
    p = 1;
    for (long x = most - 1; x >= fewest && p > NEGLIGIBLE; x--) {
      p /= ratio(x);
      sum += p;
      mean += p * jaccard(x);
    }
    return mean / sum;
  }

  private double ratio(long x) {
    return (double) (kept - x) * (others - x) / ((x + 1.0) * (weights - kept - others + x + 1.0));
  }

  /** The mean of x: a b / n. */
  private double meanOfBoth() {
    return (double) kept * others / weights;
  }

  /** The variance of x: a b (n - a) (n - b) / (n^2 (n - 1)). */
  private double varianceOfBoth() {
    return weights == 1
        ? 0
        : meanOfBoth() * (weights - kept) / weights * (weights - others) / (weights - 1.0);
  }

  /** Sums all layers. */
  static Overlap sum(List<Overlap> layers) {
    return layers.stream()
        .reduce(
            new Overlap(0, 0, 0, 0),
            (a, b) ->
                new Overlap(
                    a.weights + b.weights, a.kept + b.kept, a.others + b.others, a.both + b.both));
  }

  /**
   * Computes the expected Jaccard over all layers of random masks that keep as many weights in
   * every layer. With u, the sum of all x, and k, that of all a and b, it is the mean of u / (k -
   * u). To second order about the mean m of u this is m / (k - m) + k var(u) / (k - m)^3. That is
   * nearly exact, as u hardly varies.
   */
  static double chance(List<Overlap> layers) {
    double m = layers.stream().mapToDouble(Overlap::meanOfBoth).sum();
    double variance = layers.stream().mapToDouble(Overlap::varianceOfBoth).sum();
    double k = layers.stream().mapToDouble(layer -> (double) layer.kept + layer.others).sum();
    return m / (k - m) + k * variance / Math.pow(k - m, 3);
  }
}
