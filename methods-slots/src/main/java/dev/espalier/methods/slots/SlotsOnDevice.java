// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.Parametrization;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.RandomStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/** The slots and their values on a device. */
final class SlotsOnDevice implements Parametrization.OnDevice {

  private final int k;
  private final Selection selection;
  private final Map<Layer, IntFunction<NDArray>> w;
  private final NDManager manager;
  private final NDArray one;

  /**
   * Creates the slots of a network.
   *
   * @param k K
   * @param selection rho of a training step
   * @param w W by layer and k, of the layer's shape; this class closes the returned arrays
   * @param manager the owner of all arrays that are created here
   */
  SlotsOnDevice(int k, Selection selection, Map<Layer, IntFunction<NDArray>> w, NDManager manager) {
    this.k = k;
    this.selection = selection;
    this.w = w;
    this.manager = manager;
    one = manager.create(1f);
  }

  @Override
  public Map<String, NDArray> forward(Map<String, NDArray> variables) {
    return chosen(variables, NDArray::stopGradient);
  }

  @Override
  public Map<String, NDArray> sample(Map<String, NDArray> variables, RandomStream random) {
    if (selection == Selection.GREEDY) {
      return forward(variables);
    }
    manager.getEngine().setRandomSeed(random.nextInt());
    return chosen(variables, this::withNoise);
  }

  /** Returns w_eff of all layers, and closes the intermediate arrays of the ranking. */
  private Map<String, NDArray> chosen(
      Map<String, NDArray> variables, UnaryOperator<NDArray> ranking) {
    Map<String, NDArray> effective = new LinkedHashMap<>();
    w.forEach(
        (layer, values) ->
            effective.put(
                layer.name(),
                highest(slot -> ranking.apply(variables.get(Slots.name(layer, slot))), values)));
    return effective;
  }

  /**
   * Returns S - log(-log(u)), u ~ U(0, 1): the highest of K such sums is slot k with the
   * probability softmax(S)_k (Gumbel's). No exponential can overflow. u is never 0, whose logarithm
   * is not finite.
   */
  private NDArray withNoise(NDArray s) {
    try (NDArray u = manager.randomUniform(1e-10f, 1, s.getShape(), DataType.FLOAT32);
        NDArray log = u.log().negi()) {
      return log.log().negi().addi(s);
    }
  }

  /**
   * Returns w_eff, computed slot by slot: where a score is above all previous ones, its value
   * replaces the current choice. The computation is in place, by sums and products with -1, 0 and
   * 1, which are exact. On a CPU {@code where} takes ten times as long as a product, and a product
   * with a new array twice as long.
   */
  private NDArray highest(IntFunction<NDArray> scores, IntFunction<NDArray> values) {
    NDArray bar = copy(scores.apply(0));
    NDArray chosen = copy(values.apply(0));
    for (int slot = 1; slot < k; slot++) {
      try (NDArray s = scores.apply(slot);
          NDArray value = values.apply(slot);
          NDArray before = bar) {
        bar = before.maximum(s);
        NDArray wins = before.subi(bar).signi(); // -1 where this slot does, else 0
        chosen.muli(wins.addi(one)).subi(wins.subi(one).muli(value));
      }
    }
    bar.close();
    return chosen;
  }

  private static NDArray copy(NDArray array) {
    try (array) {
      return array.duplicate();
    }
  }

  @Override
  public void pullback(
      Map<String, NDArray> variables,
      Map<String, NDArray> gradients,
      BiConsumer<String, NDArray> update) {
    w.forEach(
        (layer, values) -> {
          NDArray g = gradients.get(layer.name());
          for (int slot = 0; slot < k; slot++) {
            try (NDArray value = values.apply(slot);
                NDArray gradient = g.mul(value)) {
              update.accept(Slots.name(layer, slot), gradient);
            }
          }
        });
  }
}
