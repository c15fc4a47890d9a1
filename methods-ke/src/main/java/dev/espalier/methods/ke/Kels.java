// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Split;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.structure.Channels;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.BitSet;

/**
 * Kernel-level convolutional-aware splitting: keeps the first ceil(s_r * C) channels of every
 * layer. The weights between them are a slim network. A convolution of shape (C_o, C_i, k, k) keeps
 * ceil(s_r * C_o) * ceil(s_r * C_i) * k * k weights; the input of the network and its outputs are
 * kept whole. Residual blocks that add to one sum all keep the same channels of it.
 *
 * <p>Source: Taha et al., CVPR 2021, arXiv:2103.05152, and its public code.
 *
 * <p>Differences: the first layer is identified by its position, not by its three input channels.
 * Behind a flattened feature map whole channels are kept, ceil(s_r * C) of them, all pixels of
 * each, where the public code counts ceil(s_r * columns). s_r * C is computed in decimals: 0.7 of
 * 10 channels are 7, not the 8 that binary fractions give.
 */
public record Kels() implements Split {

  @Override
  public Mask mask(double rate, State start, State state, Trial trial) {
    return Channels.of(
            trial.network().groups(),
            group -> {
              BitSet first = new BitSet();
              first.set(0, kept(group, rate));
              return first;
            })
        .mask(trial.network().layers());
  }

  @Override
  public void check(double rate, Network network, Data data, Refusals refusals) {
    check("kels", rate, network, refusals);
  }

  /** Returns ceil(s_r * C). */
  static int kept(Group group, double rate) {
    return BigDecimal.valueOf(rate)
        .multiply(BigDecimal.valueOf(group.size()))
        .setScale(0, RoundingMode.CEILING)
        .intValueExact();
  }

  /** Refuses a network without channels, or without channels to redraw, in the name of a split. */
  static void check(String id, double rate, Network network, Refusals refusals) {
    if (network.groups().isEmpty()) {
      refusals.add(
          "id",
          id + " for " + network.name() + ", which names no groups of channels",
          "a split of weights, such as wels",
          "Or take a network made by Network.builder(name, widths -> block, input) and optGroup");
    } else if (network.groups().stream().allMatch(group -> kept(group, rate) == group.size())) {
      int widest = network.groups().stream().mapToInt(Group::size).max().orElseThrow();
      refusals.add(
          "id",
          id + " at a split rate of " + rate + ", which keeps all channels of " + network.name(),
          "a split-rate of at most " + (widest - 1) + " / " + widest);
    }
  }
}
