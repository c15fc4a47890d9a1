// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import dev.espalier.api.Parametrization;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scalar;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A parametrization with one trained gate for each prunable weight w. Its temperature beta rises
 * from 1 to beta_T during a training of T iterations, so that a gate ends near 0 or 1:
 *
 * <pre>
 * beta = beta_T^(t / T)                  at iteration t
 * m = sigmoid(beta * s) / sigmoid(s_0)
 * w_eff = m * w
 * objective   loss + lambda * sum of m
 * dL/dw = m * dL/dw_eff
 * dL/ds = beta * m * (1 - sigmoid(beta * s)) * (w * dL/dw_eff + lambda)
 * </pre>
 *
 * <p>The variables s are called {@code mask/} with the name of the layer's weights. They have no
 * weight decay. All other parameters are trained as usual. Source: arXiv:1912.04427 and its public
 * code, which raises beta once an epoch.
 *
 * @param s the first values of the variables s, by the names of the variables
 * @param s0 s_0
 * @param betaT beta_T
 * @param lambda lambda
 */
public record SoftMask(State s, double s0, double betaT, double lambda) implements Parametrization {

  /** The prefix of a variable s. */
  static final String MASK = "mask/";

  /** Creates the soft mask of the first round: s = s_0. */
  static SoftMask first(Network network, double s0, double betaT, double lambda) {
    Map<String, Tensor> s = new LinkedHashMap<>();
    for (Layer layer : SoftThreshold.layers(network)) {
      float[] zeros = new float[layer.size()];
      s.put(MASK + layer.name(), Tensor.adopt(layer.shape(), zeros).map(zero -> s0));
    }
    return new SoftMask(State.of(s), s0, betaT, lambda);
  }

  /** Returns the soft mask of the next round: s = min(beta_T * s, s_0). */
  SoftMask next(State variables) {
    State last =
        s.map((name, tensor) -> variables.get(name).map(value -> Math.min(betaT * value, s0)));
    return new SoftMask(last.derivedFrom(variables.origin()), s0, betaT, lambda);
  }

  /** Returns the trained weights w, with the other tensors of a state. */
  State weights(State state, State variables) {
    Map<String, Tensor> w = new LinkedHashMap<>(variables.tensors());
    w.keySet().removeAll(s.names());
    return state.with(State.of(w));
  }

  /** Returns the weights with s &gt; 0; all weights of layers that are not trained. */
  Mask mask(Network network, State variables) {
    return Mask.of(
            network.layers(),
            (layer, bits) -> {
              Tensor last = variables.tensors().get(MASK + layer.name());
              for (int i = 0; i < layer.size(); i++) {
                bits.set(i, last == null || last.get(i) > 0);
              }
              return bits;
            })
        .derivedFrom(variables.origin());
  }

  /** Returns the weights behind a hard mask: w / sigmoid(s_0) where s &gt; 0, else 0. */
  State hard(Mask mask, State weights) {
    return mask.apply(
        weights.map(
            (name, w) ->
                s.names().contains(MASK + name) ? w.map(value -> value / SoftThreshold.g(s0)) : w));
  }

  /** Returns the fraction of the gates sigmoid(beta_T * s) in (0.01, 0.99). */
  double undecided(State variables) {
    long all = 0;
    long undecided = 0;
    for (String name : s.names()) {
      Tensor last = variables.get(name);
      all += last.size();
      for (int i = 0; i < last.size(); i++) {
        double gate = SoftThreshold.g(betaT * last.get(i));
        undecided += gate > 0.01 && gate < 0.99 ? 1 : 0;
      }
    }
    return (double) undecided / all;
  }

  @Override
  public State variables(Network network, State start) {
    return Parametrization.dense().variables(network, start).with(s);
  }

  @Override
  public boolean isDecayed(String variable) {
    return !s.names().contains(variable);
  }

  @Override
  public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
    return new OnDevice(
        SoftThreshold.layers(network).stream().map(Layer::name).toList(), betaT, this, manager);
  }

  private static final class OnDevice implements Parametrization.OnDevice {

    private final List<String> layers;
    private final double betaT;
    private final NDArray scale;
    private final NDArray lambda;
    private final Scalar temperature;
    private NDArray beta;

    OnDevice(List<String> layers, double betaT, SoftMask mask, NDManager manager) {
      this.layers = layers;
      this.betaT = betaT;
      scale = Scalar.constant(manager, DataType.FLOAT32, 1 / SoftThreshold.g(mask.s0()));
      lambda = Scalar.constant(manager, DataType.FLOAT32, mask.lambda());
      temperature = new Scalar(manager);
      beta = temperature.of(1);
    }

    @Override
    public void at(long t, long total) {
      beta = temperature.of(Math.pow(betaT, (double) t / total));
    }

    @Override
    public Map<String, NDArray> forward(Map<String, NDArray> variables) {
      Map<String, NDArray> effective = new LinkedHashMap<>(variables);
      for (String layer : layers) {
        NDArray s = effective.remove(MASK + layer);
        NDArray m = Activation.sigmoid(s.mul(beta)).mul(scale);
        effective.put(layer, m.mul(variables.get(layer)));
      }
      return effective;
    }

    @Override
    public void pullback(
        Map<String, NDArray> variables,
        Map<String, NDArray> gradients,
        BiConsumer<String, NDArray> update) {
      for (String layer : layers) {
        NDArray g = gradients.get(layer);
        NDArray gate = Activation.sigmoid(variables.get(MASK + layer).mul(beta));
        NDArray m = gate.mul(scale);
        NDArray slope = m.sub(gate.muli(m)).muli(beta); // dm/ds
        update.accept(MASK + layer, g.mul(variables.get(layer)).addi(lambda).muli(slope));
        g.muli(m);
      }
      for (String name : variables.keySet()) {
        if (!name.startsWith(MASK)) {
          update.accept(name, gradients.get(name));
        }
      }
    }
  }
}
