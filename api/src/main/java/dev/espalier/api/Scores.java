// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

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

  /** Which weights go when some score alike, and how many. */
  public enum Ties {
    /**
     * Exactly as many stay as planned, the nearest whole number to density times size; among equal
     * scores the weight of the earlier layer, and in a layer of the lower flat index, goes first.
     */
    EXACT,
    /**
     * As the reference codes do: the threshold is an element of the sorted scores and does not pass
     * its own test. In global scope n = ceil(rate * R) of the R weights alive in all layers, those
     * left whole included (open_lth); in layer scope n = round(rate * R), halves to even, of the R
     * alive in the layer (the LTH paper's code). Of those ranked, the n lowest and one more go, and
     * with them all that tie with the last of them.
     */
    REFERENCE
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
   * @throws IllegalArgumentException if a layer gets too few or too many scores, or one that is not
   *     a number, naming the layer
   */
  public static Scores of(List<Layer> layers, Function<Layer, double[]> score) {
    Map<String, double[]> values = new LinkedHashMap<>();
    for (Layer layer : layers) {
      double[] scores = score.apply(layer).clone();
      if (scores.length != layer.size()) {
        throw new IllegalArgumentException(
            layer.name() + ": found " + scores.length + " scores, allowed is " + layer.size());
      }
      int bad =
          IntStream.range(0, scores.length)
              .filter(i -> Double.isNaN(scores[i]))
              .findFirst()
              .orElse(-1);
      if (bad >= 0) {
        throw new IllegalArgumentException(
            layer.name() + ": the score of weight " + bad + " is not a number");
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
      long living = 0;
      for (Layer layer : pool) {
        planned += layer.size() * schedule.density(round, layer.kind());
        before += layer.size() * schedule.density(from, layer.kind());
        living += alive.kept(layer);
      }
      double rate = 1 - planned / before;
      switch (ties) {
        case EXACT -> removeExactly(pool, kept, living, living - Math.round(tidy(planned)));
        case REFERENCE -> {
          double n =
              scope == Scope.GLOBAL
                  ? Math.ceil(tidy(rate * alive.kept()))
                  : Math.rint(tidy(rate * living));
          removeThrough(pool, kept, living, (long) n);
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

  private void removeExactly(List<Layer> pool, Map<String, BitSet> kept, long living, long n) {
    if (n <= 0) {
      return;
    }
    double threshold = Selection.smallest(alive(pool, kept, living), n - 1);
    long below = count(pool, kept, threshold);
    long ties = n - below;
    for (Layer layer : pool) {
      BitSet bits = kept.get(layer.name());
      double[] scores = values.get(layer.name());
      for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
        if (scores[i] < threshold) {
          bits.clear(i);
        } else if (scores[i] == threshold && ties > 0) {
          bits.clear(i);
          ties--;
        }
      }
    }
  }

  private void removeThrough(List<Layer> pool, Map<String, BitSet> kept, long living, long n) {
    if (living == 0) {
      return;
    }
    double threshold = Selection.smallest(alive(pool, kept, living), Math.min(n, living - 1));
    for (Layer layer : pool) {
      BitSet bits = kept.get(layer.name());
      double[] scores = values.get(layer.name());
      for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
        if (scores[i] <= threshold) {
          bits.clear(i);
        }
      }
    }
  }

  private long count(List<Layer> pool, Map<String, BitSet> kept, double threshold) {
    long below = 0;
    for (Layer layer : pool) {
      double[] scores = values.get(layer.name());
      below += kept.get(layer.name()).stream().filter(i -> scores[i] < threshold).count();
    }
    return below;
  }

  private double[] alive(List<Layer> pool, Map<String, BitSet> kept, long living) {
    double[] all = new double[Math.toIntExact(living)];
    int next = 0;
    for (Layer layer : pool) {
      double[] scores = values.get(layer.name());
      BitSet bits = kept.get(layer.name());
      for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
        all[next++] = scores[i];
      }
    }
    return all;
  }

  @Override
  public String toString() {
    List<String> names = new ArrayList<>(values.keySet());
    return "Scores" + names;
  }
}
