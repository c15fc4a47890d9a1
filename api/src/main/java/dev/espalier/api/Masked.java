// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * The parametrization w_eff = m * w. The variables are multiplied by m when training begins and
 * after every step. So they are the effective parameters, and the forward pass has no extra cost.
 *
 * <p>This multiplication is sufficient. A dead weight is 0 after every step: momentum from before
 * the pruning moves it, and the projection resets it. A living weight gets the same bits as from
 * the masked gradient g * m, although g is not masked. There m is 1, and an optimizer treats each
 * element separately, so a dead weight's gradient affects only the moments of that weight. A mask
 * on the gradient alone is not sufficient: momentum from before the pruning would move dead
 * weights. A mask on both costs twice as much and has the same result.
 *
 * @param mask the living weights
 */
record Masked(Mask mask) implements Parametrization {

  @Override
  public State variables(Network network, State start) {
    return new Dense().variables(network, mask.apply(start));
  }

  @Override
  public Mask alive(Network network) {
    return mask;
  }

  @Override
  public Optional<Mask> projectionMask() {
    return Optional.of(mask);
  }

  @Override
  public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
    Map<String, NDArray> frozen = new LinkedHashMap<>();
    List<Layer> pruned = new ArrayList<>();
    for (Layer layer : mask.layers()) {
      if (!network.trains(layer.name())) {
        frozen.put(layer.name(), mask.apply(state).get(layer.name()).on(manager));
      } else if (mask.kept(layer) < layer.size()) {
        pruned.add(layer);
      }
    }
    return new Parametrization.OnDevice() {

      private final Map<Layer, NDArray> masks = new LinkedHashMap<>();

      @Override
      public Map<String, NDArray> forward(Map<String, NDArray> variables) {
        if (frozen.isEmpty()) {
          return variables;
        }
        Map<String, NDArray> effective = new LinkedHashMap<>(variables);
        effective.putAll(frozen);
        return effective;
      }

      @Override
      public void pullback(
          Map<String, NDArray> variables,
          Map<String, NDArray> gradients,
          BiConsumer<String, NDArray> update) {
        variables.keySet().forEach(name -> update.accept(name, gradients.get(name)));
      }

      /** For parametrizations that contain this one; the engine uses {@link #projectionMask}. */
      @Override
      public void project(Map<String, NDArray> variables) {
        for (Layer layer : pruned) {
          variables.get(layer.name()).muli(masks.computeIfAbsent(layer, this::mask));
        }
      }

      private NDArray mask(Layer layer) {
        NDArray m = mask.on(layer, manager);
        NDScope.unregister(m);
        return m;
      }
    };
  }
}
