// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.runner.store.Safetensors.Array;
import java.util.LinkedHashMap;
import java.util.Map;

/** The names of the arrays of a ticket, in a run and in an export. */
public final class TicketArrays {

  /** U8, 1 where a weight is alive, by layer. */
  public static final String MASK = "mask/";

  /** F32, the weights before training, by parameter. */
  public static final String START = "start/";

  /** F32, the weights after it, by parameter. */
  public static final String TRAINED = "trained/";

  private TicketArrays() {}

  /** All arrays of a ticket, with its name. */
  public static Safetensors of(String ticket, Mask mask, State start, State trained) {
    Map<String, Array> arrays = new LinkedHashMap<>();
    start.tensors().forEach((name, tensor) -> arrays.put(START + name, Array.of(tensor)));
    trained.tensors().forEach((name, tensor) -> arrays.put(TRAINED + name, Array.of(tensor)));
    for (Layer layer : mask.layers()) {
      arrays.put(MASK + layer.name(), Array.of(mask, layer));
    }
    return of(ticket, arrays);
  }

  /** Some arrays of a ticket, with its name. */
  public static Safetensors of(String ticket, Map<String, Array> arrays) {
    return new Safetensors(arrays, Map.of("ticket", ticket));
  }
}
