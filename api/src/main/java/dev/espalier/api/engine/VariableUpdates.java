// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import dev.espalier.api.Optimizer;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * The updates of decayed and of undecayed variables. What both updaters save under one name, such
 * as a number of steps, is equal.
 */
record VariableUpdates(
    Optimizer.Updater decayed, Optimizer.Updater undecayed, Predicate<String> isDecayed)
    implements Optimizer.Updater {

  static Optimizer.Updater of(
      Optimizer optimizer,
      Predicate<String> isDecayed,
      Network network,
      Map<String, NDArray> variables,
      State saved) {
    Map<String, NDArray> with = new LinkedHashMap<>(variables);
    with.keySet().removeIf(isDecayed.negate());
    if (with.size() == variables.size()) {
      return optimizer.on(network, variables, saved);
    }
    Map<String, NDArray> without = new LinkedHashMap<>(variables);
    without.keySet().removeIf(isDecayed);
    Optimizer.Updater undecayed = optimizer.withoutWeightDecay().on(network, without, saved);
    return with.isEmpty()
        ? undecayed
        : new VariableUpdates(optimizer.on(network, with, saved), undecayed, isDecayed);
  }

  @Override
  public BiConsumer<String, NDArray> step(double learningRate) {
    BiConsumer<String, NDArray> with = decayed.step(learningRate);
    BiConsumer<String, NDArray> without = undecayed.step(learningRate);
    return (name, gradient) -> (isDecayed.test(name) ? with : without).accept(name, gradient);
  }

  @Override
  public State remembered() {
    return decayed.remembered().with(undecayed.remembered());
  }
}
