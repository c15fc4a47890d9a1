// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * A selection of kept channels of a network: at least one of every group. Immutable, in the Java
 * heap.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Channels {

  private final List<Group> groups;
  private final Map<String, BitSet> kept;

  private Channels(List<Group> groups, Map<String, BitSet> kept) {
    this.groups = groups;
    this.kept = kept;
  }

  /**
   * Creates a selection group by group.
   *
   * @param groups all groups of a network
   * @param keep the channels to keep of a group: bit c is set for channel c
   * @return the channels
   * @throws IllegalArgumentException if a group keeps no channel, or an unknown one
   */
  public static Channels of(List<Group> groups, Function<Group, BitSet> keep) {
    Map<String, BitSet> kept = new LinkedHashMap<>();
    for (Group group : groups) {
      BitSet channels = (BitSet) keep.apply(group).clone();
      if (channels.isEmpty() || channels.length() > group.size()) {
        throw new RefusedException(
            "group." + group.name(),
            channels.isEmpty() ? "no channel" : "channel " + (channels.length() - 1),
            "at least one of channels 0 to " + (group.size() - 1));
      }
      kept.put(group.name(), channels);
    }
    return new Channels(List.copyOf(groups), kept);
  }

  /**
   * Returns the channels that a mask keeps, if it is the {@link #mask} of a selection.
   *
   * @param groups all groups of a network
   * @param mask a mask of its layers
   * @return the channels, or empty if the mask divides a channel, or without groups
   */
  public static Optional<Channels> of(List<Group> groups, Mask mask) {
    Map<String, Layer> layers =
        mask.layers().stream().collect(Collectors.toMap(Layer::name, layer -> layer));
    Map<String, BitSet> alive = new HashMap<>();
    for (Group group : groups) {
      BitSet channels = new BitSet(group.size());
      for (Group.Slice slice : group.slices()) {
        Layer layer = layers.get(slice.parameter());
        if (layer != null && slice.axis() == 0) {
          int row = layer.size() / group.size();
          mask.alive(layer).stream().forEach(i -> channels.set(i / row));
        }
      }
      if (channels.isEmpty()) {
        return Optional.empty();
      }
      alive.put(group.name(), channels);
    }
    Channels channels = of(groups, group -> alive.get(group.name()));
    return groups.isEmpty() || !channels.mask(mask.layers()).equals(mask)
        ? Optional.empty()
        : Optional.of(channels);
  }

  /**
   * Returns the channels that affect the output of a network under a mask: those that a living
   * weight reads, directly or through channels that are read. The values of other channels do not
   * change the output. So a network narrowed to these, under {@link #narrow(Mask)}, has the output
   * of the wide network under the mask. A channel that only its bias computes is kept. Where no
   * channel of a group is read, the first is kept.
   *
   * @param groups all groups of a network
   * @param mask a mask of its layers; layers that it does not cover read all channels
   * @return the channels
   */
  public static Channels read(List<Group> groups, Mask mask) {
    Map<String, Layer> layers =
        mask.layers().stream().collect(Collectors.toMap(Layer::name, layer -> layer));
    Map<String, Group> makes = new HashMap<>();
    Map<String, BitSet> kept = new LinkedHashMap<>();
    for (Group group : groups) {
      kept.put(group.name(), new BitSet());
      kept.get(group.name()).set(0, group.size());
      group.slices().stream()
          .filter(slice -> slice.axis() == 0)
          .forEach(slice -> makes.put(slice.parameter(), group));
    }
    boolean isSettled;
    do {
      isSettled = true;
      // From the output back: a channel that is not read has no effect through its inputs.
      for (int i = groups.size() - 1; i >= 0; i--) {
        Group group = groups.get(i);
        BitSet read = new BitSet(group.size());
        for (Group.Slice slice : group.slices()) {
          if (slice.axis() == 0) {
            continue;
          }
          Layer layer = layers.get(slice.parameter());
          if (layer == null) {
            read.set(0, group.size());
            continue;
          }
          Group made = makes.get(layer.name());
          int row = layer.size() / Math.toIntExact(layer.shape().get(0));
          int channel =
              slice.stride() * Math.toIntExact(layer.shape().slice(slice.axis() + 1).size());
          mask.alive(layer).stream()
              .filter(weight -> made == null || kept.get(made.name()).get(weight / row))
              .forEach(weight -> read.set(weight % row / channel));
        }
        if (read.isEmpty()) {
          read.set(0);
        }
        isSettled &= read.equals(kept.put(group.name(), read));
      }
    } while (!isSettled);
    return new Channels(List.copyOf(groups), kept);
  }

  /**
   * Returns the kept channels of one group.
   *
   * @param group the group
   * @return a copy: bit c is set where channel c is kept
   */
  public BitSet kept(Group group) {
    return (BitSet) kept.get(group.name()).clone();
  }

  /**
   * Returns the number of kept channels of each group.
   *
   * @return the widths of the narrow network
   */
  public Widths widths() {
    Map<String, Integer> widths = new HashMap<>();
    kept.forEach((group, channels) -> widths.put(group, channels.cardinality()));
    return Widths.of(widths);
  }

  /**
   * Returns the part of a state for the narrow network: of every parameter the rows, columns and
   * pixels of the kept channels, in their order. Weights, biases, batch norm and its running
   * statistics are copied without change. So the narrow network has the output of the wide one with
   * the other channels {@link #gatedOff}.
   *
   * @param state a state of the wide network
   * @return a state of {@link Network#resized} with {@link #widths}
   */
  public State narrow(State state) {
    Map<String, Map<Integer, int[]>> indices = indices();
    return state.map((name, tensor) -> cut(tensor, indices.getOrDefault(name, Map.of())));
  }

  /**
   * Returns the part of a mask for the narrow network.
   *
   * @param mask a mask of the wide network's layers
   * @return a mask of the layers of {@link Network#resized} with {@link #widths}: alive where the
   *     weight is
   */
  public Mask narrow(Mask mask) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    mask.layers().forEach(layer -> tensors.put(layer.name(), mask.tensor(layer)));
    State narrow = narrow(State.of(tensors));
    return Mask.of(
        mask.layers().stream()
            .map(layer -> new Layer(layer.name(), narrow.get(layer.name()).shape(), layer.kind()))
            .toList(),
        (layer, bits) -> {
          Tensor alive = narrow.get(layer.name());
          for (int i = 0; i < alive.size(); i++) {
            bits.set(i, alive.get(i) != 0);
          }
          return bits;
        });
  }

  /**
   * Returns the mask of the weights that connect kept channels. A network under it has the output
   * of the narrow one, because no weight reads the other channels.
   *
   * @param layers the prunable layers
   * @return 1 where both the computed channel and the read channel are kept; channels in no group,
   *     such as inputs and outputs of the network, are kept
   */
  public Mask mask(List<Layer> layers) {
    Map<String, Map<Integer, int[]>> indices = indices();
    return Mask.of(
        layers,
        (layer, bits) -> {
          for (int i : places(layer.shape(), indices.getOrDefault(layer.name(), Map.of()))) {
            bits.set(i);
          }
          return bits;
        });
  }

  /** Returns the kept indices of each parameter's axes with groups. */
  private Map<String, Map<Integer, int[]>> indices() {
    Map<String, Map<Integer, int[]>> indices = new HashMap<>();
    for (Group group : groups) {
      int[] channels = kept.get(group.name()).stream().toArray();
      for (Group.Slice slice : group.slices()) {
        indices
            .computeIfAbsent(slice.parameter(), name -> new HashMap<>())
            .put(
                slice.axis(),
                IntStream.of(channels)
                    .flatMap(c -> IntStream.range(c * slice.stride(), (c + 1) * slice.stride()))
                    .toArray());
      }
    }
    return indices;
  }

  /**
   * Returns the wide network's state with the other channels 0: their rows of weights, biases and
   * batch norm are 0. So they stay 0 behind ReLU, pooling and sums.
   *
   * @param state a state of the wide network
   * @return a new state of the same shapes
   */
  public State gatedOff(State state) {
    Map<String, BitSet> rows = new HashMap<>();
    for (Group group : groups) {
      for (Group.Slice slice : group.slices()) {
        if (slice.axis() == 0) {
          rows.put(slice.parameter(), kept.get(group.name()));
        }
      }
    }
    return state.map(
        (name, tensor) -> rows.containsKey(name) ? silenced(tensor, rows.get(name)) : tensor);
  }

  /** Such as {@code conv1 12 of 64, conv2 3 of 128}. */
  @Override
  public String toString() {
    return groups.stream()
        .map(
            group ->
                group.name() + " " + kept.get(group.name()).cardinality() + " of " + group.size())
        .collect(Collectors.joining(", "));
  }

  private static Tensor silenced(Tensor tensor, BitSet rows) {
    int row = Math.toIntExact(tensor.size() / tensor.shape().get(0));
    float[] values = new float[tensor.size()];
    rows.stream().forEach(c -> tensor.values().position(c * row).get(values, c * row, row));
    return Tensor.of(tensor.shape(), values);
  }

  /** Selects the given indices of some axes and all of the others. */
  private static Tensor cut(Tensor tensor, Map<Integer, int[]> indices) {
    if (indices.isEmpty()) {
      return tensor;
    }
    long[] axes = tensor.shape().getShape().clone();
    indices.forEach((axis, kept) -> axes[axis] = kept.length);
    int[] places = places(tensor.shape(), indices);
    float[] values = new float[places.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.get(places[i]);
    }
    return Tensor.of(new Shape(axes), values);
  }

  /**
   * Returns the flat indices of the elements with the given indices of some axes and any of the
   * others.
   */
  private static int[] places(Shape shape, Map<Integer, int[]> indices) {
    // Built up axis by axis, the first one outermost.
    int[] places = {0};
    for (int axis = 0; axis < shape.dimension(); axis++) {
      int length = Math.toIntExact(shape.get(axis));
      int[] taken = indices.get(axis);
      int count = taken == null ? length : taken.length;
      int[] longer = new int[places.length * count];
      for (int i = 0; i < longer.length; i++) {
        int index = i % count;
        longer[i] = places[i / count] * length + (taken == null ? index : taken[index]);
      }
      places = longer;
    }
    return places;
  }
}
