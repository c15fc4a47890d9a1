// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import dev.espalier.api.settings.RefusedException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoublePredicate;
import java.util.function.Function;

/**
 * What a criterion thinks of every prunable weight: the higher, the more worth keeping. float64, in
 * the Java heap. Only the scores of living weights count.
 */
public final class Scores {

  /** Which weights compete with each other. */
  public enum Scope {
    /** All weights of all layers in one ranking. */
    GLOBAL,
    /** Each layer's weights among themselves. */
    LAYER
  }

  /**
   * Which weights go when some score alike, and how many: as planned, or as one of the reference
   * codes does it. m is the number of all weights of the ranking, R that of the living ones, and
   * rho the density planned.
   */
  public enum Ties {
    /**
     * Exactly as many stay as planned, the nearest whole number to rho * m; among equal scores the
     * weight of the earlier layer, and in a layer of the lower flat index, goes first.
     */
    EXACT,
    /**
     * The lottery-ticket codes: the threshold is an element of the sorted scores and does not pass
     * its own test. In global scope n = ceil(rate * R) of the R weights alive in all layers, those
     * left whole included (open_lth); in layer scope n = round(rate * R), halves to even, of the R
     * alive in the layer (the LTH paper's code). Of those ranked, the n lowest and one more go, and
     * with them all that tie with the last of them.
     */
    REFERENCE,
    /** SNIP's official code: the count of {@link #EXACT}, but among equal scores the last goes. */
    SNIP,
    /**
     * SNIP's PyTorch port: int(rho * m) are to stay, and with them all that tie with the last of
     * them.
     */
    SNIP_PYTORCH,
    /**
     * GraSP's code: n = int((1 - rho) * m) are to be gone, dead ones included, but the last of
     * them, and all that tie with it, stay.
     */
    GRASP,
    /**
     * SynFlow's code: q = int((1 - rho) * m) are to be gone, dead ones included, which score 0, and
     * with them all that tie with the last of them.
     */
    SYNFLOW
  }

  private final List<Layer> layers;
  private final Map<String, double[]> values;

  private Scores(List<Layer> layers, Map<String, double[]> values) {
    this.layers = List.copyOf(layers);
    this.values = values;
  }

  /**
   * Scores made layer by layer.
   *
   * @param layers the prunable layers
   * @param score a layer's scores, by flat index; copied
   * @return the scores
   * @throws IllegalArgumentException if a layer gets too few or too many scores, naming it
   * @throws TrialFailed if a score is not a number, naming the layer and the weight
   */
  public static Scores of(List<Layer> layers, Function<Layer, double[]> score) {
    Map<String, double[]> values = new LinkedHashMap<>();
    for (Layer layer : layers) {
      double[] scores = score.apply(layer).clone();
      if (scores.length != layer.size()) {
        throw new RefusedException(
            layer.name(), scores.length + " scores", layer.size() + " scores");
      }
      for (int i = 0; i < scores.length; i++) {
        if (Double.isNaN(scores[i])) {
          throw new TrialFailed(
              layer.name()
                  + ": the score of weight "
                  + i
                  + " is not a number: the weights are not finite, or a sum was too large for the"
                  + " precision; try precision = float64 where the criterion has it, or an"
                  + " initialiser with smaller weights");
        }
      }
      values.put(layer.name(), scores);
    }
    return new Scores(layers, values);
  }

  /**
   * The layers scored.
   *
   * @return the prunable layers, in the network's order
   */
  public List<Layer> layers() {
    return layers;
  }

  /**
   * One layer's scores.
   *
   * @param layer the layer
   * @return a copy, by flat index
   */
  public double[] of(Layer layer) {
    return values.get(layer.name()).clone();
  }

