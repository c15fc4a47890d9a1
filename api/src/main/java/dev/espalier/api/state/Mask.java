// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.settings.RefusedException;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * A mask of the prunable weights: m in {0, 1} for every weight of every layer, 1 for a living
 * weight. Immutable, one bit per weight, in the Java heap.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Mask implements Digest.Digested {

  private final List<Layer> layers;
  private final Map<String, BitSet> alive;
  private final Set<Digest> origin;
  private Digest digest;

  private Mask(List<Layer> layers, Map<String, BitSet> alive, Set<Digest> origin) {
    this.layers = List.copyOf(layers);
    this.alive = alive;
    this.origin = origin;
  }

  /**
   * Returns the mask that keeps all weights.
   *
   * @param layers the prunable layers
   * @return the mask
   */
  public static Mask dense(List<Layer> layers) {
    return of(
        layers,
        (layer, bits) -> {
          bits.set(0, layer.size());
          return bits;
        });
  }

  /**
   * Returns the mask of the weights that are not 0.
   *
   * @param layers the prunable layers
   * @param state their weights
   * @return the mask, with the origin of the state
   */
  public static Mask nonZero(List<Layer> layers, State state) {
    return of(
            layers,
            (layer, bits) -> {
              Tensor w = state.get(layer.name());
              for (int i = 0; i < w.size(); i++) {
                bits.set(i, w.get(i) != 0);
              }
              return bits;
            })
        .derivedFrom(state.origin());
  }

  /**
   * Creates a mask layer by layer, without an origin; see {@link #derivedFrom}.
   *
   * @param layers the prunable layers
   * @param make maps a layer and an empty bit set to the bits of the weights to keep, by flat index
   * @return the mask
   * @throws IllegalArgumentException if a bit lies behind a layer's last weight
   */
  public static Mask of(List<Layer> layers, BiFunction<Layer, BitSet, BitSet> make) {
    Map<String, BitSet> alive = new LinkedHashMap<>();
    for (Layer layer : layers) {
      BitSet bits = (BitSet) make.apply(layer, new BitSet(layer.size())).clone();
      if (bits.length() > layer.size()) {
        throw new RefusedException(
            layer.name(),
            "weight " + (bits.length() - 1) + " in a mask of shape " + layer.shape(),
            "0 to " + (layer.size() - 1));
      }
      alive.put(layer.name(), bits);
    }
    return new Mask(layers, alive, Set.of());
  }

  /**
   * Returns the layers of the mask.
   *
   * @return the prunable layers, in the network's order
   */
  public List<Layer> layers() {
    return layers;
  }

  /**
   * Returns whether a weight is alive.
   *
   * @param layer its layer
   * @param index its flat index
   * @return true if it is kept
   */
  public boolean keeps(Layer layer, int index) {
    return bits(layer).get(index);
  }

  /**
   * Returns the bits of one layer.
   *
   * @param layer the layer
   * @return a copy: bit i is set where weight i is alive
   */
  public BitSet alive(Layer layer) {
    return (BitSet) bits(layer).clone();
  }

  /**
   * Counts the living weights of a layer.
   *
   * @param layer the layer
   * @return their number
   */
  public int kept(Layer layer) {
    return bits(layer).cardinality();
  }

  /**
   * Counts the living weights.
   *
   * @return their number over all layers, ||m||_0
   */
  public long kept() {
    return layers.stream().mapToLong(this::kept).sum();
  }

  /**
   * Returns the number of weights, alive or not.
   *
   * @return |m|
   */
  public long size() {
    return layers.stream().mapToLong(Layer::size).sum();
  }

  /**
   * Returns the fraction of weights kept, ||m||_0 / |m|, from 0 to 1.
   *
   * @return the density
   */
  public double density() {
    return (double) kept() / size();
  }

  /**
   * Returns the fraction of a layer's weights kept, from 0 to 1.
   *
   * @param layer the layer
   * @return its density
   */
  public double density(Layer layer) {
    return (double) kept(layer) / layer.size();
  }

  /**
   * Returns whether the mask keeps all weights.
   *
   * @return true if no weight is pruned
   */
  public boolean isDense() {
    return kept() == size();
  }

  /**
   * Returns whether every living weight of this mask is alive in another: m &lt;= other, element by
   * element.
   *
   * @param other a mask of the same layers
   * @return true if this mask revives no weight of the other
   */
  public boolean isWithin(Mask other) {
    return layers.stream()
        .allMatch(
            layer -> {
              BitSet revived = alive(layer);
              revived.andNot(other.bits(layer));
              return revived.isEmpty();
            });
  }

  /**
   * Returns the state with pruned weights set to exactly 0: m * W. All other values are unchanged.
   *
   * @param state the state of a network with these layers
   * @return a new state
   * @throws RefusedException if a layer's tensor has another shape than the mask
   */
  public State apply(State state) {
    return over(state, layer -> new float[layer.size()]);
  }

  /**
   * Combines two states: m * W + (1 - m) * R, by selection of each weight, without a change of
   * bits. All other values are those of W.
   *
   * @param w the state W of a network with these layers
   * @param r the weights R of these layers
   * @return a new state
   * @throws RefusedException if a layer's tensor has another shape than the mask
   */
  public State mix(State w, State r) {
    return over(w, layer -> values(r, layer)).derivedFrom(r.origin());
  }

  private State over(State state, Function<Layer, float[]> below) {
    Map<String, Tensor> masked = new LinkedHashMap<>();
    for (Layer layer : layers) {
      float[] weights = values(state, layer);
      float[] values = below.apply(layer);
      BitSet bits = bits(layer);
      for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
        values[i] = weights[i];
      }
      masked.put(layer.name(), Tensor.adopt(layer.shape(), values));
    }
    return state.with(State.of(masked)).derivedFrom(origin);
  }

  /** A copy of a layer's weights. */
  private static float[] values(State state, Layer layer) {
    Tensor weights = state.get(layer.name());
    if (!weights.shape().equals(layer.shape())) {
      throw new RefusedException(
          layer.name(), "shape " + weights.shape(), "shape " + layer.shape());
    }
    float[] values = new float[weights.size()];
    weights.values().get(values);
    return values;
  }

  /**
   * Returns the complement.
   *
   * @return the mask that keeps what this one prunes: 1 - m
   */
  public Mask complement() {
    return of(
            layers,
            (layer, bits) -> {
              bits.set(0, layer.size());
              bits.andNot(bits(layer));
              return bits;
            })
        .derivedFrom(origin);
  }

  /**
   * Shuffles each layer's mask within the layer, so that every layer keeps the same number of
   * weights: the random-prune control.
   *
   * @param random the source of the order
   * @return a new mask of the same density in every layer
   */
  public Mask shuffled(RandomStream random) {
    return of(
            layers,
            (layer, bits) -> {
              int[] order = random.permutation(layer.size());
              bits(layer).stream().forEach(i -> bits.set(order[i]));
              return bits;
            })
        .derivedFrom(origin);
  }

  /**
   * Returns the stored steps from which this mask derives, as {@link State#origin}.
   *
   * @return keys of steps; empty if none is stored
   */
  public Set<Digest> origin() {
    return origin;
  }

  /**
   * Returns the same mask, with additional steps as its origin. Use this for a mask built from the
   * values of a state.
   *
   * @param steps keys of steps, such as a state's {@link State#origin}
   * @return an equal mask
   */
  public Mask derivedFrom(Set<Digest> steps) {
    Set<Digest> all = new LinkedHashSet<>(origin);
    all.addAll(steps);
    return new Mask(layers, alive, Collections.unmodifiableSet(all));
  }

  /**
   * Copies one layer's mask to a device.
   *
   * @param layer the layer
   * @param manager the owner of the new array, which sets the device
   * @return a new array of float32, 1 where alive and 0 elsewhere, of the layer's shape
   */
  public NDArray on(Layer layer, NDManager manager) {
    return tensor(layer).on(manager);
  }

  /**
   * Returns one layer's mask as numbers.
   *
   * @param layer the layer
   * @return 1 where alive and 0 elsewhere
   */
  public Tensor tensor(Layer layer) {
    float[] values = new float[layer.size()];
    bits(layer).stream().forEach(i -> values[i] = 1);
    return Tensor.adopt(layer.shape(), values);
  }

  @Override
  public Digest digest() {
    if (digest == null) {
      Object[] parts =
          layers.stream()
              .flatMap(
                  layer ->
                      Stream.of(layer.name(), layer.shape().toString(), bits(layer).toByteArray()))
              .toArray();
      digest = Digest.of(parts);
    }
    return digest;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Mask mask && layers.equals(mask.layers) && alive.equals(mask.alive);
  }

  @Override
  public int hashCode() {
    return alive.hashCode();
  }

  @Override
  public String toString() {
    return "Mask[" + kept() + " of " + size() + "]";
  }

  private BitSet bits(Layer layer) {
    BitSet bits = alive.get(layer.name());
    if (bits == null) {
      throw new RefusedException(
          "layer", layer.name(), "one of the layers of the mask, " + alive.keySet());
    }
    return bits;
  }
}
