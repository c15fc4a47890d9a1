// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import dev.espalier.api.Parametrization;
import dev.espalier.api.state.Layer;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** Slots on a device, whose trained variables are Z and a. */
interface ZOnDevice extends Parametrization.OnDevice {

  /** Returns the layers with slots. */
  Set<Layer> layers();

  /** Passes dL/dw_eff to Z, and 0 to a. */
  @Override
  default void pullback(
      Map<String, NDArray> variables,
      Map<String, NDArray> gradients,
      BiConsumer<String, NDArray> update) {
    update.accept(Slots.A, variables.get(Slots.A).zerosLike());
    layers().forEach(layer -> update.accept(Slots.z(layer), gradients.get(layer.name())));
  }
}
