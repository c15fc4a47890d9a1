// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;
import org.apiguardian.api.API;

/**
 * A ranking of the living weights of some layers by their scores, with the number planned to be
 * kept. m is the number of all weights of these layers, R that of the living ones, rho * m the
 * planned number. A rule removes weights from the ranking.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Ranking {

  private final Scores scores;
  private final Map<Layer, BitSet> kept = new LinkedHashMap<>();
  private final boolean isGlobal;
  private final double before;
  private final double planned;
  private final long livingInAll;

  /**
   * Creates a ranking of the living weights of some layers.
   *
   * @param before the planned number of weights of these layers before
   * @param planned the planned number now
   */
  Ranking(
      Scores scores,
      Mask alive,
      List<Layer> layers,
      boolean isGlobal,
      double before,
      double planned) {
    this.scores = scores;
    this.isGlobal = isGlobal;
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
   * Returns whether this ranks all pruned layers together.
   *
   * @return false for the ranking of one layer
   */
  public boolean isGlobal() {
    return isGlobal;
  }

  /**
   * Returns the number of weights of the ranked layers, dead ones included.
   *
   * @return m
   */
  public long size() {
    return kept.keySet().stream().mapToLong(Layer::size).sum();
  }

  /**
   * Returns the number of ranked weights: those of these layers that are alive and not removed.
   *
   * @return R
   */
  public long living() {
    return kept.values().stream().mapToLong(BitSet::cardinality).sum();
  }

  /**
   * Returns the number of living weights of all layers before this pruning, layers that are not
   * pruned included.
   *
   * @return their number
   */
  public long livingInAll() {
    return livingInAll;
  }

  /**
   * Returns the number of weights planned to be kept, not rounded.
   *
   * @return rho * m
   */
  public double planned() {
    return tidy(planned);
  }

  /**
   * Returns the number of weights planned to be dead, not rounded.
   *
   * @return (1 - rho) * m
   */
  public double unplanned() {
    return tidy(size() - planned);
  }

  /**
   * Computes the number of weights to remove at the rate of this pruning, not rounded. The rate
   * refers to the previous plan: 1 - planned / planned before.
   *
   * @param weights the number of weights
   * @return rate * weights
   */
  public double atRate(long weights) {
    return tidy((1 - planned / before) * weights);
  }

  /**
   * Rounds away the last bits, which depend on the order of a sum or a quotient. They must not
   * raise a whole number, or lower a half.
   */
  private static double tidy(double count) {
    return Math.rint(count * 1e9) / 1e9;
  }

  /**
   * Removes the lowest weights down to the planned number, rounded to the nearest whole number,
   * half up; none if no more are alive. Among equal scores it removes the weight of the earlier
   * layer first, and in a layer that of the lower flat index.
   */
  public void removeUnplanned() {
    removeLowest(living() - Math.round(planned()));
  }

  /**
   * Removes exactly the n lowest weights. Among equal scores it removes the weight of the earlier
   * layer first, and in a layer that of the lower flat index.
   *
   * @param n the number to remove; none if it is not above 0, and all if it is R or more
   */
  public void removeLowest(long n) {
    removeLowest(n, false);
  }

  /**
   * Removes exactly the n lowest weights. Among equal scores it removes the weight of the later
   * layer first, and in a layer that of the higher flat index.
   *
   * @param n the number to remove; none if it is not above 0, and all if it is R or more
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
   * Removes the weights with a score up to the n-th lowest: the n lowest, and all ties with the
   * last of them.
   *
   * @param n counted from 1; none are removed if it is not above 0, and all if it is R or more
   */
  public void removeThrough(long n) {
    long living = living();
    if (n > 0 && living > 0) {
      double threshold = smallest(Math.min(n, living)).value();
      remove(score -> score <= threshold);
    }
  }

  /**
   * Removes the weights with a score below the n-th lowest, and keeps all ties with it.
   *
   * @param n counted from 1; none are removed if it is not above 1, and all if it is above R
   */
  public void removeBelow(long n) {
    long living = living();
    if (n > 0 && living > 0) {
      double threshold = n > living ? Double.POSITIVE_INFINITY : smallest(n).value();
      remove(score -> score < threshold);
    }
  }

  /**
   * Removes the weights whose score satisfies a predicate.
   *
   * @param goes the predicate
   */
  public void remove(DoublePredicate goes) {
    forEach(
        (bits, i, score) -> {
          if (goes.test(score)) {
            bits.clear(i);
          }
        });
  }

  /**
   * Returns the n-th lowest score, counted from 1, without a copy: there can be 15 million scores.
   */
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

  /** A visitor of one living weight; it may clear its bit. */
  private interface Visitor {
    void visit(BitSet bits, int i, double score);
  }
}
