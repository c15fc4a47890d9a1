// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * An update rule. Implement it as a record with {@link Setting}s. It treats each element of a
 * variable separately, so the engine updates many variables as one array.
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
   * Returns whether weight decay applies to a variable.
   *
   * @param network the network of the variable; it identifies biases and batch norm
   * @param variable the name of the variable
   * @return true by default; false for variables that the settings exempt
   */
  default boolean isDecayed(Network network, String variable) {
    return true;
  }

  /**
   * Returns the same rule without weight decay, for variables that are not decayed: see {@link
   * #isDecayed} and {@link Parametrization#isDecayed}.
   *
   * @return this rule by default; a rule with weight decay overrides it
   */
  default Optimizer withoutWeightDecay() {
    return this;
  }

  /**
   * Starts or resumes the updates of an array.
   *
   * @param w the variables, float32 (n): elements of one or of several variables, in which elements
   *     without a meaning have gradient 0
   * @param moments the arrays that the rule keeps between steps
   * @return the updates of w, in place
   */
  Updater on(NDArray w, Moments moments);

  /** The updates of one array. */
  @FunctionalInterface
  interface Updater {

    /**
     * Updates the array in place. The caller frees the arrays that this method creates.
     *
     * @param g the gradient, float32 (n); may be changed in place
     * @param learningRate the rate of this step
     */
    void step(NDArray g, double learningRate);
  }
}
