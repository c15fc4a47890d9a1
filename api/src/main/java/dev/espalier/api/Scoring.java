// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import org.apiguardian.api.API;

/**
 * The inputs of a criterion.
 *
 * @param network the network
 * @param data the data set, of which criteria use training examples only
 * @param start the weights at the start of training, to which survivors are reset
 * @param state the weights now
 * @param mask the living weights; its layers are scored
 * @param random the stream {@code scores} of this mask, for random criteria
 * @param source computes gradients
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Scoring(
    Network network,
    Data data,
    State start,
    State state,
    Mask mask,
    RandomStream random,
    Gradients.Source source) {

  /**
   * Collects the inputs of a criterion.
   *
   * @param context the network and the seed
   * @param data the data set
   * @param weights the weights to score
   * @param source computes gradients
   * @return the inputs, with the random stream of this seed and mask
   */
  public static Scoring of(
      Trial.Context context, Data data, Weights weights, Gradients.Source source) {
    Mask mask = weights.alive();
    long index = Long.parseUnsignedLong(mask.digest().prefix(16), 16);
    RandomStream random = context.seed().stream("scores", index);
    return new Scoring(
        context.network(), data, weights.start(), weights.state(), mask, random, source);
  }

  /**
   * Scores each weight by its values at the start and now.
   *
   * @param score maps the weight at the start and now to the score
   * @return the scores
   */
  public Scores ofWeights(DoubleBinaryOperator score) {
    return Scores.of(
        mask.layers(),
        layer -> {
          Tensor before = start.get(layer.name());
          Tensor now = state.get(layer.name());
          double[] scores = new double[layer.size()];
          for (int i = 0; i < scores.length; i++) {
            scores[i] = score.applyAsDouble(before.get(i), now.get(i));
          }
          return scores;
        });
  }

  /**
   * Scores each living weight by its value and a derivative; dead weights score 0.
   *
   * @param weights the values, such as {@link #state}
   * @param derivatives a number for each weight by tensor name, such as {@link Gradients#of}
   *     returns; closed
   * @param score maps the weight and its derivative to the score
   * @return the scores
   */
  public Scores ofGradients(
      State weights, Map<String, NDArray> derivatives, DoubleBinaryOperator score) {
    return Scores.of(
        mask.layers(),
        layer -> {
          Tensor w = weights.get(layer.name());
          double[] scores;
          try (NDArray derivative = derivatives.get(layer.name())) {
            scores = Gradients.doubles(derivative);
          }
          for (int i = 0; i < scores.length; i++) {
            // Dead weights score 0, not the score of w = 0: the derivative of a dead weight can be
            // infinite.
            scores[i] = mask.keeps(layer, i) ? score.applyAsDouble(w.get(i), scores[i]) : 0;
          }
          return scores;
        });
  }

  /**
   * Creates a copy of the network with given weights, under the mask, for differentiation.
   *
   * @param weights all parameters of the network; {@link #state} or others
   * @param precision FLOAT32 or FLOAT64
   * @param batchNorm the statistics that batch norm uses
   * @return the network at these weights, to be closed by the caller
   */
  public Gradients at(State weights, DataType precision, Gradients.BatchNorm batchNorm) {
    return source.at(this, weights, precision, batchNorm);
  }
}
