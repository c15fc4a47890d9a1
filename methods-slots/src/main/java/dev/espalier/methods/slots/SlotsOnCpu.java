// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.state.HostCopy;
import dev.espalier.api.state.Layer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Greedy slots on a CPU. Between two steps few selections change. So each connection keeps the
 * segment [lower, upper) of x = Z / a on which its selection is valid. A step compares x with it,
 * and searches the {@link Envelope} of the few connections that left their segment. Neither time
 * nor memory of the comparison depends on K.
 *
 * <p>The comparison reads and writes the arrays' memory in place: DJL's comparisons and index
 * operations on a CPU take several times as long.
 */
final class SlotsOnCpu implements ZOnDevice {

  private final Map<Layer, Selected> selected = new LinkedHashMap<>();

  /** The selection of a layer: w_eff, and the segment of each connection. */
  private static final class Selected {

    private final Envelope envelope;
    private final NDArray w;
    private final float[] lower;
    private final float[] upper;

    Selected(Envelope envelope, NDArray w) {
      this.envelope = envelope;
      this.w = w;
      int size = Math.toIntExact(w.size());
      lower = new float[size];
      upper = new float[size];
      Arrays.fill(lower, Float.POSITIVE_INFINITY); // no x is inside: the first step searches all
    }

    NDArray at(NDArray z, float scale) {
      FloatBuffer numbers = memory(float32(z));
      FloatBuffer weights = memory(w);
      for (int i = 0; i < lower.length; i++) {
        float x = numbers.get(i) * scale;
        if (x < lower[i] || x >= upper[i]) {
          envelope.find(i, x);
          weights.put(i, envelope.value());
          lower[i] = envelope.lower();
          upper[i] = envelope.upper();
        }
      }
      return w;
    }

    private static FloatBuffer memory(NDArray array) {
      return array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }
  }

  /**
   * Creates the slots of a network.
   *
   * @param envelopes the envelopes of each layer
   * @param manager the owner of all arrays that are created here
   */
  SlotsOnCpu(Map<Layer, Envelope> envelopes, NDManager manager) {
    envelopes.forEach(
        (layer, envelope) ->
            selected.put(layer, new Selected(envelope, manager.zeros(layer.shape()))));
  }

  @Override
  public Map<String, NDArray> forward(Map<String, NDArray> variables) {
    float scale = Slots.scale(HostCopy.floats(float32(variables.get(Slots.A)))[0]);
    Map<String, NDArray> effective = new LinkedHashMap<>();
    selected.forEach(
        (layer, selection) ->
            effective.put(layer.name(), selection.at(variables.get(Slots.z(layer)), scale)));
    return effective;
  }

  private static NDArray float32(NDArray array) {
    return array.toType(DataType.FLOAT32, false); // the array itself in a training
  }

  @Override
  public Set<Layer> layers() {
    return selected.keySet();
  }
}
