// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import java.util.HashMap;
import java.util.Map;

/** Forward passes of a trained network on batches of examples, without gradients. */
final class ForwardPass implements AutoCloseable {

  private final Network network;
  private final NDManager manager;
  private final ParameterStore parameters;
  private final NDArray batch;

  /** Creates a pass with initial weights and a batch of random pictures on a device. */
  ForwardPass(Network network, int examples, Device device) {
    this.network = network;
    manager = NDManager.newBaseManager(device);
    State state = Bench.initial(network);
    Map<String, NDArray> arrays = new HashMap<>();
    network
        .parameters()
        .forEach((name, parameter) -> arrays.put(parameter.getId(), state.get(name).on(manager)));
    parameters =
        new ParameterStore(manager, false) {
          @Override
          public NDArray getValue(Parameter parameter, Device where, boolean training) {
            return parameter == null ? null : arrays.get(parameter.getId());
          }
        };
    batch = manager.randomUniform(0, 1, network.batch(examples), DataType.FLOAT32);
  }

  /** Runs a number of batches after one that is not clocked; returns nanoseconds. */
  long passes(int count, Clock clock) {
    pass();
    long begin = clock.now();
    for (int i = 0; i < count; i++) {
      pass();
    }
    return clock.now() - begin;
  }

  private void pass() {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      network.block().forward(parameters, new NDList(batch), false);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
