// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Criterion;
import dev.espalier.api.Scoring;
import dev.espalier.api.state.Scores;

/**
 * The mask criteria of "Deconstructing Lottery Tickets" (arXiv:1905.01067) except {@link
 * Magnitude}. Each computes a score from w_i, the weight at the start of training, and w_f, its
 * present value; the lowest scores are pruned.
 */
public final class Criteria {

  private Criteria() {}

  /** -|w_f|: keeps the smallest weights; a control. */
  public record SmallFinal() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> -Math.abs(now));
    }
  }

  /** |w_i|. */
  public record LargeInit() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> Math.abs(start));
    }
  }

  /** -|w_i|. */
  public record SmallInit() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> -Math.abs(start));
    }
  }

  /** min(|w_f|, |w_i|). */
  public record LargeInitLargeFinal() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> Math.min(Math.abs(now), Math.abs(start)));
    }
  }

  /** |w_f| - |w_i|. */
  public record MagnitudeIncrease() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> Math.abs(now) - Math.abs(start));
    }
  }

  /** |w_f - w_i|. */
  public record Movement() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> Math.abs(now - start));
    }
  }

  /** max(0, w_f * sign(w_i)). */
  public record LargeFinalSameSign() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> Math.max(0, now * Math.signum(start)));
    }
  }

  /** max(0, -w_f * sign(w_i)). */
  public record LargeFinalDifferentSign() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> Math.max(0, -now * Math.signum(start)));
    }
  }

  /** A uniform draw from [0, 1) for every weight, from the stream {@code scores} of the mask. */
  public record RandomScores() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> scoring.random().nextDouble());
    }
  }
}
