// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apiguardian.api.API;

/**
 * A network held at given weights on the trial's device, to be differentiated by criteria.
 *
 * <p>The network sees m * w: dead weights are 0. What is differentiated with respect to are the
 * effective values of the tensors that the mask covers, so g_j * w_j is also the derivative with
 * respect to a gate c_j on weight j at c_j = 1. Everything else is constant. It works on copies: no
 * state, running statistic or random stream changes.
 *
 * <p>{@link #features}, {@link #logits} and {@link #crossEntropy} are for use in a term: all that
 * is made while one is computed is freed once it has been differentiated. What is returned by
 * {@link #of} and {@link #hessianTimes} belongs to this object and is freed with it, or earlier by
 * who asked for it.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Gradients extends AutoCloseable {

  /** What batch norm divides by while a criterion looks at the network. */
  enum BatchNorm {
    /** The running statistics of the state, as in evaluation; at initialisation 0 and 1. */
    RUNNING,
    /**
     * The statistics of the batch, as in training. Dropout is then on too: PyTorch's own generator
     * is seeded from the scoring's stream, as it is anew in every step of a training.
     */
    BATCH
  }

  /** Where criteria get gradients from: the engine of the trial. */
  interface Source {

    /**
     * Puts a network on the device.
     *
     * @param scoring what is being scored; its mask says which tensors are differentiated
     * @param weights the parameters to hold it at, all of the network's
     * @param precision FLOAT32 or FLOAT64, of all arrays
     * @param batchNorm what batch norm divides by
     * @return the network at these weights, to be closed by the caller
     */
    Gradients at(Scoring scoring, State weights, DataType precision, BatchNorm batchNorm);
  }

  /**
   * The owner of arrays made here.
   *
   * @return a manager on the trial's device, not to be closed
   */
  NDManager manager();

  /**
   * A number for use in terms. DJL's operations with a Java number, such as {@code x.mul(2)}, must
   * not stand in one: the number's memory may be gone before the backward pass reads it.
   *
   * @param number the number
   * @return an array without axes, of the precision
   */
  NDArray number(double number);

  /**
   * Some training examples as the network is shown them, without augmentation.
   *
   * @param rows which
   * @return features (rows, ...), normalised
   */
  NDArray features(int... rows);

  /**
   * What the network says.
   *
   * @param features a batch
   * @return logits (batch, classes)
   */
  NDArray logits(NDArray features);

  /**
   * Cross-entropy of logits against the labels of training examples, mean over the batch, in nats.
   *
   * @param logits (rows, classes)
   * @param rows the training examples they belong to
   * @return a number
   */
  NDArray crossEntropy(NDArray logits, int... rows);

  /**
   * dR/dw for every tensor under the mask.
   *
   * @param objective computes R, one number, from what this object gives
   * @return gradients by tensor name, in the mask's order and of the tensors' shapes
   * @throws TrialFailed as {@link #of(List)}
   */
  default Map<String, NDArray> of(Supplier<NDArray> objective) {
    return of(List.of(objective));
  }

  /**
   * dR/dw for every tensor under the mask, R a sum whose terms are looked at one after the other.
   *
   * @param terms each computes a term of R, one number, from what this object gives
   * @return gradients by tensor name, in the mask's order and of the tensors' shapes
   * @throws TrialFailed if nothing is pruned and the gradient of a whole tensor is 0: there is no
   *     path from it to R, or all units are dead; naming every such tensor and its size
   */
  Map<String, NDArray> of(List<Supplier<NDArray>> terms);

  /**
   * H v, the second derivative of R with respect to the tensors under the mask, times a vector: the
   * gradient of v * dR/dw. Exact, by differentiating twice.
   *
   * @param v by tensor name, of the tensors' shapes; constant
   * @param terms each computes a term of R, one number, from what this object gives
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
    if (array.getDataType() == DataType.FLOAT64) {
      return array.toDoubleArray();
    }
    // Widened here: an array of float64 on the device would take as much again there.
    float[] floats = array.toFloatArray();
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }
}
