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
 * An update rule. Implement it as a record with {@link Setting}s. An {@link Updater} holds the
 * state between steps.
 */
@API(status = API.Status.STABLE, since = "0.1")
public interface Optimizer {

  /**
   * Returns the learning rate before any schedule.
   *
   * @return the rate, above 0
   */
  double learningRate();

  /**
   * Returns whether a step is linear: variables v and c * v + u with gradients g and c * g + h end
   * at v' and c * v' + u', where u' is what u becomes with gradients h. Some parametrizations train
   * one variable in place of many and are exact only then.
   *
   * @return false by default; true for SGD with momentum and weight decay
   */
  default boolean isLinear() {
    return false;
  }

  /**
   * Returns the same rule without weight decay, for variables that are not decayed: see {@link
   * Parametrization#isDecayed}.
   *
   * @return this rule by default; a rule with weight decay overrides it
   */
  default Optimizer withoutWeightDecay() {
    return this;
  }

  /**
   * Starts or resumes the updates of some variables.
   *
   * @param network the network of the variables; it identifies biases and batch norm
   * @param variables the arrays to update in place, by name
   * @param saved the saved state of an updater of the same variables, or {@link State#EMPTY}
   * @return an updater whose arrays are owned by the variables' managers
   */
  Updater on(Network network, Map<String, NDArray> variables, State saved);

  /** An update rule on a device. It must treat each element of a variable separately. */
  interface Updater {

    /**
     * Begins a step.
     *
     * @param learningRate the rate of this step
     * @return a consumer of the name and the gradient of a variable, every variable once in any
     *     order. It updates the variable in place at once, and may change the gradient in place.
     *     The engine frees its arrays when it returns
     */
    BiConsumer<String, NDArray> step(double learningRate);

    /**
     * Copies the state of the optimizer.
     *
     * @return named tensors, from which {@link Optimizer#on} resumes bit for bit
     */
    State remembered();
  }
}
