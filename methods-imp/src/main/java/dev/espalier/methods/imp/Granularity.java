// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Scope;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.ChannelScores;
import java.util.BitSet;
import java.util.List;

/** The unit of one bit of an early-bird mask. */
public enum Granularity {

  /** Channels: kept where |gamma| &gt; t = sorted(|gamma|)[int(N * p)] of batch norm. */
  CHANNELS {
    @Override
    int size(Network network) {
      return ChannelScores.withScale(network).stream().mapToInt(Group::size).sum();
    }

    @Override
    BitSet mask(Network network, State state, double p) {
      ChannelScores gamma = ChannelScores.scales(network, state);
      return gamma.bits(gamma.threshold(p));
    }
  },

  /** Weights: kept are those of the largest magnitude in all layers, exactly the fraction 1 - p. */
  WEIGHTS {
    @Override
    int size(Network network) {
      return network.layers().stream().mapToInt(Layer::size).sum();
    }

    @Override
    BitSet mask(Network network, State state, double p) {
      BitSet bits = new BitSet(size(network));
      int from = 0;
      Mask largest = largest(network, state, p);
      for (Layer layer : largest.layers()) {
        int first = from;
        largest.alive(layer).stream().forEach(i -> bits.set(first + i));
        from += layer.size();
      }
      return bits;
    }
  };

  /** Returns the number of bits of a mask: |m|. */
  abstract int size(Network network);

  /** Returns the mask of sparsity p: the kept units, group after group or layer after layer. */
  abstract BitSet mask(Network network, State state, double p);

  /** Returns the mask of {@link #WEIGHTS}. */
  static Mask largest(Network network, State state, double p) {
    List<Layer> layers = network.layers();
    Scores scores = Scores.of(layers, layer -> magnitudes(state.get(layer.name())));
    return Scope.global().prune(scores, Mask.dense(layers), 1 - p);
  }

  private static double[] magnitudes(Tensor weights) {
    double[] magnitudes = new double[weights.size()];
    for (int i = 0; i < magnitudes.length; i++) {
      magnitudes[i] = Math.abs(weights.get(i));
    }
    return magnitudes;
  }
}
