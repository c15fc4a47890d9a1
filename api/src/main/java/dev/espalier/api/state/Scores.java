// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import dev.espalier.api.settings.RefusedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.apiguardian.api.API;

/**
 * One score per prunable weight; higher scores are kept. float64, in the Java heap. Scores of dead
 * weights are ignored.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Scores {

  private final List<Layer> layers;
  private final Map<String, double[]> values;
  private final Set<Digest> origin;

  private Scores(List<Layer> layers, Map<String, double[]> values, Set<Digest> origin) {
    this.layers = List.copyOf(layers);
    this.values = values;
    this.origin = origin;
  }

  /**
   * Creates scores layer by layer.
   *
   * @param layers the prunable layers
   * @param score a layer's scores, by flat index; copied
   * @return the scores
   * @throws IllegalArgumentException if a layer gets too few or too many scores; the message has
   *     its name
   * @throws TrialFailed if a score is not a number; the message has the layer and the weight
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
    return new Scores(layers, values, Set.of());
  }

  /**
   * Returns the steps from which these scores derive, as {@link State#origin}.
   *
   * @return keys of steps; empty if none is known
   */
  public Set<Digest> origin() {
    return origin;
  }

  /**
   * Returns the same scores, with additional steps as their origin.
   *
   * @param steps keys of steps
   * @return equal scores
   */
  public Scores derivedFrom(Set<Digest> steps) {
    Set<Digest> all = new LinkedHashSet<>(origin);
    all.addAll(steps);
    return new Scores(layers, values, Collections.unmodifiableSet(all));
  }

  /**
   * Returns the scored layers.
   *
   * @return the prunable layers, in the network's order
   */
  public List<Layer> layers() {
    return layers;
  }

  /**
   * Returns one layer's scores.
   *
   * @param layer the layer
   * @return a copy, by flat index
   */
  public double[] of(Layer layer) {
    return values.get(layer.name()).clone();
  }

  /**
   * Computes the sum of all scores, in the order of layers and weights.
   *
   * @return the sum
   */
  public double sum() {
    double sum = 0;
    for (double[] scores : values.values()) {
      for (double score : scores) {
        sum += score;
      }
    }
    return sum;
  }

  /**
   * Applies a function to each score.
   *
   * @param function from a score to its replacement
   * @return the new scores of the same layers
   * @throws TrialFailed if a new score is not a number
   */
  public Scores map(DoubleUnaryOperator function) {
    return of(layers, layer -> Arrays.stream(of(layer)).map(function).toArray())
        .derivedFrom(origin);
  }

  /**
   * Prunes to a density for each layer, by a rule. Dead weights are not ranked and stay dead.
   * Layers of planned density 1 are excluded. A ranking covers one layer, or all of them; its
   * planned number is then the sum of those of the layers.
   *
   * @param alive the weights alive before
   * @param before a layer's planned density before this pruning; 1 if nothing was pruned
   * @param planned a layer's density after it
   * @param isGlobal whether all layers are ranked together
   * @param rule removes weights from each ranking
   * @return a new mask within {@code alive}, which derives from the steps of the scores
   */
  public Mask prune(
      Mask alive,
      ToDoubleFunction<Layer> before,
      ToDoubleFunction<Layer> planned,
      boolean isGlobal,
      Consumer<Ranking> rule) {
    List<Layer> pruned = layers.stream().filter(layer -> planned.applyAsDouble(layer) < 1).toList();
    List<List<Layer>> pools =
        isGlobal && !pruned.isEmpty() ? List.of(pruned) : pruned.stream().map(List::of).toList();
    Map<String, BitSet> kept = new HashMap<>();
    for (List<Layer> pool : pools) {
      Ranking ranking =
          new Ranking(this, alive, pool, isGlobal, count(pool, before), count(pool, planned));
      rule.accept(ranking);
      kept.putAll(ranking.kept());
    }
    return Mask.of(
            layers,
            (layer, bits) ->
                kept.containsKey(layer.name()) ? kept.get(layer.name()) : alive.alive(layer))
        .derivedFrom(origin);
  }

  private static double count(List<Layer> layers, ToDoubleFunction<Layer> density) {
    double count = 0;
    for (Layer layer : layers) {
      count += layer.size() * density.applyAsDouble(layer);
    }
    return count;
  }

  /** Returns one layer's scores without a copy; callers must not change them. */
  double[] values(Layer layer) {
    return values.get(layer.name());
  }

  @Override
  public String toString() {
    List<String> names = new ArrayList<>(values.keySet());
    return "Scores" + names;
  }
}
