// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.data.Metric;
import java.util.Arrays;
import java.util.OptionalInt;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A mean over replicates, with its 95 % confidence interval by Student's t: mean +- t(0.975, n - 1)
 * s / sqrt(n). One replicate has no interval: its bounds are NaN.
 *
 * @param n the number of replicates
 * @param mean their mean; NaN of none
 * @param s their standard deviation, of n - 1 degrees of freedom; NaN of fewer than two
 */
public record Estimate(int n, double mean, double s) {

  /** The number of replicates below which tables on the screen show no interval. */
  public static final int FEWEST = 3;

  /** The upper limit of {@link #toExclude}. */
  private static final int MOST = 1000;

  private static final double UPPER = 0.975;

  /** The columns of the mean and its interval, under names that begin alike. */
  public static CsvTable<Estimate> interval(String name) {
    return CsvTable.of(name + "_mean", Estimate::mean)
        .and(name + "_low", Estimate::low)
        .and(name + "_high", Estimate::high);
  }

  /** The estimate from one value for each replicate. */
  public static Estimate of(double... values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
    double s = values.length < 2 ? Double.NaN : Math.sqrt(squares / (values.length - 1));
    return new Estimate(values.length, mean, s);
  }

  /** An estimate of differences of a metric with the sign for which positive is better. */
  public Estimate gain(Metric metric) {
    return metric.direction() == Metric.Direction.HIGHER ? this : new Estimate(n, -mean, s);
  }

  /** Half of the interval's width; NaN of fewer than two. */
  public double half() {
    return half(n);
  }

  /**
   * Half of the interval for readers: NaN of fewer than {@link #FEWEST}, since t(0.975, 1) = 12.7
   * makes the interval of two replicates too wide to mean anything. CSV files have it.
   */
  public double shown() {
    return n < FEWEST ? Double.NaN : half();
  }

  /** The lower bound of the interval. */
  public double low() {
    return mean - half();
  }

  /** The upper bound of the interval. */
  public double high() {
    return mean + half();
  }

  boolean isAbove(double bound) {
    return low() > bound;
  }

  boolean isBelow(double bound) {
    return high() < bound;
  }

  /**
   * Computes the number of replicates that would leave a bound outside of the interval, if mean and
   * standard deviation stay as they are.
   *
   * @return the number, above n; empty if a thousand would not suffice, or s is not known
   */
  OptionalInt toExclude(double bound) {
    double distance = Math.abs(mean - bound);
    if (n < 2 || !(half(MOST) < distance)) {
      return OptionalInt.empty();
    }
    int tooFew = n;
    int enough = MOST;
    while (enough - tooFew > 1) {
      int middle = (tooFew + enough) / 2;
      if (half(middle) < distance) {
        enough = middle;
      } else {
        tooFew = middle;
      }
    }
    return OptionalInt.of(enough);
  }

  private double half(int replicates) {
    return n < 2
        ? Double.NaN
        : TDistribution.of(replicates - 1).inverseCumulativeProbability(UPPER)
            * s
            / Math.sqrt(replicates);
  }
}
