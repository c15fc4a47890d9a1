// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Criterion;
import dev.espalier.api.Scoring;
import dev.espalier.api.state.Scores;

/** |w_f|, the magnitude of the trained weight: "large final" (LTH paper). */
public record Magnitude() implements Criterion {

  @Override
  public Scores score(Scoring scoring) {
    return scoring.ofWeights((start, now) -> Math.abs(now));
  }
}
