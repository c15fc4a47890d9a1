// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Criterion;
import dev.espalier.api.Data;
import dev.espalier.api.Examples;
import dev.espalier.api.Gradients;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.Layer;
import dev.espalier.api.Normalisation;
import dev.espalier.api.Scores;
import dev.espalier.api.State;
import dev.espalier.api.contract.CriterionContract;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class GraspTest {

  private static final double T = 3;

  /** On whole class-balanced samples of all examples, so that a test knows which. */
  private static Grasp whole() {
    return new Grasp(
        4, 1, T, Grasp.Halves.WHOLE, ScoredWeights.OWN, BatchNorm.RUNNING, Precision.FLOAT64);
  }

  /** Four examples of each of three classes, of five features. */
  private static Data balanced() {
    Random random = new Random(3);
    float[] features = new float[12 * 5];
    int[] labels = new int[12];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 3;
    }
    Examples train = Examples.ofFloats(features, new Shape(5), labels);
    Examples none = Examples.ofFloats(new float[0], new Shape(5));
    return new Data("balanced", train, none, none, Normalisation.NONE, 3);
  }

  private static final int[] ALL = IntStream.range(0, 12).toArray();

  private static Supplier<NDArray> loss(Gradients gradients) {
    return () ->
        gradients.crossEntropy(
            gradients.logits(gradients.features(ALL)).div(gradients.number(T)), ALL);
  }

  private static Map<String, double[]> gradient(Chain chain, State weights) {
    try (Gradients gradients = chain.at(weights)) {
      return Chain.doubles(gradients.of(loss(gradients)));
    }
  }

  private static double squaredNorm(Map<String, double[]> g) {
    return g.values().stream().flatMapToDouble(Arrays::stream).map(x -> x * x).sum();
  }

  @Nested
  class KeepsTheContract extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Grasp(5);
    }
  }

  @Nested
  class KeepsTheContractAsTheReferenceCodeDoesIt extends CriterionContract {
    @Override
    protected Criterion criterion() {
      return new Grasp(
          3,
          2,
          200,
          Grasp.Halves.BY_CLASS,
          ScoredWeights.GLOROT_LINEAR,
          BatchNorm.BATCH,
          Precision.FLOAT64);
    }
  }

  /** H v of the mean cross-entropy of W2 relu(W1 x) / T, written out. */
  private static Map<String, double[]> analyticHessianTimes(Chain chain, Map<String, double[]> v) {
    Layer first = chain.layers().get(0);
    Layer second = chain.layers().get(1);
    int in = (int) first.shape().get(1);
    int hidden = (int) first.shape().get(0);
    int classes = (int) second.shape().get(0);
    double[] v1 = v.get(first.name());
    double[] v2 = v.get(second.name());
    double[] hv1 = new double[v1.length];
    double[] hv2 = new double[v2.length];
    float[] x = new float[12 * in];
    ((java.nio.FloatBuffer) chain.data.train().features()).get(x);
    for (int example : ALL) {
      double[] pre = new double[hidden];
      double[] preV = new double[hidden];
      for (int h = 0; h < hidden; h++) {
        for (int i = 0; i < in; i++) {
          double xi = x[example * in + i];
          pre[h] += chain.state.get(first.name()).get(h * in + i) * xi;
          preV[h] += v1[h * in + i] * xi;
        }
        if (pre[h] <= 0) {
          pre[h] = 0;
          preV[h] = 0;
        }
      }
      double[] z = new double[classes];
      double[] jv = new double[classes];
      for (int k = 0; k < classes; k++) {
        for (int h = 0; h < hidden; h++) {
          double w2 = chain.state.get(second.name()).get(k * hidden + h);
          z[k] += w2 * pre[h] / T;
          jv[k] += (v2[k * hidden + h] * pre[h] + w2 * preV[h]) / T;
        }
      }
      double[] p = softmax(z);
      double pjv = 0;
      for (int k = 0; k < classes; k++) {
        pjv += p[k] * jv[k];
      }
      for (int k = 0; k < classes; k++) {
        // (diag p - p p') J v, and p - y.
        double a = p[k] * (jv[k] - pjv);
        double r = p[k] - (example % 3 == k ? 1 : 0);
        for (int h = 0; h < hidden; h++) {
          double w2 = chain.state.get(second.name()).get(k * hidden + h);
          hv2[k * hidden + h] += (a * pre[h] + r * preV[h]) / T / 12;
          if (pre[h] > 0) {
            for (int i = 0; i < in; i++) {
              double xi = x[example * in + i];
              hv1[h * in + i] += (a * w2 + r * v2[k * hidden + h]) * xi / T / 12;
            }
          }
        }
      }
    }
    Map<String, double[]> hv = new LinkedHashMap<>();
    hv.put(first.name(), hv1);
    hv.put(second.name(), hv2);
    return hv;
  }

  private static double[] softmax(double... z) {
    double sum = Arrays.stream(z).map(Math::exp).sum();
    return Arrays.stream(z).map(k -> Math.exp(k) / sum).toArray();
  }

  @Test
  void theProductWithTheHessianIsTheAnalyticOne() {
    try (Chain chain = new Chain(balanced(), false, 6)) {
      Map<String, double[]> g = gradient(chain, chain.state);
      Map<String, double[]> expected = analyticHessianTimes(chain, g);
      double scale = Math.sqrt(squaredNorm(expected));
      assertThat(scale).isPositive();
      try (Gradients gradients = chain.at(chain.state)) {
        Map<String, NDArray> v = gradients.of(loss(gradients));
        Chain.doubles(gradients.hessianTimes(v, List.of(loss(gradients))))
            .forEach(
                (name, hg) -> {
                  for (int j = 0; j < hg.length; j++) {
                    assertThat(hg[j]).isCloseTo(expected.get(name)[j], within(1e-7 * scale));
                  }
                });
      }
    }
  }

  @Test
  void aScoreIsTheWeightTimesTheHessianGradientProduct() {
    try (Chain chain = new Chain(balanced(), false, 6)) {
      Map<String, double[]> hg = analyticHessianTimes(chain, gradient(chain, chain.state));
      Scores scores = chain.score(whole());
      for (Layer layer : chain.layers()) {
        for (int j = 0; j < layer.size(); j++) {
          double theta = chain.state.get(layer.name()).get(j);
          assertThat(scores.of(layer)[j]).isCloseTo(theta * hg.get(layer.name())[j], within(1e-9));
        }
      }
    }
  }

  @Test
  void shrinkingAWeightChangesTheSquaredGradientNormByMinusTwiceItsScore() {
    try (Chain chain = new Chain(balanced(), false, 6)) {
      Layer layer = chain.layers().get(0);
      double[] scores = chain.score(whole()).of(layer);
      State state = chain.with(chain.state, layer, w -> Math.rint(w * 256) / 256);
      double[] fine = chain.score(whole(), state, chain.dense()).of(layer);
      assertThat(fine).hasSameSizeAs(scores);
      double e = Math.scalb(1.0, -12);
      for (int j = 0; j < layer.size(); j += 3) {
        double slope =
            (squaredNorm(gradient(chain, shrunk(chain, state, layer, j, e)))
                    - squaredNorm(gradient(chain, shrunk(chain, state, layer, j, -e))))
                / (2 * e);
        assertThat(slope).isCloseTo(-2 * fine[j], within(1e-6));
      }
    }
  }

  private static State shrunk(Chain chain, State state, Layer layer, int j, double e) {
    int[] seen = {0};
    return chain.with(state, layer, w -> seen[0]++ == j ? w * (1 - e) : w);
  }

  @Test
  void shrinkingWhatIsPrunedFirstKeepsMoreGradientNormThanShrinkingWhatIsPrunedLast() {
    try (Chain chain = new Chain(balanced(), false, 6)) {
      Scores scores = chain.score(whole());
      double[] all = Chain.all(scores);
      double[] sorted = all.clone();
      Arrays.sort(sorted);
      double low = sorted[all.length / 5];
      double high = sorted[all.length - 1 - all.length / 5];
      double prunedFirst = squaredNorm(gradient(chain, shrunk(chain, scores, low, true)));
      double prunedLast = squaredNorm(gradient(chain, shrunk(chain, scores, high, false)));
      assertThat(prunedFirst).isGreaterThan(prunedLast);
    }
  }

  private static State shrunk(Chain chain, Scores scores, double threshold, boolean below) {
    State state = chain.state;
    for (Layer layer : chain.layers()) {
      double[] s = scores.of(layer);
      int[] next = {0};
      state =
          chain.with(
              state,
              layer,
              w -> {
                double score = s[next[0]++];
                return (below ? score <= threshold : score >= threshold) ? 0.95 * w : w;
              });
    }
    return state;
  }

  @Test
  void scalingTheLossScalesTheScoresByItsSquare() {
    try (Chain chain = new Chain(balanced(), false, 6)) {
      double[] once = Chain.all(chain.score(whole()));
      double[] thrice = Chain.all(chain.scoreScaled(whole(), 3));
      for (int j = 0; j < once.length; j++) {
        assertThat(thrice[j]).isCloseTo(9 * once[j], within(1e-9));
      }
    }
  }

  @Test
  void temperatureChangesTheOrder() {
    try (Chain chain = new Chain(true, 9)) {
      Grasp hot = new Grasp(10);
      Grasp cold =
          new Grasp(
              10,
              1,
              0.05,
              Grasp.Halves.MIXED,
              ScoredWeights.OWN,
              BatchNorm.BATCH,
              Precision.FLOAT32);
      assertThat(order(chain.score(hot))).isNotEqualTo(order(chain.score(cold)));
    }
  }

  private static int[] order(Scores scores) {
    double[] all = Chain.all(scores);
    return IntStream.range(0, all.length)
        .boxed()
        .sorted((a, b) -> Double.compare(all[a], all[b]))
        .mapToInt(i -> i)
        .toArray();
  }

  @Test
  void singlePrecisionAgreesWithDouble() {
    try (Chain chain = new Chain(balanced(), false, 6)) {
      double[] exact = Chain.all(chain.score(whole()));
      Grasp single =
          new Grasp(
              4, 1, T, Grasp.Halves.WHOLE, ScoredWeights.OWN, BatchNorm.RUNNING, Precision.FLOAT32);
      double[] floats = Chain.all(chain.score(single));
      double scale = Arrays.stream(exact).map(Math::abs).max().orElseThrow();
      for (int j = 0; j < exact.length; j++) {
        assertThat(floats[j]).isCloseTo(exact[j], within(1e-5 * scale));
      }
    }
  }

  @Test
  void moreExamplesOfAClassThanThereAreAreRefused() {
    try (Chain chain = new Chain(balanced(), false, 6)) {
      assertThatThrownBy(() -> new Grasp(5).check(chain.network, chain.data))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "per-class: found 5, allowed is at most the 4 training examples of class 0"
                  + " of balanced");
    }
  }

  @Test
  void theGradientsAreInTheAskedPrecision() {
    try (Chain chain = new Chain(balanced(), false, 6);
        Gradients gradients = chain.at(chain.state)) {
      assertThat(gradients.of(loss(gradients)).values())
          .allMatch(g -> g.getDataType() == DataType.FLOAT64);
    }
  }
}
