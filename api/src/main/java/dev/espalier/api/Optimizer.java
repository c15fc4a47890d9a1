// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.State;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apiguardian.api.API;

/**
 * An update rule. A value: implement it as a record with {@link Setting}s. What it remembers from
 * step to step lives in an {@link Updater}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Optimizer {

  /**
   * The learning rate before any schedule.
   *
   * @return the rate, above 0
   */
  double learningRate();

  /**
   * Begins, or goes on with, the updates of some variables.
   *
   * @param network whose variables they are; it tells which are biases and batch norm
   * @param variables the arrays to update in place, by name
   * @param saved what an updater of the same variables remembered, or {@link State#EMPTY}
   * @return an updater whose arrays are owned by the variables' managers
   */
  Updater on(Network network, Map<String, NDArray> variables, State saved);

  /** An update rule at work on a device. Must treat each element of a variable by itself. */
  interface Updater {

    /**
     * Begins a step.
     *
     * @param learningRate the rate of this step
     * @return takes the name of a variable and its gradient, every variable once in any order, and
     *     changes the variable in place at once. It may change the gradient in place too. Arrays
     *     that it makes are freed by the engine when it returns
     */
    BiConsumer<String, NDArray> step(double learningRate);

    /**
     * Copies what is remembered.
     *
     * @return named tensors, from which {@link Optimizer#on} goes on bit for bit
     */
    State remembered();
  }
}
