// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.Channels;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;

/** The two parts of a network that a split mask defines, and the measurement of each part alone. */
final class Hypotheses implements AutoCloseable {

  /** A part of the weights. */
  private record Part(String branch, Mask mask, Analysis left) {

    static Part of(String branch, Mask mask, Trial trial) {
      return new Part(branch, mask, trial.analyse(mask));
    }

    /** Returns the part alone, measured without further training. */
    Ticket in(State w, int g, Trial trial) {
      State alone = mask.apply(w);
      return new Ticket(
              g, branch, mask, left, alone, trial.plan().untrained(), trial.measure(alone))
          .withFindings(Map.of("mean-magnitude", Double.toString(magnitude(w))));
    }

    /** Returns the mean of |W| over the part; 0 if it is empty. */
    private double magnitude(State w) {
      double sum = 0;
      for (Layer layer : mask.layers()) {
        Tensor weights = w.get(layer.name());
        BitSet alive = mask.alive(layer);
        for (int i = alive.nextSetBit(0); i >= 0; i = alive.nextSetBit(i + 1)) {
          sum += Math.abs(weights.get(i));
        }
      }
      return sum / Math.max(1, mask.kept());
    }
  }

  /** The narrow network of the channels of the fit hypothesis. */
  private record Slim(Channels channels, Network network, Trial trial, Mask whole, Analysis left) {

    static Slim of(Channels channels, Trial wide) {
      Network network = wide.network().resized(channels.widths());
      try {
        Trial trial = wide.withNetwork(network);
        Mask whole = trial.dense();
        return new Slim(channels, network, trial, whole, trial.analyse(whole));
      } catch (RuntimeException e) {
        network.close();
        throw e;
      }
    }

    void publish(State w, int g) {
      State narrow = channels.narrow(w);
      trial.publish(
          new Ticket(
              g, "slim", whole, left, narrow, trial.plan().untrained(), trial.measure(narrow)));
    }
  }

  private final Trial trial;
  private final Mask dense;
  private final Analysis left;
  private final Part fit;
  private final Part reset;
  private final Optional<Slim> slim;

  Hypotheses(Mask m, Trial trial) {
    this.trial = trial;
    dense = trial.dense();
    left = trial.admit(dense);
    fit = Part.of("fit", m, trial);
    reset = Part.of("reset", m.complement(), trial);
    slim = Channels.of(trial.network().groups(), m).map(channels -> Slim.of(channels, trial));
  }

  /** Publishes the network of generation g, and each part of it alone. */
  void publish(int g, State start, Trained trained) {
    trial.publish(new Ticket(g, Ticket.TICKET, dense, left, start, trial.plan(), trained));
    State w = trained.state();
    trial.publish(fit.in(w, g, trial));
    trial.publish(reset.in(w, g, trial));
    slim.ifPresent(narrow -> narrow.publish(w, g));
  }

  @Override
  public void close() {
    slim.ifPresent(narrow -> narrow.network().close());
  }
}
