// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.RandomStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/** Slots whose K scores are all computed in each step: sampling needs them. */
final class SlotsOnDevice implements ZOnDevice {

  /**
   * The numbers of a layer by k, of its shape; this class closes the returned arrays.
   *
   * @param w W_k
   * @param s S_k(0)
   */
  record Numbers(IntFunction<NDArray> w, IntFunction<NDArray> s) {}

  private final int k;
  private final Selection selection;
  private final Map<Layer, Numbers> numbers;
  private final NDManager manager;
  private final NDArray one;

  /**
   * Creates the slots of a network.
   *
   * @param k K
   * @param selection rho of a training step
   * @param numbers values and first scores by layer
   * @param manager the owner of all arrays that are created here
   */
  SlotsOnDevice(int k, Selection selection, Map<Layer, Numbers> numbers, NDManager manager) {
    this.k = k;
    this.selection = selection;
    this.numbers = numbers;
    this.manager = manager;
    one = manager.create(1f);
  }

  @Override
  public Map<String, NDArray> forward(Map<String, NDArray> variables) {
    return chosen(variables, UnaryOperator.identity());
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
    NDArray a = variables.get(Slots.A);
    Map<String, NDArray> effective = new LinkedHashMap<>();
    numbers.forEach(
        (layer, fixed) -> {
          NDArray z = variables.get(Slots.z(layer));
          IntFunction<NDArray> scores = slot -> ranking.apply(score(fixed, slot, a, z));
          effective.put(layer.name(), highest(scores, fixed.w()));
        });
    return effective;
  }

  /** Returns S_k = a * S_k(0) + W_k * Z. */
  private static NDArray score(Numbers fixed, int slot, NDArray a, NDArray z) {
    try (NDArray first = fixed.s().apply(slot);
        NDArray w = fixed.w().apply(slot);
        NDArray moved = w.mul(z)) {
      return first.mul(a).addi(moved);
    }
  }

  /**
   * Adds -log(-log(u)), u ~ U(0, 1): the highest of K such sums is slot k with the probability
   * softmax(S)_k (Gumbel's). No exponential can overflow. u is never 0, whose logarithm is not
   * finite.
   */
  private NDArray withNoise(NDArray s) {
    try (NDArray u = manager.randomUniform(1e-10f, 1, s.getShape(), DataType.FLOAT32);
        NDArray log = u.log().negi();
        NDArray noise = log.log()) {
      return s.subi(noise);
    }
  }

  /**
   * Returns w_eff, computed slot by slot: where a score is above all previous ones, its value
   * replaces the current choice. The computation is in place, by sums and products with -1, 0 and
   * 1, which are exact. On a CPU {@code where} takes ten times as long as a product, and a product
   * with a new array twice as long.
   */
  private NDArray highest(IntFunction<NDArray> scores, IntFunction<NDArray> values) {
    NDArray bar = scores.apply(0);
    NDArray chosen;
    try (NDArray first = values.apply(0)) {
      chosen = first.duplicate();
    }
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

  @Override
  public Set<Layer> layers() {
    return numbers.keySet();
  }
}
