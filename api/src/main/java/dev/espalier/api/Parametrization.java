// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.State;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.apiguardian.api.API;

/**
 * A map from the trained variables to the effective parameters of the forward pass, with its
 * pullback for gradients. Autograd differentiates with respect to the effective parameters. A mask
 * multiplies, a channel gate scales, a slot machine selects.
 *
 * <p>Implement it as a public record whose components define it completely: stored steps are keyed
 * by them, so other modules read them.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Parametrization {

  /**
   * Returns the variables at the start of training.
   *
   * @param network the network
   * @param start its parameters
   * @return named tensors; the names need not be the network's
   */
  State variables(Network network, State start);

  /**
   * Creates the additional arrays of the parametrization on a device.
   *
   * @param network the network
   * @param state the start parameters when training begins, and the last effective parameters when
   *     it resumes. Values that must not change belong in the record
   * @param manager the owner of all new arrays; the caller closes it
   * @return the parametrization on that device
   */
  OnDevice on(Network network, State state, NDManager manager);

  /**
   * Returns the living weights: all others are exactly 0 in the forward pass and after every step.
   * It is used only to compute the cost of a training that skips zeros.
   *
   * @param network the network
   * @return a mask of its layers; dense by default
   */
  default Mask alive(Network network) {
    return Mask.dense(network.layers());
  }

  /**
   * Returns the mask of a projection that is a product with a mask and nothing else. The engine
   * then multiplies many variables at once, and does not call {@link OnDevice#project}.
   *
   * @return a mask of variables that have the name and the shape of a layer; empty by default
   */
  default Optional<Mask> projectionMask() {
    return Optional.empty();
  }

  /**
   * Returns whether the optimizer's weight decay applies to a variable.
   *
   * @param variable the name of a variable
   * @return true by default
   */
  default boolean isDecayed(String variable) {
    return true;
  }

  /**
   * Returns the rule by which the mask moves during a training.
   *
   * @return the rule; empty for all parametrizations but {@link #moving(Mask, MovingMask)}
   */
  default Optional<MovingMask> moving() {
    return Optional.empty();
  }

  /**
   * A parametrization on a device. The engine frees arrays that its methods create during a step,
   * for any manager. The engine also owns the arguments.
   */
  interface OnDevice {

    /**
     * Sets the iteration, for a parametrization that changes during a training, such as one with a
     * temperature. It is called before the calls for a step, a measurement or a copy, and when a
     * training begins or resumes.
     *
     * @param iteration the number of completed iterations
     * @param total the length T of the timetable
     */
    default void at(long iteration, long total) {}

    /**
     * Computes the effective parameters from the variables.
     *
     * @param variables the trained arrays by name
     * @return arrays by parameter name and of the parameter's shape, the same names each time; any
     *     other parameter has the value of the state. An array may be a variable itself
     */
    Map<String, NDArray> forward(Map<String, NDArray> variables);

    /**
     * Computes the effective parameters for a step of training; a random parametrization draws in
     * each step.
     *
     * @param variables the trained arrays by name
     * @param random this step's randomness
     * @return arrays as {@link #forward} returns them
     */
    default Map<String, NDArray> sample(Map<String, NDArray> variables, RandomStream random) {
      return forward(variables);
    }

    /**
     * Computes the gradient with respect to the variables from the gradient with respect to the
     * effective parameters, in closed form. A penalty on the variables adds its gradient here.
     *
     * <p>Each gradient is passed separately, and the update of its variable follows at once or,
     * with other small variables, at the end of the step at the latest. So a parametrization with
     * many variables per parameter need not hold all their gradients. A gradient that depends on
     * another variable must be computed before the update of that variable.
     *
     * @param variables the trained arrays by name
     * @param gradients gradients by parameter name; may be changed in place
     * @param update accepts a variable's name and its gradient, every variable once; may change the
     *     gradient in place. The gradient may be an array of {@code gradients}. It must stay as it
     *     is, and open, until the end of the step
     */
    void pullback(
        Map<String, NDArray> variables,
        Map<String, NDArray> gradients,
        BiConsumer<String, NDArray> update);

    /**
     * Projects the variables onto the permitted values, in place, when training begins and after
     * every step of the optimizer. Examples are a reset to 0 and a clamp.
     *
     * @param variables the trained arrays by name
     */
    default void project(Map<String, NDArray> variables) {}
  }

  /**
   * Returns the default parametrization: every trainable parameter is a variable, without change.
   *
   * @return the identity
   */
  static Parametrization dense() {
    return new Dense();
  }

  /**
   * Returns the parametrization of a mask: w_eff = m * w, gradient g * m, and pruned weights are
   * exactly 0 after every step. For a dense mask it is {@link #dense}, so that both share stored
   * steps.
   *
   * @param mask the living weights
   * @return the parametrization
   */
  static Parametrization masked(Mask mask) {
    return mask.isDense() ? dense() : new Masked(mask);
  }

  /**
   * Returns the parametrization of a mask that moves: w_eff = m_t * w. The last mask is {@link
   * Trained#mask} of the result. A training that continues from such a result continues with its
   * last mask. No {@link EpochMonitor} observes a training whose mask moves.
   *
   * @param mask the living weights at the start
   * @param rule moves the mask
   * @return the parametrization
   */
  static Parametrization moving(Mask mask, MovingMask rule) {
    return new Moving(mask, rule);
  }
}
