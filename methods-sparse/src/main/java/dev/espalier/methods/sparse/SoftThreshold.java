// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import dev.espalier.api.Parametrization;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A parametrization with one trained threshold for each prunable layer, of shape (1). g is the
 * sigmoid:
 *
 * <pre>
 * s = s_init at first
 * w_eff = sign(w) * max(|w| - g(s), 0)
 * dL/dw = dL/dw_eff                               where |w| &gt; g(s), else 0
 * dL/ds = -g'(s) * sum of sign(w) * dL/dw_eff     over the weights with |w| &gt; g(s)
 * g'(s) = g(s) * (1 - g(s))
 * </pre>
 *
 * <p>The thresholds are variables {@code threshold/} with the name of the layer's weights. An
 * optimizer decays them as it decays weights. All other parameters are trained as usual. Source:
 * arXiv:2002.03231 and its public code.
 *
 * @param sInit s_init
 */
public record SoftThreshold(double sInit) implements Parametrization {

  /** The prefix of a variable s. */
  static final String THRESHOLD = "threshold/";

  @Override
  public State variables(Network network, State start) {
    Map<String, Tensor> s = new LinkedHashMap<>();
    for (Layer layer : layers(network)) {
      s.put(THRESHOLD + layer.name(), Tensor.of(new Shape(1), (float) sInit));
    }
    return Parametrization.dense().variables(network, start).with(State.of(s));
  }

  /** Returns the prunable layers that are trained. */
  static List<Layer> layers(Network network) {
    return network.layers().stream().filter(layer -> network.trains(layer.name())).toList();
  }

  /** Returns g(s). */
  static double g(double s) {
    return 1 / (1 + Math.exp(-s));
  }

  @Override
  public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
    return new OnDevice(layers(network).stream().map(Layer::name).toList());
  }

  private record OnDevice(List<String> layers) implements Parametrization.OnDevice {

    @Override
    public Map<String, NDArray> forward(Map<String, NDArray> variables) {
      Map<String, NDArray> effective = new LinkedHashMap<>(variables);
      for (String layer : layers) {
        NDArray s = effective.remove(THRESHOLD + layer);
        effective.put(layer, effective(variables.get(layer), s));
      }
      return effective;
    }

    private static NDArray effective(NDArray w, NDArray s) {
      return Activation.relu(w.abs().sub(Activation.sigmoid(s))).mul(w.sign());
    }

    @Override
    public void pullback(
        Map<String, NDArray> variables,
        Map<String, NDArray> gradients,
        BiConsumer<String, NDArray> update) {
      for (String layer : layers) {
        NDArray s = variables.get(THRESHOLD + layer);
        NDArray sign = effective(variables.get(layer), s).sign(); // 0 below the threshold
        NDArray g = Activation.sigmoid(s);
        NDArray signed = gradients.get(layer).muli(sign);
        NDArray slope = g.mul(g).sub(g); // -g'(s)
        update.accept(THRESHOLD + layer, slope.muli(signed.sum()));
        signed.muli(sign);
      }
      for (String name : variables.keySet()) {
        if (!name.startsWith(THRESHOLD)) {
          update.accept(name, gradients.get(name));
        }
      }
    }
  }
}
