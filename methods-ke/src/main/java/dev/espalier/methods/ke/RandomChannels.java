// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Split;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.State;
import dev.espalier.api.structure.Channels;
import java.util.Arrays;
import java.util.BitSet;

/**
 * A split that keeps as many channels of every layer as {@link Kels}, drawn at random instead of
 * the first. This split is Espalier's, not the paper's. Channels have no order before training, so
 * that the expected difference is none.
 */
public record RandomChannels() implements Split {

  @Override
  public Mask mask(double rate, State start, State state, Trial trial) {
    RandomStream random = trial.seed().stream("mask", 0);
    return Channels.of(
            trial.network().groups(),
            group -> {
              BitSet drawn = new BitSet();
              Arrays.stream(random.permutation(group.size()))
                  .limit(Kels.kept(group, rate))
                  .forEach(drawn::set);
              return drawn;
            })
        .mask(trial.network().layers());
  }

  @Override
  public void check(double rate, Network network, Data data, Refusals refusals) {
    Kels.check("random-channels", rate, network, refusals);
  }
}
