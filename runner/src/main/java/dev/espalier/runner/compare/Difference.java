// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.runner.results.Estimate;
import dev.espalier.runner.results.Level;
import java.util.List;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * The test value of one level's metric minus that of another, with its 95 % confidence interval.
 *
 * <p>Where replicates of the two share random values, they are paired, so that the influence of a
 * seed on both cancels: Student's t of the differences. Otherwise it is Welch's: (m1 - m2) +-
 * t(0.975, v) e with e^2 = s1^2 / n1 + s2^2 / n2. The degrees of freedom, by Welch and
 * Satterthwaite, are v = e^4 / ((s1^2 / n1)^2 / (n1 - 1) + (s2^2 / n2)^2 / (n2 - 1)).
 *
 * @param isPaired whether it is by replicate
 * @param n the number of pairs; not paired, the number of replicates of both together
 * @param mean the mean in the unit of stored values; NaN without pairs
 * @param half half of the interval's width; NaN where there is none: one pair, or a level of one
 *     replicate
 * @param fewest the number of pairs; not paired, the number of replicates of the smaller level
 */
record Difference(boolean isPaired, int n, double mean, double half, int fewest) {

  static Difference paired(Level level, Level other) {
    Estimate difference = Level.Comparison.of("", level, other).difference();
    return new Difference(
        true, difference.n(), difference.mean(), difference.half(), difference.n());
  }

  static Difference welch(Estimate one, Estimate other) {
    return new Difference(
        false,
        one.n() + other.n(),
        one.mean() - other.mean(),
        half(one, other),
        Math.min(one.n(), other.n()));
  }

  private static double half(Estimate one, Estimate other) {
    double squared = 0;
    double freedom = 0;
    for (Estimate level : List.of(one, other)) {
      double part = level.s() * level.s() / level.n();
      squared += part;
      freedom += part * part / (level.n() - 1);
    }
    if (!(squared > 0)) { // no variation, or an unknown one
      return squared;
    }
    return TDistribution.of(squared * squared / freedom).inverseCumulativeProbability(0.975)
        * Math.sqrt(squared);
  }

  /** Half of the interval for readers; see {@link Estimate#shown}. */
  double shown() {
    return fewest < Estimate.FEWEST ? Double.NaN : half;
  }

  /** The kind of the interval, in a word. */
  String way() {
    return isPaired ? "paired" : "Welch";
  }

  double low() {
    return mean - half;
  }

  double high() {
    return mean + half;
  }
}
