// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Criterion;
import dev.espalier.api.Scoring;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Scores;

/** Criteria to split by. */
final class Judges {

  private Judges() {}

  /** |w| of the weights now, in some rounds. */
  record Magnitude(int rounds) implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> Math.abs(now));
    }
  }

  /**
   * Has its taste change: |w| of the weights of a layer while all are alive, -|w| later. So it
   * keeps other weights in several rounds than in one.
   */
  record Fickle(int rounds) implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      double sign = scoring.mask().isDense() ? 1 : -1;
      return scoring.ofWeights((start, now) -> sign * Math.abs(now));
    }
  }

  /** Likes no network. */
  record Picky() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new AssertionError("asked although it does not fit");
    }

    @Override
    public void check(Network network, Data data, Refusals refusals) {
      refusals.add("taste", network.name(), "none");
    }
  }
}
