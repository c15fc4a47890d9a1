// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** One array per variable, which an optimizer keeps between steps. */
final class Moments {

  private final String name;
  private final Map<String, NDArray> arrays = new LinkedHashMap<>();

  /** Returns zeros, or the tensors saved under {@code name/variable}. */
  Moments(String name, Map<String, NDArray> variables, State saved) {
    this.name = name;
    variables.forEach(
        (variable, array) -> {
          Tensor tensor = saved.tensors().get(name + "/" + variable);
          NDArray moment =
              tensor == null
                  ? array.getManager().zeros(array.getShape(), DataType.FLOAT32)
                  : tensor.on(array.getManager());
          arrays.put(variable, moment);
        });
  }

  NDArray of(String variable) {
    return arrays.get(variable);
  }

  void save(Map<String, Tensor> tensors) {
    arrays.forEach((variable, array) -> tensors.put(name + "/" + variable, Tensor.of(array)));
  }
}