  /**
   * Prunes to the density that a schedule plans for a round: the lowest-scoring living weights go.
   * Dead weights are not ranked and never come back. Layers that the schedule leaves whole take no
   * part. In global scope the pool keeps as many weights as the layers' densities add up to. Where
   * a plan would keep more than are alive, all stay.
   *
   * @param alive the weights alive so far
   * @param from the round that {@code alive} is of; 0 if nothing was pruned yet. Only {@link
   *     Ties#REFERENCE} looks at it: a rate is of what the round before left
   * @param schedule the density by round and layer kind
   * @param round the round to prune for, above {@code from}
   * @param scope which weights compete
   * @param ties how equal scores and the count are treated
   * @return a new mask within {@code alive}
   */
  public Mask keep(Mask alive, int from, Schedule schedule, int round, Scope scope, Ties ties) {
    List<Layer> pruned =
        layers.stream().filter(layer -> schedule.density(round, layer.kind()) < 1).toList();
    Map<String, BitSet> kept = new LinkedHashMap<>();
    layers.forEach(layer -> kept.put(layer.name(), alive.alive(layer)));
    List<List<Layer>> pools =
        scope == Scope.GLOBAL ? List.of(pruned) : pruned.stream().map(List::of).toList();
    for (List<Layer> pool : pools) {
      double planned = 0;
      double before = 0;
      long m = 0;
      long living = 0;
      for (Layer layer : pool) {
        planned += layer.size() * schedule.density(round, layer.kind());
        before += layer.size() * schedule.density(from, layer.kind());
        m += layer.size();
        living += alive.kept(layer);
      }
      double rate = 1 - planned / before;
      Ranking ranking = new Ranking(pool, kept, living);
      switch (ties) {
        case EXACT -> ranking.removeExactly(living - Math.round(tidy(planned)), false);
        case SNIP -> ranking.removeExactly(living - Math.round(tidy(planned)), true);
        case REFERENCE -> {
          double n =
              scope == Scope.GLOBAL
                  ? Math.ceil(tidy(rate * alive.kept()))
                  : Math.rint(tidy(rate * living));
          ranking.removeThrough((long) n + 1);
        }
        case SNIP_PYTORCH -> ranking.removeBelow(living + 1 - (long) tidy(planned));
        case GRASP -> ranking.removeBelow((long) tidy(m - planned) - (m - living));
        case SYNFLOW -> {
          long q = (long) tidy(m - planned);
          if (q > m - living) {
            ranking.removeThrough(q - (m - living));
          } else if (q > 0) {
            ranking.remove(score -> score <= 0); // the threshold is a dead one's 0
          }
        }
      }
    }
    return Mask.of(layers, (layer, bits) -> kept.get(layer.name()));
  }

  /**
   * Without the last bits, in which the order of a sum or a quotient shows: they must not make a
   * whole number a larger one, or half a number less than half.
   */
  private static double tidy(double count) {
    return Math.rint(count * 1e9) / 1e9;
  }

  /** The living weights of some layers, ranked against each other. */
  private final class Ranking {

    private final List<Layer> pool;
    private final Map<String, BitSet> kept;
    private final long living;

    Ranking(List<Layer> pool, Map<String, BitSet> kept, long living) {
      this.pool = pool;
      this.kept = kept;
      this.living = living;
    }

    /** The n lowest go, of equal ones the first or, from the end, the last. */
    void removeExactly(long n, boolean fromTheEnd) {
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

    /** Those that score no more than the n-th lowest go. */
    void removeThrough(long n) {
      if (n > 0 && living > 0) {
        double threshold = smallest(Math.min(n, living)).value();
        remove(score -> score <= threshold);
      }
    }

    /** Those that score less than the n-th lowest go. */
    void removeBelow(long n) {
      if (n > 0 && living > 0) {
        double threshold = n > living ? Double.POSITIVE_INFINITY : smallest(n).value();
        remove(score -> score < threshold);
      }
    }

    private void remove(DoublePredicate goes) {
      forEach(
          (bits, i, score) -> {
            if (goes.test(score)) {
              bits.clear(i);
            }
          });
    }

    /** The n-th lowest score, counted from 1. Nothing is copied: scores can be 15 million. */
    private OrderStatistic smallest(long n) {
      return OrderStatistic.smallest(
          each -> forEach((bits, i, score) -> each.accept(score)), n - 1);
    }

    private void forEach(Visitor visitor) {
      for (Layer layer : pool) {
        BitSet bits = kept.get(layer.name());
        double[] scores = values.get(layer.name());
        for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
          visitor.visit(bits, i, scores[i]);
        }
      }
    }
  }

  /** Sees one living weight; it may clear its bit. */
  private interface Visitor {
    void visit(BitSet bits, int i, double score);
  }

  @Override
  public String toString() {
    List<String> names = new ArrayList<>(values.keySet());
    return "Scores" + names;
  }
}
