// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import ai.djl.training.GradientCollector;
import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.Scope;
import dev.espalier.api.contract.CriterionContract;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SnipTest {

  private static Snip snip(ScoredWeights weights, double weightDecay, int batchSize) {
    return new Snip(
        30,
        Optional.empty(),
        batchSize,
        weights,
        BatchNorm.RUNNING,
        weightDecay,
        Precision.FLOAT64);
  }

  /** Looks at all examples, so that a test knows which. */
  private static Snip ofAll() {
    return new Snip(
        60, Optional.empty(), 60, ScoredWeights.OWN, BatchNorm.RUNNING, 0, Precision.FLOAT64);
  }

  private static double loss(Chain chain, State weights) {
    int[] all = IntStream.range(0, 60).toArray();
    try (Gradients gradients = chain.at(weights)) {
      return gradients.loss(gradients.outputs(gradients.features(all)), all).getDouble();
    }
  }

  @Nested
  class KeepsTheContract extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Snip(20);
    }
  }

  @Nested
  class KeepsTheContractWithEveryQuirk extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Snip(
          20, Optional.of(7), 8, ScoredWeights.GLOROT, BatchNorm.BATCH, 5e-4, Precision.FLOAT64);
    }
  }

  @Test
  void sensitivitiesAreAtLeastZeroAndAddUpToOne() {
    try (Chain chain = new Chain(true, 9, 7)) {
      double[] scores = Chain.all(chain.score(new Snip(30)));
      assertThat(Arrays.stream(scores).min().orElseThrow()).isNotNegative();
      assertThat(Arrays.stream(scores).sum()).isCloseTo(1, within(1e-12));
    }
  }

  @Test
  void aSensitivityIsTheSlopeOfTheLossInTheGateOfItsWeight() {
    try (Chain chain = new Chain(true, 9, 7)) {
      State coarse = chain.state;
      for (Layer layer : chain.layers()) {
        // So that float32 holds w * (1 + h) exactly.
        coarse = chain.with(coarse, layer, w -> Math.rint(w * 256) / 256);
      }
      Scores scores = chain.score(ofAll(), coarse, chain.dense());
      double h = Math.scalb(1.0, -12);
      List<Double> ratios = new ArrayList<>();
      for (Layer layer : chain.layers()) {
        double[] s = scores.of(layer);
        for (int j = 0; j < s.length; j += 5) {
          double slope =
              (loss(chain, gated(chain, coarse, layer, j, 1 + h))
                      - loss(chain, gated(chain, coarse, layer, j, 1 - h)))
                  / (2 * h);
          if (s[j] > 1e-4) {
            ratios.add(Math.abs(slope) / s[j]);
          }
        }
      }
      // One factor for all: the sum that scores are divided by.
      double factor = ratios.get(0);
      assertThat(ratios).hasSizeGreaterThan(20);
      assertThat(ratios).allSatisfy(r -> assertThat(r).isCloseTo(factor, within(1e-4 * factor)));
    }
  }

  @Test
  void aSensitivityIsTheGradientOfAGateOnAConstantWeight() {
    try (Chain chain = new Chain(false, 9)) {
      for (Mask mask : List.of(chain.dense(), firstHalves(chain))) {
        double[] gates = gateGradients(chain, mask);
        double sum = Arrays.stream(gates).map(Math::abs).sum();
        double[] scores = Chain.all(chain.score(ofAll(), chain.state, mask));
        assertThat(scores).hasSameSizeAs(gates);
        for (int j = 0; j < scores.length; j++) {
          double expected = Math.abs(gates[j]) / sum;
          assertThat(scores[j]).isCloseTo(expected, within(1e-6 * expected));
        }
      }
    }
  }

  /** dL/dc at c = 1 of two layers c * m * w, of which only c is differentiated. */
  private static double[] gateGradients(Chain chain, Mask mask) {
    int[] all = IntStream.range(0, 60).toArray();
    State masked = mask.apply(chain.state);
    try (Gradients at = chain.at(chain.state)) {
      NDManager manager = at.manager();
      List<NDArray> weights = new ArrayList<>();
      List<NDArray> gates = new ArrayList<>();
      for (Layer layer : chain.layers()) {
        weights.add(masked.get(layer.name()).on(manager).toType(DataType.FLOAT64, false));
        NDArray ones = manager.ones(layer.shape(), DataType.FLOAT64);
        ones.setRequiresGradient(true);
        gates.add(ones);
      }
      NDArray x = at.features(all).reshape(60, -1);
      NDArray labels = manager.create(chain.data.train().labels());
      NDArray y = labels.oneHot(chain.data.classes(), DataType.FLOAT64);
      try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
        NDArray hidden = Activation.relu(x.dot(gates.get(0).mul(weights.get(0)).transpose()));
        NDArray logits = hidden.dot(gates.get(1).mul(weights.get(1)).transpose());
        collector.backward(logits.logSoftmax(1).mul(y).sum().mul(at.number(-1.0 / 60)));
      }
      return gates.stream()
          .flatMapToDouble(gate -> Arrays.stream(Gradients.doubles(gate.getGradient())))
          .toArray();
    }
  }

  private static Mask firstHalves(Chain chain) {
    return Mask.of(
        chain.layers(),
        (layer, bits) -> {
          bits.set(0, layer.size() / 2);
          return bits;
        });
  }

  private static State gated(Chain chain, State state, Layer layer, int j, double c) {
    int[] seen = {0};
    return chain.with(state, layer, w -> seen[0]++ == j ? w * c : w);
  }

  @Test
  void keepsThePlannedCountAndNothingBelowWhatItDrops() {
    try (Chain chain = new Chain(true, 9, 7)) {
      Scores scores = chain.score(new Snip(30));
      long m = chain.dense().size();
      for (double density : new double[] {0.5, 0.1, 0.03}) {
        Mask mask = Scope.global().prune(scores, chain.dense(), density);
        assertThat(mask.kept()).isEqualTo(Math.round(m * density));
        double leastKept = Double.POSITIVE_INFINITY;
        double mostDropped = 0;
        for (Layer layer : chain.layers()) {
          double[] s = scores.of(layer);
          for (int j = 0; j < s.length; j++) {
            if (mask.keeps(layer, j)) {
              leastKept = Math.min(leastKept, s[j]);
            } else {
              mostDropped = Math.max(mostDropped, s[j]);
            }
          }
        }
        assertThat(leastKept).isGreaterThanOrEqualTo(mostDropped);
      }
    }
  }

  @Test
  void scalingTheLossChangesNoScore() {
    try (Chain chain = new Chain(true, 9, 7)) {
      double[] once = Chain.all(chain.score(ofAll()));
      double[] thrice = Chain.all(chain.scoreScaled(ofAll(), 3));
      for (int j = 0; j < once.length; j++) {
        assertThat(thrice[j]).isCloseTo(once[j], within(1e-12));
      }
    }
  }

  @Test
  void movingAFactorFromOneLayerToTheNextChangesNoScore() {
    try (Chain chain = new Chain(false, 9, 7)) {
      State moved = chain.with(chain.state, chain.layers().get(0), w -> 4 * w);
      moved = chain.with(moved, chain.layers().get(1), w -> w / 4);
      double[] before = Chain.all(chain.score(ofAll()));
      double[] after = Chain.all(chain.score(ofAll(), moved, chain.dense()));
      for (int j = 0; j < before.length; j++) {
        assertThat(after[j]).isCloseTo(before[j], within(1e-9));
      }
    }
  }

  @Test
  void aBiasThatStartsAtZeroScoresZero() {
    try (Chain chain = new Chain(true, 9)) {
      List<Layer> layers = PruningAtInitialisation.Prunable.WEIGHTS_AND_BIASES.of(chain.network);
      Scores scores = chain.score(ofAll(), chain.state, Mask.dense(layers));
      assertThat(scores.layers()).hasSize(4);
      for (Layer layer : layers) {
        if (layer.kind() == Layer.Kind.BIAS) {
          assertThat(scores.of(layer)).containsOnly(0);
        } else {
          assertThat(Arrays.stream(scores.of(layer)).sum()).isPositive();
        }
      }
    }
  }

  @Test
  void aHiddenUnitReceivesAsMuchSignedSensitivityAsItHandsOn() {
    try (Chain chain = new Chain(false, 9, 7)) {
      int[] rows = IntStream.range(0, 60).toArray();
      try (Gradients gradients = chain.at(chain.state)) {
        Map<String, double[]> g =
            Chain.doubles(
                gradients.of(
                    () -> gradients.loss(gradients.outputs(gradients.features(rows)), rows)));
        for (int l = 0; l + 1 < chain.layers().size(); l++) {
          Layer in = chain.layers().get(l);
          Layer out = chain.layers().get(l + 1);
          int units = (int) in.shape().get(0);
          int fanIn = (int) in.shape().get(1);
          for (int unit = 0; unit < units; unit++) {
            double incoming = 0;
            for (int i = 0; i < fanIn; i++) {
              int j = unit * fanIn + i;
              incoming += chain.state.get(in.name()).get(j) * g.get(in.name())[j];
            }
            double outgoing = 0;
            for (int o = 0; o < out.shape().get(0); o++) {
              int j = o * units + unit;
              outgoing += chain.state.get(out.name()).get(j) * g.get(out.name())[j];
            }
            assertThat(incoming).isCloseTo(outgoing, within(1e-12));
          }
        }
      }
    }
  }

  @Test
  void passesOverPartsOfTheSampleAddUpToOnePass() {
    try (Chain chain = new Chain(true, 9)) {
      double[] whole = Chain.all(chain.score(snip(ScoredWeights.OWN, 0, 30)));
      double[] parts = Chain.all(chain.score(snip(ScoredWeights.OWN, 0, 7)));
      for (int j = 0; j < whole.length; j++) {
        assertThat(parts[j]).isCloseTo(whole[j], within(1e-12));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ScoredWeights.class)
  void otherWeightsGiveOtherScoresAndTheSameOnesEachTime(ScoredWeights weights) {
    try (Chain chain = new Chain(true, 9)) {
      double[] scores = Chain.all(chain.score(snip(weights, 0, 30)));
      assertThat(Chain.all(chain.score(snip(weights, 0, 30)))).isEqualTo(scores);
      double[] own = Chain.all(chain.score(snip(ScoredWeights.OWN, 0, 30)));
      assertThat(Arrays.equals(scores, own)).isEqualTo(weights == ScoredWeights.OWN);
    }
  }

  @Test
  void weightDecayCountsTheWeightsTwice() {
    try (Chain chain = new Chain(true, 9)) {
      // So strong that the loss no longer matters: |w * lambda * w| / sum.
      Scores scores = chain.score(snip(ScoredWeights.OWN, 1e9, 30));
      double sum = 0;
      for (Layer layer : chain.layers()) {
        for (int j = 0; j < layer.size(); j++) {
          double w = chain.state.get(layer.name()).get(j);
          sum += w * w;
        }
      }
      Layer first = chain.layers().get(0);
      for (int j = 0; j < first.size(); j++) {
        double w = chain.state.get(first.name()).get(j);
        assertThat(scores.of(first)[j]).isCloseTo(w * w / sum, within(1e-6));
      }
    }
  }

  @Test
  void deadWeightsScoreZero() {
    try (Chain chain = new Chain(true, 9)) {
      Mask half = firstHalves(chain);
      Scores scores = chain.score(new Snip(30), chain.state, half);
      for (Layer layer : chain.layers()) {
        for (int j = layer.size() / 2; j < layer.size(); j++) {
          assertThat(scores.of(layer)[j]).isZero();
        }
      }
    }
  }

  @Test
  void aLossThatDependsOnNoWeightIsRefused() {
    try (Chain chain = new Chain(false, 9)) {
      State zero = chain.state;
      for (Layer layer : chain.layers()) {
        zero = chain.with(zero, layer, w -> 0);
      }
      State silent = zero;
      Mask half = firstHalves(chain);
      assertThatThrownBy(() -> chain.score(new Snip(30), silent, half))
          .isInstanceOf(TrialFailed.class)
          .hasMessageContaining("add up to 0;")
          .hasMessageContaining(half.kept() + " living weights");
      assertThatThrownBy(() -> chain.score(new Snip(30), silent, chain.dense()))
          .isInstanceOf(TrialFailed.class)
          .hasMessageContaining("no gradient reaches 2 of the 2 layers")
          .hasMessageContaining("out.weight (27 weights)");
    }
  }

  @Test
  void aSampleLargerThanTheDataIsRefusedBeforeAnythingIsComputed() {
    try (Chain chain = new Chain(true, 9)) {
      assertThatThrownBy(
              () ->
                  Refusals.require(
                      refusals -> new Snip(61).check(chain.network, chain.data, refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("found 61")
          .hasMessageContaining("at most the 60");
      Snip balanced =
          new Snip(
              1, Optional.of(50), 60, ScoredWeights.OWN, BatchNorm.RUNNING, 0, Precision.FLOAT32);
      assertThatThrownBy(
              () ->
                  Refusals.require(refusals -> balanced.check(chain.network, chain.data, refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("per-class: found 50")
          .hasMessageContaining("class 0");
    }
  }
}
