// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.Criterion;
import dev.espalier.api.Layer;
import dev.espalier.api.Mask;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scores;
import dev.espalier.api.Scores.Scope;
import dev.espalier.api.Scores.Ties;
import dev.espalier.api.Scoring;
import dev.espalier.api.State;
import dev.espalier.api.contract.CriterionContract;
import dev.espalier.api.contract.TinyProblem;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SynFlowTest {

  @Nested
  class KeepsTheContract extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new SynFlow();
    }
  }

  private static Mask prune(Chain chain, Criterion criterion, double rho, int n) {
    Mask mask = chain.dense();
    for (int k = 1; k <= n; k++) {
      mask = step(chain, criterion, rho, n, k, mask);
    }
    return mask;
  }

  private static Mask step(Chain chain, Criterion criterion, double rho, int n, int k, Mask mask) {
    return chain
        .score(criterion, chain.state, mask)
        .keep(mask, k - 1, Schedule.exponential(rho, n), k, Scope.GLOBAL, Ties.EXACT);
  }

  @Test
  void otherTrainingDataGiveTheSameScores() {
    try (Chain one = new Chain(TinyProblem.data(60, 0, 0), true, 9, 7);
        Chain other = new Chain(TinyProblem.data(31, 0, 0), true, 9, 7)) {
      assertThat(Chain.all(one.score(new SynFlow())))
          .isEqualTo(Chain.all(other.score(new SynFlow())));
    }
  }

  @Test
  void everyLayerOfAChainHoldsTheSameFlowInEveryRound() {
    try (Chain chain = new Chain(false, 12, 9, 7)) {
      Mask mask = chain.dense();
      for (int k = 1; k <= 20; k++) {
        Scores scores = chain.score(new SynFlow(), chain.state, mask);
        double flow = sum(scores, chain.layers().get(0));
        assertThat(flow).isPositive();
        for (Layer layer : chain.layers()) {
          assertThat(sum(scores, layer)).as(layer.name()).isCloseTo(flow, within(1e-9 * flow));
        }
        mask = step(chain, new SynFlow(), 0.02, 20, k, mask);
      }
    }
  }

  private static double sum(Scores scores, Layer layer) {
    return Arrays.stream(scores.of(layer)).sum();
  }

  @Test
  void everyHiddenUnitHandsOnTheFlowItReceives() {
    try (Chain chain = new Chain(false, 12, 9)) {
      Scores scores = chain.score(new SynFlow());
      for (int l = 0; l + 1 < chain.layers().size(); l++) {
        double[] in = scores.of(chain.layers().get(l));
        double[] out = scores.of(chain.layers().get(l + 1));
        int units = (int) chain.layers().get(l).shape().get(0);
        int fanIn = in.length / units;
        for (int unit = 0; unit < units; unit++) {
          double incoming = Arrays.stream(in, unit * fanIn, (unit + 1) * fanIn).sum();
          double outgoing = 0;
          for (int o = 0; o < out.length / units; o++) {
            outgoing += out[o * units + unit];
          }
          assertThat(incoming).isCloseTo(outgoing, within(1e-9 * incoming));
        }
      }
    }
  }

  @Test
  void prunedEntriesScoreZeroMasksOnlyShrinkAndDensityIsWithinOneOfThePlan() {
    try (Chain chain = new Chain(true, 12, 9)) {
      long m = chain.dense().size();
      Mask mask = chain.dense();
      for (int k = 1; k <= 30; k++) {
        Mask before = mask;
        mask = step(chain, new SynFlow(), 0.05, 30, k, before);
        assertThat(mask.isWithin(before)).isTrue();
        assertThat((double) mask.kept()).isCloseTo(Math.pow(0.05, k / 30.0) * m, within(1.0));
        Scores scores = chain.score(new SynFlow(), chain.state, mask);
        for (Layer layer : chain.layers()) {
          double[] s = scores.of(layer);
          for (int j = 0; j < s.length; j++) {
            if (!mask.keeps(layer, j)) {
              assertThat(s[j]).isZero();
            }
          }
        }
      }
    }
  }

  @Test
  void noLayerOfAChainIsEmptyBeforeItHasToBeThoughMagnitudesIsLong() {
    // The weights out of the wide layer are small, one by one.
    try (Chain chain = new Chain(false, 4, 300, 4)) {
      double rho = (chain.layers().size() + 0.4) / chain.dense().size();
      Mask synflow = prune(chain, new SynFlow(), rho, 100);
      assertThat(synflow.kept()).isEqualTo(chain.layers().size());
      assertThat(chain.layers()).allMatch(layer -> synflow.kept(layer) == 1);

      double generous = 20 * rho;
      Mask magnitude = prune(chain, new Magnitude(), generous, 1);
      assertThat(chain.layers()).anyMatch(layer -> magnitude.kept(layer) == 0);
      Mask roomy = prune(chain, new SynFlow(), generous, 100);
      assertThat(chain.layers()).allMatch(layer -> roomy.kept(layer) > 0);
    }
  }

  /** Stands in for the criterion of another module. */
  private record Magnitude() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      return scoring.ofWeights((start, now) -> Math.abs(now));
    }
  }

  @Test
  void signsDoNotMatter() {
    try (Chain chain = new Chain(true, 12, 9)) {
      Random random = new Random(1);
      State flipped = chain.state;
      for (Layer layer : chain.layers()) {
        flipped = chain.with(flipped, layer, w -> random.nextBoolean() ? w : -w);
      }
      assertThat(Chain.all(chain.score(new SynFlow(), flipped, chain.dense())))
          .isEqualTo(Chain.all(chain.score(new SynFlow())));
    }
  }

  @Test
  void movingAFactorFromOneLayerToTheNextChangesNoScore() {
    try (Chain chain = new Chain(false, 12, 9)) {
      State moved = chain.with(chain.state, chain.layers().get(0), w -> 8 * w);
      moved = chain.with(moved, chain.layers().get(2), w -> w / 8);
      double[] before = Chain.all(chain.score(new SynFlow()));
      double[] after = Chain.all(chain.score(new SynFlow(), moved, chain.dense()));
      for (int j = 0; j < before.length; j++) {
        assertThat(after[j]).isCloseTo(before[j], within(1e-9 * before[j]));
      }
    }
  }

  @Test
  void oneRoundIsPruningAtASingleShot() {
    try (Chain chain = new Chain(true, 12, 9)) {
      Mask shot =
          chain
              .score(new SynFlow())
              .keep(chain.dense(), 0, (k, kind) -> k == 0 ? 1 : 0.1, 1, Scope.GLOBAL, Ties.EXACT);
      assertThat(prune(chain, new SynFlow(), 0.1, 1)).isEqualTo(shot);
    }
  }

  @Test
  void itIsPrunedInAHundredRoundsUnlessSaid() {
    assertThat(new SynFlow().rounds()).isEqualTo(100);
  }
}
