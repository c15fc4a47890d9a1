// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Parametrization;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A parametrization with a slot machine at every connection: K fixed random values W_1 ... W_K, of
 * which the network uses one. Scores S_1 ... S_K select it.
 *
 * <pre>
 * forward    k* = rho(S),  w_eff = W_k*
 * pullback   dL/dS_k = dL/dw_eff * W_k for every k, selected or not (straight-through)
 * </pre>
 *
 * <p>With layers of shape (out, in) or (out, in, kH, kW), W_k ~ U(-sigma, sigma) and S_k(0) ~ U(0,
 * lambda * sigma) are of that shape for each k. Where values are shared, W_k is a single number.
 *
 * <p>The K scores of a connection are not trained one by one. All of them receive the same
 * dL/dw_eff, each times its own constant W_k. So under an optimizer that is linear, as SGD with any
 * momentum, weight decay and schedule is, they remain
 *
 * <pre>
 * S_k(t) = a(t) * S_k(0) + W_k * Z(t)
 * Z   starts at 0, with the gradient dL/dw_eff: variable z/layer, of the layer's shape
 * a   starts at 1, with the gradient 0: variable a, of shape (1), one for the network
 * </pre>
 *
 * in exact arithmetic, and Z and a are the variables, float32. A step costs what it costs for one
 * dense network. Greedy selection takes the line of the upper envelope of S_k(0) + W_k * x at x = Z
 * / a: slots that are not on the {@link Envelope} can never be selected. It requires a above 0; see
 * {@link SlotMachines}. Every other parameter keeps its initial value: biases 0, gamma 1, beta 0,
 * equivalent to the paper's networks, which have none of them. Running statistics are updated as
 * usual.
 *
 * <p>Values and first scores are functions of the seed, the layer's name, the connection and k, so
 * they need not be part of any state. Those of a connection are the first K of any larger K.
 *
 * <p>Of shared values the sources at hand state only the number K. In Espalier, for K above 1,
 * their mean is subtracted from the drawn values, so that they lie within 2 sigma. Values of a
 * whole network are drawn with the mean of its layers' sigmas. Without the subtraction, K numbers
 * with a sum other than 0 shift all neurons of a ReLU layer in the same direction. Lenet-300-100 on
 * MNIST at K = 8 stayed at chance.
 *
 * <p>M. Aladago, L. Torresani, "Slot Machines: Discovering Winning Combinations of Random Weights
 * in Neural Networks", ICML 2021, arXiv:2101.06475.
 *
 * @param k K, the number of values of a connection
 * @param selection rho, the selection in a step of training; evaluation takes the highest score
 * @param values the sharing and the storage of the K values
 * @param sigma the bound of the values
 * @param lambdaConvolution lambda of convolutions
 * @param lambdaLinear lambda of linear layers
 * @param seed the seed of values and first scores: streams {@code values/layer}, or {@code values}
 *     of the network, and {@code slot-scores/layer}, each by k
 */
public record Slots(
    int k,
    Selection selection,
    Values values,
    Sigma sigma,
    double lambdaConvolution,
    double lambdaLinear,
    Seed seed)
    implements Parametrization {

  /** The name of the variable a. */
  static final String A = "a";

  /** Returns the name of the variable Z of a layer. */
  static String z(Layer layer) {
    return "z/" + layer.name();
  }

  /** The largest a that counts as 0: decay has erased the first scores, and Z alone decides. */
  static final float NO_A = Float.MIN_NORMAL;

  /** Returns 1 / a, by which Z becomes x. */
  static float scale(float a) {
    return 1 / Math.max(a, NO_A);
  }

  @Override
  public State variables(Network network, State start) {
    Map<String, Tensor> variables = new LinkedHashMap<>();
    variables.put(A, Tensor.of(new Shape(1), 1f));
    for (Layer layer : network.layers()) {
      variables.put(z(layer), Tensor.of(layer.shape(), new float[layer.size()]));
    }
    return State.of(variables);
  }

  @Override
  public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
    boolean isGpu = manager.getDevice().isGpu();
    // On a GPU all segments are stored, which regenerated values are there to avoid.
    if (selection == Selection.GREEDY && !(isGpu && values == Values.REGENERATED)) {
      Map<Layer, Envelope> envelopes = new LinkedHashMap<>();
      network.layers().forEach(layer -> envelopes.put(layer, envelope(network, layer)));
      return isGpu ? new SlotsOnGpu(envelopes, manager) : new SlotsOnCpu(envelopes, manager);
    }
    Map<Layer, SlotsOnDevice.Numbers> numbers = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      numbers.put(
          layer,
          new SlotsOnDevice.Numbers(
              values.of(this, network, layer).on(manager),
              values.firstScores(this, layer).on(manager)));
    }
    return new SlotsOnDevice(k, selection, numbers, manager);
  }

  private Envelope envelope(Network network, Layer layer) {
    return new Envelope(k, values.of(this, network, layer), values.firstScores(this, layer));
  }

  /**
   * Computes in Java the network that the highest scores select: an ordinary dense one.
   *
   * @param network the network
   * @param state all parameters except the layers' weights
   * @param variables the variables of this parametrization
   * @return the state with w_eff as the layers' weights
   */
  public State selected(Network network, State state, State variables) {
    float scale = scale(variables.get(A).get(0));
    Map<String, Tensor> weights = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      Envelope envelope = envelope(network, layer);
      Tensor z = variables.get(z(layer));
      float[] chosen = new float[layer.size()];
      for (int i = 0; i < chosen.length; i++) {
        envelope.find(i, z.get(i) * scale);
        chosen[i] = envelope.value();
      }
      weights.put(layer.name(), Tensor.of(layer.shape(), chosen));
    }
    return state.with(State.of(weights));
  }

  /**
   * Computes in Java a network drawn by the scores: each connection takes slot k with the
   * probability softmax(S)_k.
   *
   * @param network the network
   * @param state all parameters except the layers' weights
   * @param variables the variables of this parametrization
   * @param random one number a connection, in the network's order
   * @return the state with the values drawn as the layers' weights
   */
  public State drawn(Network network, State state, State variables, RandomStream random) {
    float a = variables.get(A).get(0);
    float[] s = new float[k];
    Map<String, Tensor> weights = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      SlotValues w = values.of(this, network, layer);
      SlotValues first = values.firstScores(this, layer);
      Tensor z = variables.get(z(layer));
      float[] chosen = new float[layer.size()];
      for (int i = 0; i < chosen.length; i++) {
        for (int slot = 0; slot < k; slot++) {
          s[slot] = a * first.get(i, slot) + w.get(i, slot) * z.get(i);
        }
        chosen[i] = w.get(i, draw(s, random));
      }
      weights.put(layer.name(), Tensor.of(layer.shape(), chosen));
    }
    return state.with(State.of(weights));
  }

  /** Draws a slot by the softmax of its scores. */
  private static int draw(float[] s, RandomStream random) {
    double max = Double.NEGATIVE_INFINITY;
    for (float score : s) {
      max = Math.max(max, score);
    }
    double sum = 0;
    for (float score : s) {
      sum += Math.exp(score - max);
    }
    double rest = random.nextDouble() * sum;
    int slot = 0;
    for (double p = Math.exp(s[0] - max); slot < s.length - 1 && rest >= p; ) {
      rest -= p;
      slot++;
      p = Math.exp(s[slot] - max);
    }
    return slot;
  }
}
