// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.data.Objective;
import dev.espalier.api.state.HostCopy;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apiguardian.api.API;

/**
 * A network with fixed weights on the trial's device, which criteria differentiate.
 *
 * <p>The forward pass uses m * w: dead weights are 0. Derivatives are taken with respect to the
 * effective values of the tensors under the mask. So g_j * w_j is also the derivative with respect
 * to a gate c_j on weight j at c_j = 1. Everything else is constant. All arrays are copies: no
 * state, running statistic or random stream changes.
 *
 * <p>{@link #features}, {@link #outputs} and {@link #loss} are for use in a term: the arrays of a
 * term are freed after its differentiation. This object owns the results of {@link #of} and {@link
 * #hessianTimes} and frees them when it is closed; the caller may free them earlier.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Gradients extends AutoCloseable {

  /** The statistics by which batch norm normalises while a criterion scores the network. */
  enum BatchNorm {
    /** The running statistics of the state, as in evaluation; at initialisation 0 and 1. */
    RUNNING,
    /**
     * The statistics of the batch, as in training. Dropout is then on too: PyTorch's generator is
     * seeded from the scoring's stream, as in every step of a training.
     */
    BATCH
  }

  /** The source of gradients for criteria: the engine of the trial. */
  interface Source {

    /**
     * Puts a network on the device.
     *
     * @param scoring the inputs of the criterion; its mask selects the tensors to differentiate
     * @param weights all parameters of the network
     * @param precision FLOAT32 or FLOAT64, of all arrays
     * @param batchNorm the statistics that batch norm uses
     * @return the network at these weights, to be closed by the caller
     */
    Gradients at(Scoring scoring, State weights, DataType precision, BatchNorm batchNorm);
  }

  /**
   * Returns the owner of new arrays.
   *
   * @return a manager on the trial's device, not to be closed
   */
  NDManager manager();

  /**
   * Creates a number for use in terms. DJL's operations with a Java number, such as {@code
   * x.mul(2)}, must not be part of a term: the number's memory may be freed before the backward
   * pass reads it.
   *
   * @param number the number
   * @return an array without axes, of the precision
   */
  NDArray number(double number);

  /**
   * Returns some training examples as inputs of the network, without augmentation.
   *
   * @param rows the indices of the examples
   * @return features (rows, ...), normalised; tokens are int64
   */
  NDArray features(int... rows);

  /**
   * Computes the outputs of the network.
   *
   * @param features a batch
   * @return (batch, then the output's shape), such as logits (batch, classes)
   */
  NDArray outputs(NDArray features);

  /**
   * Computes the loss of the data's objective on training examples, such as cross-entropy in nats:
   * the mean over the batch of {@link Objective#losses}, without regularisation.
   *
   * @param outputs (rows, ...)
   * @param rows the indices of the training examples
   * @return a number
   */
  NDArray loss(NDArray outputs, int... rows);

  /**
   * Computes dR/dw for every tensor under the mask.
   *
   * @param objective computes R, one number, from the arrays of this object
   * @return gradients by tensor name, in the mask's order and of the tensors' shapes
   * @throws TrialFailed as {@link #of(List)}
   */
  default Map<String, NDArray> of(Supplier<NDArray> objective) {
    return of(List.of(objective));
  }

  /**
   * Computes dR/dw for every tensor under the mask, where R is a sum whose terms are differentiated
   * one by one.
   *
   * @param terms each computes a term of R, one number, from the arrays of this object
   * @return gradients by tensor name, in the mask's order and of the tensors' shapes
   * @throws TrialFailed if nothing is pruned and the gradient of a whole tensor is 0: no path leads
   *     from it to R, or all units are dead. The message lists every such tensor and its size
   */
  Map<String, NDArray> of(List<Supplier<NDArray>> terms);

  /**
   * Computes H v, where H is the second derivative of R with respect to the tensors under the mask.
   * H v is the gradient of v * dR/dw; it is exact, by two differentiations. Dead weights are
   * constants: H has no columns for them.
   *
   * @param v by tensor name, of the tensors' shapes; constant. Its values for dead weights count as
   *     0
   * @param terms each computes a term of R, one number, from the arrays of this object
   * @return H v by tensor name
   */
  Map<String, NDArray> hessianTimes(Map<String, NDArray> v, List<Supplier<NDArray>> terms);

  @Override
  void close();

  /**
   * Reads an array back to the host as float64.
   *
   * @param array an array of any floating type
   * @return its elements, row-major
   */
  static double[] doubles(NDArray array) {
    return HostCopy.doubles(array);
  }
}
