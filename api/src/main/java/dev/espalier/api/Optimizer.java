// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/**
 * An update rule. A value: implement it as a record with {@link Setting}s. What it remembers from
 * step to step lives in an {@link Updater}.
 */
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
     * One step: changes the variables in place. Arrays made here are freed by the engine after the
     * step.
     *
     * @param learningRate the rate of this step
     * @param gradients the gradients by variable name; may be changed in place
     */
    void step(double learningRate, Map<String, NDArray> gradients);

    /**
     * Copies what is remembered.
     *
     * @return named tensors, from which {@link Optimizer#on} goes on bit for bit
     */
    State remembered();
  }
}
