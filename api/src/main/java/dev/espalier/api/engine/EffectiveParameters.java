// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import dev.espalier.api.network.Network;
import java.util.HashMap;
import java.util.Map;

/**
 * A parameter store that returns the effective parameters for those of a block. DJL blocks read
 * every parameter of a forward pass from the store, so any block works unchanged.
 */
final class EffectiveParameters extends ParameterStore {

  private final Network network;
  private final Map<String, NDArray> byId = new HashMap<>();

  EffectiveParameters(Network network, NDManager manager) {
    super(manager, false);
    this.network = network;
  }

  void put(String parameter, NDArray array) {
    byId.put(network.parameters().get(parameter).getId(), array);
  }

  NDArray get(String parameter) {
    return byId.get(network.parameters().get(parameter).getId());
  }

  @Override
  public NDArray getValue(Parameter parameter, Device device, boolean training) {
    if (parameter == null) {
      return null; // how DJL asks for a bias that a layer does not have
    }
    NDArray array = byId.get(parameter.getId());
    if (array == null) {
      throw new IllegalStateException(
          "no effective value of parameter \"" + parameter.getName() + "\" of " + network.name());
    }
    return array;
  }
}
