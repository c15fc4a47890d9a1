// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.Pattern;
import dev.espalier.api.Scope;
import dev.espalier.api.Scoring;
import dev.espalier.api.Ticket;
import dev.espalier.api.TieRule;
import dev.espalier.api.Training;
import dev.espalier.api.Weights;
import dev.espalier.api.contract.CriterionContract;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.methods.snip.PruningAtInitialisation.DensityPath;
import dev.espalier.methods.snip.PruningAtInitialisation.Prunable;
import dev.espalier.methods.snip.PruningAtInitialisation.Settings;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
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
    Scores scores = chain.score(criterion, chain.state, mask);
    return Scope.global().prune(scores, mask, Math.pow(rho, (double) k / n));
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
  void theScoresOfEveryLayerOfAChainAddUpToTheSumOfItsOutputsInEveryRound() {
    try (Chain chain = new Chain(false, 12, 9, 7)) {
      Mask mask = chain.dense();
      for (int k = 1; k <= 20; k++) {
        Scores scores = chain.score(new SynFlow(), chain.state, mask);
        double r = sumOfOutputs(chain, mask);
        assertThat(r).isPositive();
        for (Layer layer : chain.layers()) {
          assertThat(sum(scores, layer)).as(layer.name()).isCloseTo(r, within(1e-9 * r));
        }
        mask = step(chain, new SynFlow(), 0.02, 20, k, mask);
      }
    }
  }

  /** R, by a forward pass with ones through weights without their signs. */
  private static double sumOfOutputs(Chain chain, Mask mask) {
    State absolute = chain.state;
    for (Layer layer : chain.layers()) {
      absolute = chain.with(absolute, layer, Math::abs);
    }
    try (Gradients at = chain.at(absolute, mask)) {
      NDArray ones = at.manager().ones(chain.network.batch(1), DataType.FLOAT64);
      return at.outputs(ones).sum().getDouble();
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
  void noLayerOfAChainIsEmptyBeforeItHasToBeThoughMagnitudesAndSnipsAreLong() {
    // The weights between the wide layers share a layer's flow, and are small one by one.
    try (Chain chain = new Chain(false, 8, 300, 300, 8)) {
      double m = chain.dense().size();
      Mask fewest = prune(chain, new SynFlow(), 5.4 / m, 100);
      assertThat(chain.layers()).hasSize(5).allMatch(layer -> fewest.kept(layer) == 1);

      double rho = 40 / m;
      Mask synflow = prune(chain, new SynFlow(), rho, 100);
      Mask snip = prune(chain, snip(), rho, 1);
      Mask magnitude = prune(chain, new Magnitude(), rho, 1);
      assertThat(List.of(synflow, snip, magnitude)).extracting(Mask::kept).containsOnly(40L);
      assertThat(chain.layers()).allMatch(layer -> synflow.kept(layer) > 0);
      assertThat(chain.layers()).anyMatch(layer -> snip.kept(layer) == 0);
      assertThat(chain.layers()).anyMatch(layer -> magnitude.kept(layer) == 0);
    }
  }

  /** Of all examples. */
  private static Snip snip() {
    return new Snip(
        60, Optional.empty(), 60, ScoredWeights.OWN, BatchNorm.RUNNING, 0, Precision.FLOAT64);
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
  void weightsThatAreExactlyZeroScoreZeroAndStayZero() {
    try (Chain chain = new Chain(false, 12, 9)) {
      State state = chain.state;
      for (Layer layer : chain.layers()) {
        int[] next = {0};
        state = chain.with(state, layer, w -> next[0]++ % 5 == 0 ? 0 : w);
      }
      Map<String, List<Integer>> before = bits(state);
      Scores scores = chain.score(new SynFlow(), state, chain.dense());
      assertThat(bits(state)).isEqualTo(before);
      for (Layer layer : chain.layers()) {
        double[] s = scores.of(layer);
        for (int j = 0; j < s.length; j++) {
          if (j % 5 == 0) {
            assertThat(s[j]).isZero();
          } else {
            assertThat(s[j]).isPositive();
          }
        }
      }
    }
  }

  private static Map<String, List<Integer>> bits(State state) {
    Map<String, List<Integer>> bits = new LinkedHashMap<>();
    state
        .tensors()
        .forEach(
            (name, tensor) ->
                bits.put(
                    name,
                    IntStream.range(0, tensor.size())
                        .mapToObj(i -> Float.floatToRawIntBits(tensor.get(i)))
                        .toList()));
    return bits;
  }

  @Test
  void oneRoundIsPruningAtASingleShotThoughAHundredAreNot() {
    Training oneStep =
        new Training(
            new Adam(0.01),
            new Constant(),
            Span.iterations(0),
            30,
            Span.iterations(1),
            Span.iterations(1));
    try (Chain chain = new Chain(TinyProblem.data(60, 10, 10), false, 12, 9);
        LocalTrial trial = new LocalTrial(chain.network, chain.data, oneStep, Chain.SEED)) {
      State start = trial.initial();
      Scores scores = trial.score(new SynFlow(), new Weights(start, start, chain.dense()));
      Mask shot = Scope.global().prune(scores, chain.dense(), 0.1);
      for (DensityPath path : DensityPath.values()) {
        run(trial, Optional.of(1), path);
      }
      run(trial, Optional.empty(), DensityPath.EXPONENTIAL);
      List<Mask> masks = trial.tickets().stream().map(Ticket::mask).toList();
      assertThat(masks).extracting(Mask::kept).containsOnly(shot.kept());
      assertThat(masks.get(0)).isEqualTo(shot);
      assertThat(masks.get(1)).isEqualTo(shot);
      assertThat(masks.get(2)).isNotEqualTo(shot);
    }
  }

  private static void run(LocalTrial trial, Optional<Integer> rounds, DensityPath path) {
    Settings settings =
        new Settings(
            List.of(0.1),
            new SynFlow(),
            rounds,
            path,
            Scope.global(),
            Pattern.unstructured(),
            TieRule.EXACT,
            Prunable.WEIGHTS);
    new PruningAtInitialisation(settings).run(trial);
  }

  @Test
  void itIsPrunedInAHundredRoundsUnlessSaid() {
    assertThat(new SynFlow().rounds()).isEqualTo(100);
  }
}
