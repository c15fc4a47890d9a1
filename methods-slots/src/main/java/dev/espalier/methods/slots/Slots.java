// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.Parametrization;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/**
 * A parametrization with a slot machine at every connection: K fixed random values W_1 ... W_K, of
 * which the network uses one. The trained variables are the scores S_1 ... S_K that select it.
 *
 * <pre>
 * forward    k* = rho(S),  w_eff = W_k*
 * pullback   dL/dS_k = dL/dw_eff * W_k for every k, selected or not (straight-through)
 * </pre>
 *
 * <p>With layers of shape (out, in) or (out, in, kH, kW), W_k ~ U(-sigma, sigma) and S_k ~ U(0,
 * lambda * sigma) are of that shape for each k. Where values are shared, W_k is a single number.
 * The variables are {@code scores/layer/k}, k from 0 to K - 1, all float32. Every other parameter
 * keeps its initial value: biases 0, gamma 1, beta 0, equivalent to the paper's networks, which
 * have none of them. Running statistics are updated as usual.
 *
 * <p>The values are functions of the seed, the layer's name, the connection and k, so they need not
 * be part of any state. The values of a connection are the first K of any larger K.
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
 *     of the network, and {@code slot-scores}, each by k
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

  @Override
  public State variables(Network network, State start) {
    Map<String, Tensor> scores = new LinkedHashMap<>();
    for (int slot = 0; slot < k; slot++) {
      RandomStream random = seed.stream("slot-scores", slot);
      for (Layer layer : network.layers()) {
        double lambda = layer.shape().dimension() > 2 ? lambdaConvolution : lambdaLinear;
        double bound = lambda * sigma.of(layer.shape());
        float[] s = new float[layer.size()];
        for (int i = 0; i < s.length; i++) {
          s[i] = (float) (bound * random.nextDouble());
        }
        scores.put(name(layer, slot), Tensor.of(layer.shape(), s));
      }
    }
    return State.of(scores);
  }

  /** Returns the name of the variable of a slot's scores. */
  static String name(Layer layer, int slot) {
    return "scores/" + layer.name() + "/" + slot;
  }

  @Override
  public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
    Map<Layer, IntFunction<NDArray>> w = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      w.put(layer, values.of(this, network, layer).on(manager));
    }
    return new SlotsOnDevice(k, selection, w, manager);
  }

  /**
   * Computes in Java the network that the highest scores select: an ordinary dense one.
   *
   * @param network the network
   * @param state all parameters except the layers' weights
   * @param scores the variables of this parametrization
   * @return the state with w_eff as the layers' weights
   */
  public State selected(Network network, State state, State scores) {
    return select(
        network,
        state,
        scores,
        s -> {
          int best = 0;
          for (int slot = 1; slot < k; slot++) {
            best = s[slot] > s[best] ? slot : best;
          }
          return best;
        });
  }

  /**
   * Computes in Java a network drawn by the scores: each connection takes slot k with the
   * probability softmax(S)_k.
   *
   * @param network the network
   * @param state all parameters except the layers' weights
   * @param scores the variables of this parametrization
   * @param random one number a connection, in the network's order
   * @return the state with the values drawn as the layers' weights
   */
  public State drawn(Network network, State state, State scores, RandomStream random) {
    double[] p = new double[k];
    return select(
        network,
        state,
        scores,
        s -> {
          double max = s[0];
          for (float score : s) {
            max = Math.max(max, score);
          }
          double sum = 0;
          for (int slot = 0; slot < k; slot++) {
            p[slot] = Math.exp(s[slot] - max);
            sum += p[slot];
          }
          double rest = random.nextDouble() * sum;
          int slot = 0;
          while (slot < k - 1 && rest >= p[slot]) {
            rest -= p[slot++];
          }
          return slot;
        });
  }

  private State select(Network network, State state, State scores, ToIntFunction<float[]> rho) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    float[] s = new float[k];
    Tensor[] all = new Tensor[k];
    for (Layer layer : network.layers()) {
      for (int slot = 0; slot < k; slot++) {
        all[slot] = scores.get(name(layer, slot));
      }
      SlotValues w = values.of(this, network, layer);
      float[] chosen = new float[layer.size()];
      for (int i = 0; i < chosen.length; i++) {
        for (int slot = 0; slot < k; slot++) {
          s[slot] = all[slot].get(i);
        }
        chosen[i] = w.get(i, rho.applyAsInt(s));
      }
      weights.put(layer.name(), Tensor.of(layer.shape(), chosen));
    }
    return state.with(State.of(weights));
  }
}
