// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Scope;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A parametrization with one trained score s for each weight W of the prunable layers, and fixed W.
 * k is the kept fraction. n is the number of weights in a ranking, which are those of a layer, or
 * all in global scope. Other scopes give each layer another k:
 *
 * <pre>
 * s ~ U(-1/sqrt(fan_in), 1/sqrt(fan_in))
 * u = |s|, sorted ascending, the lower flat index first among equals
 * m = 0 for the first j = int((1 - k) * n), 1 for the others
 * w_eff = W * m
 * dL/ds = sign(s) * W * dL/dw_eff       as if m were u: dead weights get it too, and can return
 * </pre>
 *
 * All other parameters, biases and scales and shifts of batch norm, keep their first values.
 *
 * <p>Source: arXiv:1911.13299 and its public code, whose slower version has this count. In Espalier
 * the lower flat index comes first among ties; in the code the sort decides. The ranking of all
 * layers together is an option of Espalier only.
 *
 * @param weights W, of the prunable layers
 * @param keep k, from 0 to 1
 * @param scope the division of the kept weights among layers
 * @param seed the seed of the first scores: its stream {@code edge-scores} 0
 */
public record Subnetwork(State weights, double keep, Scope scope, Seed seed)
    implements Parametrization {

  /** The prefix of a variable of scores; the name of the layer's weights follows. */
  static final String SCORES = "scores/";

  @Override
  public State variables(Network network, State start) {
    State drawn =
        network.redraw(
            start, Initialiser.PYTORCH_DEFAULT, layer -> true, seed.stream("edge-scores", 0));
    Map<String, Tensor> s = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      s.put(SCORES + layer.name(), drawn.get(layer.name()));
    }
    return State.of(s);
  }

  @Override
  public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
    Map<String, NDArray> w = new LinkedHashMap<>();
    weights.tensors().forEach((name, tensor) -> w.put(name, tensor.on(manager)));
    Map<Ranked, NDArray> rankings = new LinkedHashMap<>();
    for (Ranked ranking : rankings(network)) {
      rankings.put(ranking, manager.create((long) size(ranking.layers()) - ranking.removed()));
    }
    return new OnDevice(w, rankings);
  }

  /**
   * Returns the mask m of scores, computed on the host.
   *
   * @throws TrialFailed if a score is not a number
   */
  Mask mask(Network network, State scores) {
    Map<String, BitSet> m = new LinkedHashMap<>();
    for (Ranked ranking : rankings(network)) {
      // u's bits above, as ordered as u, the index below
      long[] order = new long[size(ranking.layers())];
      int i = 0;
      for (Layer layer : ranking.layers()) {
        Tensor s = scores.get(SCORES + layer.name());
        for (int own = 0; own < s.size(); own++, i++) {
          if (Float.isNaN(s.get(own))) {
            throw new TrialFailed(
                SCORES
                    + layer.name()
                    + ": found NaN as the score of weight "
                    + own
                    + ", so that there is no order; try a smaller learning rate");
          }
          order[i] = (long) Float.floatToRawIntBits(Math.abs(s.get(own))) << Integer.SIZE | i;
        }
      }
      Arrays.parallelSort(order);
      BitSet kept = new BitSet(order.length);
      Arrays.stream(order).skip(ranking.removed()).forEach(key -> kept.set((int) key));
      int first = 0;
      for (Layer layer : ranking.layers()) {
        m.put(layer.name(), kept.get(first, first + layer.size()));
        first += layer.size();
      }
    }
    return Mask.of(network.layers(), (layer, bits) -> m.get(layer.name()))
        .derivedFrom(scores.origin());
  }

  /**
   * Returns the number of pruned weights among n: j = int((1 - k) * n), rounded as in the public
   * code.
   */
  static int removed(double k, int n) {
    return (int) ((1 - k) * n);
  }

  /**
   * A ranking.
   *
   * @param layers its layers
   * @param removed j
   */
  private record Ranked(List<Layer> layers, int removed) {}

  private List<Ranked> rankings(Network network) {
    List<Layer> layers = network.layers();
    if (scope.isGlobal()) {
      return List.of(new Ranked(layers, removed(keep, size(layers))));
    }
    Map<Layer, Double> densities = scope.densities(layers, keep);
    return layers.stream()
        .map(layer -> new Ranked(List.of(layer), removed(densities.get(layer), layer.size())))
        .toList();
  }

  private static int size(List<Layer> layers) {
    return Math.toIntExact(layers.stream().mapToLong(Layer::size).sum());
  }

  private static final class OnDevice implements Parametrization.OnDevice {

    private final Map<String, NDArray> w;

    /** The number of kept weights of each ranking, uploaded to the device once. */
    private final Map<Ranked, NDArray> rankings;

    OnDevice(Map<String, NDArray> w, Map<Ranked, NDArray> rankings) {
      this.w = w;
      this.rankings = rankings;
    }

    @Override
    public Map<String, NDArray> forward(Map<String, NDArray> s) {
      Map<String, NDArray> effective = new LinkedHashMap<>();
      rankings.forEach(
          (ranking, staying) -> {
            // Sorting takes several times the room of the weights; free it before the next layer.
            try (NDScope scope = new NDScope()) {
              scope.suppressNotUsedWarning();
              NDArray m = mask(ranking, staying, s);
              int first = 0;
              for (Layer layer : ranking.layers()) {
                int end = first + layer.size();
                NDArray own = m.get(new NDIndex().addSliceDim(first, end)).reshape(layer.shape());
                NDArray masked = w.get(layer.name()).mul(own);
                NDScope.unregister(masked);
                effective.put(layer.name(), masked);
                first = end;
              }
            }
          });
      effective.values().forEach(NDScope::register);
      return effective;
    }

    /** Returns m of the layers of a ranking, concatenated. */
    private NDArray mask(Ranked ranking, NDArray staying, Map<String, NDArray> s) {
      NDList u = new NDList();
      ranking.layers().forEach(layer -> u.add(s.get(SCORES + layer.name()).abs().flatten()));
      return top(NDArrays.concat(u), ranking.removed(), staying);
    }

    @Override
    public void pullback(
        Map<String, NDArray> s,
        Map<String, NDArray> gradients,
        BiConsumer<String, NDArray> update) {
      w.forEach(
          (layer, weight) -> {
            try (NDArray sign = s.get(SCORES + layer).sign()) {
              update.accept(SCORES + layer, gradients.get(layer).muli(weight).muli(sign));
            }
          });
    }

    /**
     * Returns 0 for the j smallest, of equal ones the first, and 1 for the others, without a
     * transfer to the host. In PyTorch, selection takes a fifth of the time of sorting, especially
     * on the smaller side of the threshold.
     *
     * @param u (n), no NaN
     * @param staying n - j, on the device
     */
    private static NDArray top(NDArray u, int j, NDArray staying) {
      int stay = Math.toIntExact(u.size()) - j;
      if (stay == 0) {
        return u.zerosLike();
      }
      NDArray least =
          stay <= j
              ? u.topK(stay, 0, true, false).get(0).min()
              : u.topK(j + 1, 0, false, false).get(0).max();
      NDArray above = u.gt(least);
      NDArray equal = u.eq(least);
      NDArray excess = above.sum().add(equal.sum()).sub(staying);
      return above
          .logicalOr(equal.logicalAnd(equal.cumSum(0).gt(excess)))
          .toType(DataType.FLOAT32, false);
    }
  }
}
