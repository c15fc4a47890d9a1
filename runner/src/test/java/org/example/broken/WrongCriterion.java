// SPDX-License-Identifier: Apache-2.0
package org.example.broken;

import dev.espalier.api.Criterion;
import dev.espalier.api.Scoring;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Scores;
import java.util.Arrays;
import java.util.List;

/** A criterion with a mistake. */
public record WrongCriterion(@Setting("the mistake") Mistake mistake) implements Criterion {

  /** The mistakes. */
  public enum Mistake {
    /** Refuses its settings by another exception than a refusal. */
    CONSTRUCTION,
    /** Throws. */
    EXCEPTION,
    /** Calls itself for ever. */
    RECURSION,
    /** Returns null. */
    NOTHING,
    /** Returns NaN. */
    NAN,
    /** Returns too few scores. */
    FEW,
    /** Scores one layer only. */
    LAYER,
    /** Returns infinity for all weights. */
    INFINITY
  }

  /** Checks the mistake. */
  public WrongCriterion {
    if (mistake == Mistake.CONSTRUCTION) {
      throw new IllegalArgumentException("no such construction");
    }
  }

  @Override
  public Scores score(Scoring scoring) {
    return switch (mistake) {
      case CONSTRUCTION, EXCEPTION -> throw new IllegalStateException("out of ideas");
      case RECURSION -> score(scoring);
      case NOTHING -> null;
      case NAN -> scoring.ofWeights((start, now) -> Double.NaN);
      case FEW -> Scores.of(scoring.mask().layers(), layer -> new double[3]);
      case LAYER -> {
        var first = List.of(scoring.mask().layers().get(0));
        yield Scores.of(first, layer -> new double[layer.size()]);
      }
      case INFINITY ->
          Scores.of(
              scoring.mask().layers(),
              layer -> {
                double[] scores = new double[layer.size()];
                Arrays.fill(scores, Double.POSITIVE_INFINITY);
                return scores;
              });
    };
  }
}
