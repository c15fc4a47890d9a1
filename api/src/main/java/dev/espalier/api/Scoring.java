// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inputs of a criterion.
 *
 * @param network the network
 * @param data the data set, of which criteria use training examples only
 * @param weights the weights to score; the layers of their mask are scored
 * @param random the stream {@code scores} of this mask, for random criteria
 * @param source computes gradients
 * @param density the planned fraction of all weights after the pruning that the criterion scores
 *     for; empty outside a pruning
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Scoring(
    Network network,
    Data data,
    Weights weights,
    RandomStream random,
    Gradients.Source source,
    OptionalDouble density) {

  private static final Logger LOG = LoggerFactory.getLogger(Scoring.class);

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
    long index = Long.parseUnsignedLong(weights.alive().digest().prefix(16), 16);
    RandomStream random = context.seed().stream("scores", index);
    return new Scoring(context.network(), data, weights, random, source, OptionalDouble.empty());
  }

  /**
   * Returns these inputs with a planned density.
   *
   * @param planned the fraction of all weights to keep; empty outside a pruning
   * @return inputs that are equal otherwise
   */
  public Scoring withDensity(OptionalDouble planned) {
    return new Scoring(network, data, weights, random, source, planned);
  }

  /**
   * Returns the weights at the start of training, to which survivors are reset.
   *
   * @return the state
   */
  public State start() {
    return weights.start();
  }

  /**
   * Returns the weights now.
   *
   * @return the state
   */
  public State state() {
    return weights.state();
  }

  /**
   * Returns the living weights.
   *
   * @return the mask; its layers are scored
   */
  public Mask mask() {
    return weights.alive();
  }

  /**
   * Computes the scores of a criterion and checks that they are of the mask's layers. It warns of a
   * criterion that gives all living weights the same score.
   *
   * @param criterion the criterion
   * @return its scores
   * @throws PluginFailed if it returns null, or scores of other layers
   * @throws TrialFailed if it cannot score these weights; the message has its name
   */
  public Scores by(Criterion criterion) {
    Scores scores;
    try {
      scores = criterion.score(this);
    } catch (TrialFailed e) {
      throw new TrialFailed(
          PluginFailed.name("criterion", criterion.getClass()) + ": " + e.getMessage());
    }
    PluginFailed.nonNull("criterion", criterion, "scores", scores);
    if (!scores.layers().equals(mask().layers())) {
      throw new PluginFailed(
          "criterion",
          criterion,
          new Refusal(
              "scores",
              "scores of " + names(scores.layers()),
              "one for each weight of " + names(mask().layers())));
    }
    warnOfTies(criterion, scores);
    return scores;
  }

  private static String names(List<Layer> layers) {
    return layers.stream().map(Layer::name).collect(Collectors.joining(", "));
  }

  private void warnOfTies(Criterion criterion, Scores scores) {
    double first = Double.NaN;
    for (Layer layer : mask().layers()) {
      double[] values = scores.of(layer);
      BitSet alive = mask().alive(layer);
      for (int i = alive.nextSetBit(0); i >= 0; i = alive.nextSetBit(i + 1)) {
        if (Double.isNaN(first)) {
          first = values[i];
        } else if (values[i] != first) {
          return;
        }
      }
    }
    if (mask().kept() > 1) {
      LOG.warn(
          "{} gives all {} living weights the score {}; the order of the weights alone decides"
              + " which are kept. Check the criterion and its settings",
          PluginFailed.name("criterion", criterion.getClass()),
          mask().kept(),
          first);
    }
  }

  /**
   * Scores each weight by its values at the start and now.
   *
   * @param score maps the weight at the start and now to the score
   * @return the scores
   */
  public Scores ofWeights(DoubleBinaryOperator score) {
    return Scores.of(
        mask().layers(),
        layer -> {
          Tensor before = start().get(layer.name());
          Tensor now = state().get(layer.name());
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
        mask().layers(),
        layer -> {
          Tensor w = weights.get(layer.name());
          double[] scores;
          try (NDArray derivative = derivatives.get(layer.name())) {
            scores = Gradients.doubles(derivative);
          }
          for (int i = 0; i < scores.length; i++) {
            // Dead weights score 0, not the score of w = 0: the derivative of a dead weight can be
            // infinite.
            scores[i] = mask().keeps(layer, i) ? score.applyAsDouble(w.get(i), scores[i]) : 0;
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
