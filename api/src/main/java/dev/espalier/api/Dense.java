// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** The default parametrization: every trainable parameter is a variable, without change. */
record Dense() implements Parametrization {

  @Override
  public State variables(Network network, State start) {
    Map<String, Tensor> variables = new LinkedHashMap<>();
    for (String parameter : network.parameters().keySet()) {
      if (network.trains(parameter)) {
        variables.put(parameter, start.get(parameter));
      }
    }
    return State.of(variables);
  }

  @Override
  public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
    return new Parametrization.OnDevice() {
      @Override
      public Map<String, NDArray> forward(Map<String, NDArray> variables) {
        return variables;
      }

      @Override
      public void pullback(
          Map<String, NDArray> variables,
          Map<String, NDArray> gradients,
          BiConsumer<String, NDArray> update) {
        variables.keySet().forEach(name -> update.accept(name, gradients.get(name)));
      }
    };
  }
}
