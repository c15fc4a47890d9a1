// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * w_eff = m * w. The variables are kept masked: they start as m * w and are multiplied by m again
 * after every step, so they are the effective parameters and the forward pass costs nothing more.
 * Variables of a training that went on without this mask are multiplied once, at the beginning. One
 * multiplication a layer and step is the whole price. It also makes masking the gradient needless:
 * the optimizers work element by element, so what a dead weight's gradient does to its moments
 * never reaches a living weight, and the dead weight itself is zeroed.
 *
 * @param mask the weights alive
 */
record Masked(Mask mask) implements Parametrization {

  @Override
  public State variables(Network network, State start) {
    return new Dense().variables(network, mask.apply(start));
  }

  @Override
  public Live on(Network network, State state, NDManager manager) {
    Map<String, NDArray> masks = new LinkedHashMap<>();
    Map<String, NDArray> frozen = new LinkedHashMap<>();
    for (Layer layer : mask.layers()) {
      if (mask.kept(layer) == layer.size()) {
        continue;
      }
      if (network.trains(layer.name())) {
        masks.put(layer.name(), mask.on(layer, manager));
      } else {
        frozen.put(layer.name(), mask.apply(state).get(layer.name()).on(manager));
      }
    }
    return new Live() {

      private boolean masked;

      @Override
      public Map<String, NDArray> forward(Map<String, NDArray> variables) {
        if (!masked) {
          project(variables);
        }
        if (frozen.isEmpty()) {
          return variables;
        }
        Map<String, NDArray> effective = new LinkedHashMap<>(variables);
        effective.putAll(frozen);
        return effective;
      }

      @Override
      public Map<String, NDArray> pullback(
          Map<String, NDArray> variables, Map<String, NDArray> gradients) {
        masks.forEach((layer, m) -> gradients.get(layer).muli(m));
        return gradients;
      }

      @Override
      public void project(Map<String, NDArray> variables) {
        masks.forEach((layer, m) -> variables.get(layer).muli(m));
        masked = true;
      }
    };
  }
}
