// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;
import org.apiguardian.api.API;

/**
 * The living weights of some layers in the order of their scores, and how many of them are planned
 * to stay. m is the number of all weights of these layers, R that of the living ones, rho * m that
 * of those planned to stay. A rule removes weights from it; a removed weight is ranked no more.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Ranking {

  private final Scores scores;
  private final Map<Layer, BitSet> kept = new LinkedHashMap<>();
  private final Scores.Scope scope;
  private final double before;
  private final double planned;
  private final long livingInAll;

  /**
   * Creates a ranking of the living weights of some layers.
   *
   * @param before how many weights of these layers were planned before
   * @param planned how many are planned now
   */
  Ranking(
      Scores scores,
      Mask alive,
      List<Layer> layers,
      Scores.Scope scope,
      double before,
      double planned) {
    this.scores = scores;
    this.scope = scope;
    this.before = before;
    this.planned = planned;
    layers.forEach(layer -> kept.put(layer, alive.alive(layer)));
    livingInAll = alive.kept();
  }

  /** The weights not removed, by layer name. */
  Map<String, BitSet> kept() {
    Map<String, BitSet> named = new LinkedHashMap<>();
    kept.forEach((layer, bits) -> named.put(layer.name(), bits));
    return named;
  }

  /**
   * Which weights compete.
   *
   * @return whether this ranks one layer, or all of those that are pruned
   */
  public Scores.Scope scope() {
    return scope;
  }

  /**
   * The number of weights of the layers ranked, dead ones included.
   *
   * @return m
   */
  public long size() {
    return kept.keySet().stream().mapToLong(Layer::size).sum();
  }

  /**
   * The number of weights ranked: those of these layers that are alive and not removed.
   *
   * @return R
   */
  public long living() {
    return kept.values().stream().mapToLong(BitSet::cardinality).sum();
  }

  /**
   * The number of weights that were alive in all layers before this pruning, those of layers left
   * whole included.
   *
   * @return their number
   */
  public long livingInAll() {
    return livingInAll;
  }

  /**
   * How many weights are planned to stay, not rounded.
   *
   * @return rho * m
   */
  public double planned() {
    return tidy(planned);
  }

  /**
   * How many weights are planned to be gone, dead ones included, not rounded.
   *
   * @return (1 - rho) * m
   */
  public double unplanned() {
    return tidy(size() - planned);
  }

  /**
   * How many of some weights go at the rate of this pruning, not rounded. The rate is of what was
   * planned before: 1 - planned / planned before.
   *
   * @param weights how many weights
   * @return rate * weights
   */
  public double atRate(long weights) {
    return tidy((1 - planned / before) * weights);
  }

  /**
   * Without the last bits, in which the order of a sum or a quotient shows: they must not make a
   * whole number a larger one, or half a number less than half.
   */
  private static double tidy(double count) {
    return Math.rint(count * 1e9) / 1e9;
  }

  /**
   * Removes as many of the lowest weights as leaves the nearest whole number to those planned, half
   * rounded up; none if no more than that are alive. Among equal scores the weight of the earlier
   * layer, and in a layer of the lower flat index, goes first.
   */
  public void removeUnplanned() {
    removeLowest(living() - Math.round(planned()));
  }

  /**
   * Removes exactly the n lowest weights. Among equal scores the weight of the earlier layer, and
   * in a layer of the lower flat index, goes first.
   *
   * @param n how many; none if it is not above 0, and all if it is R or more
   */
  public void removeLowest(long n) {
    removeLowest(n, false);
  }

  /**
   * Removes exactly the n lowest weights. Among equal scores the weight of the later layer, and in
   * a layer of the higher flat index, goes first.
   *
   * @param n how many; none if it is not above 0, and all if it is R or more
   */
  public void removeLowestFromTheEnd(long n) {
    removeLowest(n, true);
  }

  private void removeLowest(long wanted, boolean fromTheEnd) {
    long n = Math.min(wanted, living());
    if (n <= 0) {
      return;
    }
    OrderStatistic last = smallest(n);
    double threshold = last.value();
    long ties = n - last.below();
    long spared = fromTheEnd ? count(threshold) - ties : 0;
    long[] seen = {0};
    forEach(
        (bits, i, score) -> {
          boolean goes = score < threshold;
          if (score == threshold) {
            goes = seen[0] >= spared && seen[0] < spared + ties;
            seen[0]++;
          }
          if (goes) {
            bits.clear(i);
          }
        });
  }

  private long count(double equal) {
    long[] count = {0};
    forEach((bits, i, score) -> count[0] += score == equal ? 1 : 0);
    return count[0];
  }

  /**
   * Removes the weights that score no more than the n-th lowest: the n lowest, and all that tie
   * with the last of them.
   *
   * @param n counted from 1; none go if it is not above 0, and all if it is R or more
   */
  public void removeThrough(long n) {
    long living = living();
    if (n > 0 && living > 0) {
      double threshold = smallest(Math.min(n, living)).value();
      remove(score -> score <= threshold);
    }
  }

  /**
   * Removes the weights that score less than the n-th lowest: it stays, and all that tie with it.
   *
   * @param n counted from 1; none go if it is not above 1, and all if it is above R
   */
  public void removeBelow(long n) {
    long living = living();
    if (n > 0 && living > 0) {
      double threshold = n > living ? Double.POSITIVE_INFINITY : smallest(n).value();
      remove(score -> score < threshold);
    }
  }

  /**
   * Removes the weights whose score passes a test.
   *
   * @param goes the test
   */
  public void remove(DoublePredicate goes) {
    forEach(
        (bits, i, score) -> {
          if (goes.test(score)) {
            bits.clear(i);
          }
        });
  }

  /** The n-th lowest score, counted from 1. Nothing is copied: scores can be 15 million. */
  private OrderStatistic smallest(long n) {
    return OrderStatistic.smallest(each -> forEach((bits, i, score) -> each.accept(score)), n - 1);
  }

  private void forEach(Visitor visitor) {
    kept.forEach(
        (layer, bits) -> {
          double[] values = scores.values(layer);
          for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
            visitor.visit(bits, i, values[i]);
          }
        });
  }

  /** Sees one living weight; it may clear its bit. */
  private interface Visitor {
    void visit(BitSet bits, int i, double score);
  }
}
