// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.Optimizer;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** Drives an optimizer by hand, with gradients and learning rates of one's choice. */
final class Rig implements AutoCloseable {

  private final NDManager manager = NDManager.newBaseManager();
  private final Network network = TinyProblem.convolutional();
  private final Map<String, NDArray> variables = new LinkedHashMap<>();
  private final Optimizer.Updater updater;

  /** One variable of the given values; its name may be a parameter of the tiny network. */
  Rig(Optimizer optimizer, String name, float... start) {
    this(optimizer, State.EMPTY, name, start);
  }

  Rig(Optimizer optimizer, State saved, String name, float... start) {
    variables.put(name, manager.create(start));
    updater = optimizer.on(network, variables, saved);
  }

  /** One step; returns the first value of the variable after it. */
  double step(double learningRate, float... gradient) {
    BiConsumer<String, NDArray> update = updater.step(learningRate);
    variables.keySet().forEach(name -> update.accept(name, manager.create(gradient)));
    return values()[0];
  }

  float[] values() {
    return variables.values().iterator().next().toFloatArray();
  }

  State remembered() {
    return updater.remembered();
  }

  Tensor remembered(String name) {
    return remembered().get(name);
  }

  @Override
  public void close() {
    manager.close();
    network.close();
  }
}
