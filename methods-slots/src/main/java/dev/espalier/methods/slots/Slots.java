// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
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
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

/**
 * A slot machine at every connection: K fixed random values W_1 ... W_K, of which the network sees
 * one. Trained are the scores S_1 ... S_K that select it.
 *
 * <pre>
 * forward    k* = rho(S),  w_eff = W_k*
 * pullback   dL/dS_k = dL/dw_eff * W_k for every k, selected or not (straight-through)
 * </pre>
 *
 * <p>With layers of shape (out, in) or (out, in, kH, kW), W_k ~ U(-sigma, sigma) and S_k ~ U(0,
 * lambda * sigma) are of that shape for each k, or W_k is a single number where values are shared.
 * The variables are {@code scores/layer/k}, k from 0 to K - 1, all float32. Every other parameter
 * keeps the value it starts with: biases 0, gamma 1, beta 0, as the paper's networks, which have
 * none of them. Running statistics move as always.
 *
 * <p>The values are functions of the seed, the layer's name, the connection and k, so they need not
 * be part of any state, and those of a connection's own are the first K of any larger K.
 *
 * <p>Of shared values the sources at hand say no more than that there are K. Here, for K above 1,
 * their mean is subtracted from what was drawn, so that they lie within 2 sigma; and those of a
 * network as a whole are drawn with the mean of its layers' sigmas. Without the first, K numbers
 * that happen to add up to more or less than 0 push all neurons of a layer of ReLUs the same way:
 * Lenet-300-100 on MNIST at K = 8 stayed at chance.
 *
 * <p>M. Aladago, L. Torresani, "Slot Machines: Discovering Winning Combinations of Random Weights
 * in Neural Networks", ICML 2021, arXiv:2101.06475.
 *
 * @param k K, how many values a connection chooses from
 * @param selection rho, how it chooses in a step of training; forward takes the highest score
 * @param values who has K values of its own
 * @param sigma the bound of the values
 * @param lambdaConvolution lambda of convolutions
 * @param lambdaLinear lambda of linear layers
 * @param seed where values and first scores come from: streams {@code values/layer}, or {@code
 *     values} of the network, and {@code slot-scores}, each by k
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

  private static String name(Layer layer, int slot) {
    return "scores/" + layer.name() + "/" + slot;
  }

  /** Where W_k of a layer comes from; one for all layers if they share. */
  private Generator generator(Layer layer, int slot) {
    String of = values == Values.NETWORK ? "values" : "values/" + layer.name();
    return new Generator(seed.stream(of, slot));
  }

  /** The bound of a layer's values. */
  private double sigma(Network network, Layer layer) {
    return values == Values.NETWORK
        ? network.layers().stream().mapToDouble(l -> sigma.of(l.shape())).average().orElseThrow()
        : sigma.of(layer.shape());
  }

  @Override
  public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
    Map<Layer, IntFunction<NDArray>> w = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      w.put(layer, values(network, layer, manager));
    }
    return new OnDevice(w, manager);
  }

  /** W of one layer by k, of the layer's shape. What it returns is the caller's to close. */
  private IntFunction<NDArray> values(Network network, Layer layer, NDManager manager) {
    Shape shape = layer.shape();
    double bound = sigma(network, layer);
    if (values == Values.REGENERATED) {
      Generator.OnDevice[] generators = new Generator.OnDevice[k];
      for (int slot = 0; slot < k; slot++) {
        generators[slot] = generator(layer, slot).on(manager, bound);
      }
      return slot -> generators[slot].numbers(shape);
    }
    NDArray[] stored = new NDArray[k];
    if (values == Values.PER_CONNECTION) {
      for (int slot = 0; slot < k; slot++) {
        float[] numbers = generator(layer, slot).numbers(layer.size(), bound);
        stored[slot] = Tensor.of(shape, numbers).on(manager);
      }
      return slot -> stored[slot].stopGradient(); // an alias: closing it leaves the values
    }
    float[] shared = shared(network, layer);
    for (int slot = 0; slot < k; slot++) {
      stored[slot] = Tensor.of(new Shape(1), shared[slot]).on(manager);
    }
    return slot -> stored[slot].broadcast(shape);
  }

  /** The K values that all connections of a layer choose from. */
  private float[] shared(Network network, Layer layer) {
    double bound = sigma(network, layer);
    float[] shared = new float[k];
    double mean = 0;
    for (int slot = 0; slot < k; slot++) {
      shared[slot] = generator(layer, slot).number(0, bound);
      mean += shared[slot] / k;
    }
    if (k > 1) {
      for (int slot = 0; slot < k; slot++) {
        shared[slot] = (float) (shared[slot] - mean);
      }
    }
    return shared;
  }

  private final class OnDevice implements Parametrization.OnDevice {

    private final Map<Layer, IntFunction<NDArray>> w;
    private final NDManager manager;
    private final NDArray one;

    OnDevice(Map<Layer, IntFunction<NDArray>> w, NDManager manager) {
      this.w = w;
      this.manager = manager;
      one = manager.create(1f);
    }

    @Override
    public Map<String, NDArray> forward(Map<String, NDArray> variables) {
      return chosen(variables, NDArray::stopGradient);
    }

    @Override
    public Map<String, NDArray> sample(Map<String, NDArray> variables, RandomStream random) {
      if (selection == Selection.GREEDY) {
        return forward(variables);
      }
      manager.getEngine().setRandomSeed(random.nextInt());
      return chosen(variables, this::withNoise);
    }

    /** w_eff of all layers. What is made of the scores to rank the slots is closed after. */
    private Map<String, NDArray> chosen(
        Map<String, NDArray> variables, UnaryOperator<NDArray> ranking) {
      Map<String, NDArray> effective = new LinkedHashMap<>();
      w.forEach(
          (layer, values) ->
              effective.put(
                  layer.name(),
                  highest(slot -> ranking.apply(variables.get(name(layer, slot))), values)));
      return effective;
    }

    /**
     * S - log(-log(u)), u ~ U(0, 1): the highest of K such sums is slot k with the probability
     * softmax(S)_k (Gumbel's), without any exponential that could overflow. u stays off 0, whose
     * logarithm is not finite.
     */
    private NDArray withNoise(NDArray s) {
      try (NDArray u = manager.randomUniform(1e-10f, 1, s.getShape(), DataType.FLOAT32);
          NDArray log = u.log().negi()) {
        return log.log().negi().addi(s);
      }
    }

    /**
     * w_eff, slot by slot: where a score is above all before it, its value takes the place of what
     * was chosen so far. In place, by sums and products with -1, 0 and 1, which are exact: on a CPU
     * {@code where} takes ten times as long as a product, and one that makes a new array twice.
     */
    private NDArray highest(IntFunction<NDArray> scores, IntFunction<NDArray> values) {
      NDArray bar = copy(scores.apply(0));
      NDArray chosen = copy(values.apply(0));
      for (int slot = 1; slot < k; slot++) {
        try (NDArray s = scores.apply(slot);
            NDArray value = values.apply(slot);
            NDArray before = bar) {
          bar = before.maximum(s);
          NDArray wins = before.subi(bar).signi(); // -1 where this slot does, else 0
          chosen.muli(wins.addi(one)).subi(wins.subi(one).muli(value));
        }
      }
      bar.close();
      return chosen;
    }

    private static NDArray copy(NDArray array) {
      try (array) {
        return array.duplicate();
      }
    }

    @Override
    public void pullback(
        Map<String, NDArray> variables,
        Map<String, NDArray> gradients,
        BiConsumer<String, NDArray> update) {
      w.forEach(
          (layer, values) -> {
            NDArray g = gradients.get(layer.name());
            for (int slot = 0; slot < k; slot++) {
              try (NDArray value = values.apply(slot);
                  NDArray gradient = g.mul(value)) {
                update.accept(name(layer, slot), gradient);
              }
            }
          });
    }
  }

  /**
   * The network that the highest scores select, computed in Java: an ordinary dense one.
   *
   * @param network the network
   * @param state gives all parameters but the layers' weights
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
   * A network drawn by the scores, computed in Java: each connection takes slot k with the
   * probability softmax(S)_k.
   *
   * @param network the network
   * @param state gives all parameters but the layers' weights
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
      Value value = value(network, layer);
      float[] w = new float[layer.size()];
      for (int i = 0; i < w.length; i++) {
        for (int slot = 0; slot < k; slot++) {
          s[slot] = all[slot].get(i);
        }
        w[i] = value.of(i, rho.applyAsInt(s));
      }
      weights.put(layer.name(), Tensor.of(layer.shape(), w));
    }
    return state.with(State.of(weights));
  }

  /** Value k of connection i of a layer, in Java. */
  private interface Value {
    float of(int i, int slot);
  }

  private Value value(Network network, Layer layer) {
    if (values == Values.PER_LAYER || values == Values.NETWORK) {
      float[] shared = shared(network, layer);
      return (i, slot) -> shared[slot];
    }
    double bound = sigma(network, layer);
    Generator[] generators = new Generator[k];
    for (int slot = 0; slot < k; slot++) {
      generators[slot] = generator(layer, slot);
    }
    return (i, slot) -> generators[slot].number(i, bound);
  }
}
