// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.State;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apiguardian.api.API;

/**
 * Which values the forward pass sees in place of the stored parameters: a map from variables, which
 * are trained, to effective parameters, which autograd differentiates, and the way back for
 * gradients. A mask multiplies, a channel gate scales, a slot machine selects.
 *
 * <p>A value: implement it as a public record, whose components say all about it: remembered steps
 * are known by them, so they are read from outside its module.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Parametrization {

  /**
   * The variables at the start of training.
   *
   * @param network the network
   * @param start its parameters
   * @return named tensors; the names need not be the network's
   */
  State variables(Network network, State start);

  /**
   * Puts what is needed beside the variables on a device.
   *
   * @param network the network
   * @param state the parameters that the network saw last: where training begins those it started
   *     from, where it goes on the effective ones. What must stay as it was belongs into the record
   * @param manager the owner of all arrays made here; the caller closes it
   * @return the parametrization on that device
   */
  OnDevice on(Network network, State state, NDManager manager);

  /**
   * The weights that take part: all others are exactly 0 throughout, in the forward pass and after
   * every step. It says what a training costs where zeros are left out, and changes nothing.
   *
   * @param network the network
   * @return a mask of its layers; of all weights where none is 0 for certain
   */
  default Mask alive(Network network) {
    return Mask.dense(network.layers());
  }

  /**
   * A parametrization on a device. Arrays made in its methods during a step are freed by the engine
   * after the step, whoever's manager they come from; those it is handed stay the engine's.
   */
  interface OnDevice {

    /**
     * From variables to effective parameters.
     *
     * @param variables the trained arrays by name
     * @return arrays by parameter name and of the parameter's shape, the same names each time; a
     *     parameter not among them keeps the state's value. An array may be a variable itself
     */
    Map<String, NDArray> forward(Map<String, NDArray> variables);

    /**
     * As {@link #forward}, for a step of training: where it draws, this is drawn anew in each step.
     *
     * @param variables the trained arrays by name
     * @param random this step's randomness
     * @return arrays as {@link #forward} returns them
     */
    default Map<String, NDArray> sample(Map<String, NDArray> variables, RandomStream random) {
      return forward(variables);
    }

    /**
     * From the gradient with respect to the effective parameters to the gradient with respect to
     * the variables, in closed form. A penalty on the variables adds its gradient here.
     *
     * <p>Gradients are handed over one by one, and each variable is updated at once. So a method of
     * many variables a parameter need not hold all their gradients at a time; and a gradient that
     * depends on another variable must be found before that one is handed over.
     *
     * @param variables the trained arrays by name
     * @param gradients gradients by parameter name; may be changed in place
     * @param update takes a variable's name and its gradient, every variable once; may change the
     *     gradient in place. It may be an array that was handed in
     */
    void pullback(
        Map<String, NDArray> variables,
        Map<String, NDArray> gradients,
        BiConsumer<String, NDArray> update);

    /**
     * Puts the variables back where they may be, in place, when training begins and after every
     * step of the optimizer: re-zero, clamp.
     *
     * @param variables the trained arrays by name
     */
    default void project(Map<String, NDArray> variables) {}
  }

  /**
   * The ordinary one: every trainable parameter is a variable, seen as it is.
   *
   * @return the identity
   */
  static Parametrization dense() {
    return new Dense();
  }

  /**
   * Training under a mask: w_eff = m * w, gradient g * m, and pruned weights are exactly 0 after
   * every step. A dense mask is {@link #dense}, so that they share remembered steps.
   *
   * @param mask the weights alive
   * @return the parametrization
   */
  static Parametrization masked(Mask mask) {
    return mask.isDense() ? dense() : new Masked(mask);
  }
}
