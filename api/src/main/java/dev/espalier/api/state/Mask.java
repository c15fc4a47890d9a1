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
 * Which prunable weights are alive: m in {0, 1} for every weight of every layer. Immutable, one bit
 * a weight, in the Java heap.
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
   * The mask that keeps everything.
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
   * A mask made layer by layer, which comes from no step; see {@link #derivedFrom}.
   *
   * @param layers the prunable layers
   * @param make gets a layer and an empty bit set, and returns the bits of the weights to keep, by
   *     flat index
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
   * The layers it covers.
   *
   * @return the prunable layers, in the network's order
   */
  public List<Layer> layers() {
    return layers;
  }

  /**
   * Whether a weight is alive.
   *
   * @param layer its layer
   * @param index its flat index
   * @return true if it is kept
   */
  public boolean keeps(Layer layer, int index) {
    return bits(layer).get(index);
  }

  /**
   * The bits of one layer.
   *
   * @param layer the layer
   * @return a copy: bit i is set where weight i is alive
   */
  public BitSet alive(Layer layer) {
    return (BitSet) bits(layer).clone();
  }

  /**
   * How many weights of a layer are alive.
   *
   * @param layer the layer
   * @return their number
   */
  public int kept(Layer layer) {
    return bits(layer).cardinality();
  }

  /**
   * How many weights are alive.
   *
   * @return their number over all layers, ||m||_0
   */
  public long kept() {
    return layers.stream().mapToLong(this::kept).sum();
  }

  /**
   * How many weights there are, alive or not.
   *
   * @return |m|
   */
  public long size() {
    return layers.stream().mapToLong(Layer::size).sum();
  }

  /**
   * The fraction of weights kept, ||m||_0 / |m|, from 0 to 1.
   *
   * @return the density
   */
  public double density() {
    return (double) kept() / size();
  }

  /**
   * The fraction of a layer's weights kept, from 0 to 1.
   *
   * @param layer the layer
   * @return its density
   */
  public double density(Layer layer) {
    return (double) kept(layer) / layer.size();
  }

  /**
   * Whether it keeps everything.
   *
   * @return true if no weight is pruned
   */
  public boolean isDense() {
    return kept() == size();
  }

  /**
   * Whether every weight alive here is alive there too: m &lt;= other, element by element.
   *
   * @param other a mask of the same layers
   * @return true if this revives nothing of the other
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
   * The state with pruned weights set to exactly 0: m * W. Everything else is as it was.
   *
   * @param state the state of a network with these layers
   * @return a new state
   * @throws RefusedException if a layer's tensor has another shape than the mask
   */
  public State apply(State state) {
    return over(state, layer -> new float[layer.size()]);
  }

  /**
   * Two states in one: m * W + (1 - m) * R, chosen weight by weight, so that either's bits stay.
   * Everything else is as it was in W.
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
   * The other weights.
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
   * Shuffles each layer's mask within the layer, so that every layer keeps as many weights as
   * before: the random-prune control.
   *
   * @param random where the order comes from
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
   * The remembered steps that this mask comes from, as {@link State#origin}.
   *
   * @return keys of steps; none where nothing is remembered
   */
  public Set<Digest> origin() {
    return origin;
  }

  /**
   * The same mask, known to come from some steps too. For who makes a mask of what states hold.
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
   * Puts one layer's mask on a device.
   *
   * @param layer the layer
   * @param manager the owner of the new array, which says on which device it lies
   * @return a new array of float32, 1 where alive and 0 elsewhere, of the layer's shape
   */
  public NDArray on(Layer layer, NDManager manager) {
    return tensor(layer).on(manager);
  }

  /**
   * One layer's mask as numbers.
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
