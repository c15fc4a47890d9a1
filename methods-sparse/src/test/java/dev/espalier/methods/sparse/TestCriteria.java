// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Criterion;
import dev.espalier.api.Scoring;
import dev.espalier.api.state.Scores;

/** Criteria of these tests. */
final class TestCriteria {

  private TestCriteria() {}

  /** |w|. */
  public record Magnitude() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, w) -> Math.abs(w));
    }
  }
}
