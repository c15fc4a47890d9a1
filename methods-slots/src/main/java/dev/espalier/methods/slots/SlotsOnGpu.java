// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.state.Layer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Greedy slots on a GPU. The values and ends of all segments of the {@link Envelope} are on the
 * device, and a step replaces the value at each end that x = Z / a has passed. Nothing is read
 * back. The price of a step grows with the largest number of segments of a connection, not with K:
 * for uniform draws that is about 7 at K = 8 and 13 at K = 64.
 */
final class SlotsOnGpu implements ZOnDevice {

  /**
   * A segment of every connection of a layer.
   *
   * @param begin the smallest x; infinite where a connection has fewer segments
   * @param w the value
   */
  private record Segment(NDArray begin, NDArray w) {}

  private final Map<Layer, List<Segment>> segments = new LinkedHashMap<>();
  private final NDArray one;
  private final NDArray least;

  /**
   * Creates the slots of a network.
   *
   * @param envelopes the envelopes of each layer
   * @param manager the owner of all arrays that are created here
   */
  SlotsOnGpu(Map<Layer, Envelope> envelopes, NDManager manager) {
    one = manager.create(1f);
    least = manager.create(Slots.NO_A);
    envelopes.forEach((layer, envelope) -> segments.put(layer, all(layer, envelope, manager)));
  }

  private static List<Segment> all(Layer layer, Envelope envelope, NDManager manager) {
    List<float[]> begins = new ArrayList<>();
    List<float[]> values = new ArrayList<>();
    for (int i = 0; i < layer.size(); i++) {
      envelope.load(i);
      for (int segment = 0; ; segment++) {
        if (segment == begins.size()) {
          float[] never = new float[layer.size()];
          Arrays.fill(never, Float.POSITIVE_INFINITY);
          begins.add(never);
          values.add(new float[layer.size()]);
        }
        begins.get(segment)[i] = envelope.lower();
        values.get(segment)[i] = envelope.value();
        if (envelope.isLast()) {
          break;
        }
        envelope.advance();
      }
    }
    List<Segment> arrays = new ArrayList<>();
    for (int segment = 0; segment < begins.size(); segment++) {
      arrays.add(
          new Segment(
              manager.create(begins.get(segment), layer.shape()),
              manager.create(values.get(segment), layer.shape())));
    }
    return arrays;
  }

  @Override
  public Map<String, NDArray> forward(Map<String, NDArray> variables) {
    Map<String, NDArray> effective = new LinkedHashMap<>();
    try (NDArray a = variables.get(Slots.A).maximum(least);
        NDArray scale = one.div(a)) {
      segments.forEach(
          (layer, each) -> {
            try (NDArray x = variables.get(Slots.z(layer)).mul(scale)) {
              effective.put(layer.name(), at(x, each));
            }
          });
    }
    return effective;
  }

  private static NDArray at(NDArray x, List<Segment> segments) {
    NDArray chosen = segments.get(0).w().stopGradient(); // an alias: closing it leaves the values
    for (Segment segment : segments.subList(1, segments.size())) {
      try (NDArray before = chosen;
          NDArray isReached = x.gte(segment.begin())) {
        chosen = NDArrays.where(isReached, segment.w(), before);
      }
    }
    return chosen;
  }

  @Override
  public Set<Layer> layers() {
    return segments.keySet();
  }
}
