// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Layer;
import dev.espalier.api.Mask;
import dev.espalier.api.Network;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scores;
import dev.espalier.api.Scores.Scope;
import dev.espalier.api.Scores.Ties;
import dev.espalier.api.State;
import dev.espalier.api.Tensor;
import dev.espalier.api.structure.ChannelScores;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an early-bird mask is of. */
public enum Level {

  /** Channels: kept where |gamma| &gt; t = sorted(|gamma|)[int(N * p)] of batch norm. */
  CHANNELS {
    @Override
    State mask(Network network, State state, double p) {
      ChannelScores gamma = ChannelScores.scales(network, state);
      float[] bits = new float[gamma.values().size()];
      gamma.bits(gamma.threshold(p)).stream().forEach(c -> bits[c] = 1);
      return State.of(Map.of("channels", Tensor.of(new Shape(bits.length), bits)));
    }
  },

  /** Weights: those of the largest magnitude of all layers, exactly the fraction 1 - p. */
  WEIGHTS {
    @Override
    State mask(Network network, State state, double p) {
      Map<String, Tensor> bits = new LinkedHashMap<>();
      Mask largest = largest(network, state, p);
      largest.layers().forEach(layer -> bits.put(layer.name(), largest.tensor(layer)));
      return State.of(bits);
    }
  };

  /** The mask of sparsity p: 1 for what is kept, else 0, in one tensor or in one a layer. */
  abstract State mask(Network network, State state, double p);

  /** The mask of {@link #WEIGHTS}. */
  static Mask largest(Network network, State state, double p) {
    List<Layer> layers = network.layers();
    return Scores.of(layers, layer -> magnitudes(state.get(layer.name())))
        .keep(Mask.dense(layers), 0, Schedule.exponential(1 - p, 1), 1, Scope.GLOBAL, Ties.EXACT);
  }

  private static double[] magnitudes(Tensor weights) {
    double[] magnitudes = new double[weights.size()];
    for (int i = 0; i < magnitudes.length; i++) {
      magnitudes[i] = Math.abs(weights.get(i));
    }
    return magnitudes;
  }
}
