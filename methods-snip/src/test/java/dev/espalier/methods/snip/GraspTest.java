// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.contract.CriterionContract;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoublePredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GraspTest {

  private static final double T = 3;
  private static final int[] FIRST_CLASSES = {0, 0, 0, 0, 1, 1, 1, 1};
  private static final int[] LAST_CLASSES = {2, 2, 2, 2, 3, 3, 3, 3};

  /** On whole class-balanced samples of all examples, so that a test knows which. */
  private static Grasp whole() {
    return new Grasp(
        4, 1, T, Grasp.Halves.WHOLE, ScoredWeights.OWN, BatchNorm.RUNNING, Precision.FLOAT64);
  }

  /** Four examples of each class, of five features. */
  private static Data balanced(int classes) {
    Random random = new Random(3);
    float[] features = new float[4 * classes * 5];
    int[] labels = new int[4 * classes];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % classes;
    }
    Examples train = Examples.ofFloats(features, new Shape(5), labels);
    Examples none = Examples.ofFloats(new float[0], new Shape(5));
    return new Data("balanced", train, none, none, Normalisation.NONE, classes);
  }

  private static final int[] ALL = IntStream.range(0, 12).toArray();

  private static Supplier<NDArray> loss(Gradients gradients, int... rows) {
    return () ->
        gradients.loss(gradients.outputs(gradients.features(rows)).div(gradients.number(T)), rows);
  }

  private static Map<String, double[]> gradient(Chain chain, State weights, int... rows) {
    try (Gradients gradients = chain.at(weights)) {
      return Chain.doubles(gradients.of(loss(gradients, rows)));
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

  /** H v of the mean cross-entropy of W2 relu(W1 x) / T on some examples, written out. */
  private static Map<String, double[]> analyticHessianTimes(
      Chain chain, Map<String, double[]> v, int... rows) {
    return analyticHessianTimes(chain, chain.state, v, rows);
  }

  private static Map<String, double[]> analyticHessianTimes(
      Chain chain, State state, Map<String, double[]> v, int... rows) {
    Layer first = chain.layers().get(0);
    Layer second = chain.layers().get(1);
    int in = (int) first.shape().get(1);
    int hidden = (int) first.shape().get(0);
    int classes = (int) second.shape().get(0);
    double[] v1 = v.get(first.name());
    double[] v2 = v.get(second.name());
    double[] hv1 = new double[v1.length];
    double[] hv2 = new double[v2.length];
    float[] x = new float[chain.data.train().size() * in];
    ((java.nio.FloatBuffer) chain.data.train().features().values()).get(x);
    int[] labels = chain.data.train().labels();
    for (int example : rows) {
      double[] pre = new double[hidden];
      double[] preV = new double[hidden];
      for (int h = 0; h < hidden; h++) {
        for (int i = 0; i < in; i++) {
          double xi = x[example * in + i];
          pre[h] += state.get(first.name()).get(h * in + i) * xi;
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
          double w2 = state.get(second.name()).get(k * hidden + h);
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
        double r = p[k] - (labels[example] == k ? 1 : 0);
        for (int h = 0; h < hidden; h++) {
          double w2 = state.get(second.name()).get(k * hidden + h);
          hv2[k * hidden + h] += (a * pre[h] + r * preV[h]) / T / rows.length;
          if (pre[h] > 0) {
            for (int i = 0; i < in; i++) {
              double xi = x[example * in + i];
              hv1[h * in + i] += (a * w2 + r * v2[k * hidden + h]) * xi / T / rows.length;
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
    try (Chain chain = new Chain(balanced(3), false, 6)) {
      Map<String, double[]> g = gradient(chain, chain.state, ALL);
      Map<String, double[]> expected = analyticHessianTimes(chain, g, ALL);
      double scale = Math.sqrt(squaredNorm(expected));
      assertThat(scale).isPositive();
      try (Gradients gradients = chain.at(chain.state)) {
        Map<String, NDArray> v = gradients.of(loss(gradients, ALL));
        Chain.doubles(gradients.hessianTimes(v, List.of(loss(gradients, ALL))))
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
    try (Chain chain = new Chain(balanced(3), false, 6)) {
      Map<String, double[]> hg =
          analyticHessianTimes(chain, gradient(chain, chain.state, ALL), ALL);
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
  void deadWeightsTakeNoPartInTheGradientOrTheProduct() {
    try (Chain chain = new Chain(balanced(3), false, 6)) {
      Mask half =
          Mask.of(
              chain.layers(),
              (layer, bits) -> {
                for (int j = 0; j < layer.size(); j++) {
                  bits.set(j, j % 3 != 1);
                }
                return bits;
              });
      State state = half.apply(chain.state);
      Map<String, double[]> g = gradient(chain, state, ALL);
      boolean[] anyDead = {false};
      for (Layer layer : chain.layers()) {
        for (int j = 0; j < layer.size(); j++) {
          if (!half.keeps(layer, j)) {
            anyDead[0] |= g.get(layer.name())[j] != 0;
            g.get(layer.name())[j] = 0;
          }
        }
      }
      assertThat(anyDead[0]).as("a dead weight has a gradient").isTrue();
      Map<String, double[]> hg = analyticHessianTimes(chain, state, g, ALL);
      Scores scores = chain.score(whole(), chain.state, half);
      for (Layer layer : chain.layers()) {
        for (int j = 0; j < layer.size(); j++) {
          double theta = state.get(layer.name()).get(j);
          assertThat(scores.of(layer)[j]).isCloseTo(theta * hg.get(layer.name())[j], within(1e-9));
        }
      }
    }
  }

  @Test
  void shrinkingAWeightChangesTheSquaredGradientNormByMinusTwiceItsScore() {
    try (Chain chain = new Chain(balanced(3), false, 6)) {
      Layer layer = chain.layers().get(0);
      double[] scores = chain.score(whole()).of(layer);
      State state = chain.with(chain.state, layer, w -> Math.rint(w * 256) / 256);
      double[] fine = chain.score(whole(), state, chain.dense()).of(layer);
      assertThat(fine).hasSameSizeAs(scores);
      double e = Math.scalb(1.0, -12);
      for (int j = 0; j < layer.size(); j += 3) {
        double slope =
            (squaredNorm(gradient(chain, shrunk(chain, state, layer, j, e), ALL))
                    - squaredNorm(gradient(chain, shrunk(chain, state, layer, j, -e), ALL)))
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
  void droppingWhatIsPrunedFirstKeepsMoreGradientNormThanDroppingWhatIsPrunedLast() {
    try (Chain chain = new Chain(balanced(3), false, 6)) {
      Scores scores = chain.score(whole());
      double[] sorted = Chain.all(scores);
      Arrays.sort(sorted);
      for (int dropped : new int[] {1, 5, 12, 24}) {
        double lowest = sorted[dropped];
        double highest = sorted[sorted.length - 1 - dropped];
        Mask first = keeping(chain, scores, score -> score >= lowest);
        Mask last = keeping(chain, scores, score -> score <= highest);
        assertThat(first.kept()).isEqualTo(sorted.length - dropped).isEqualTo(last.kept());
        assertThat(squaredNorm(gradient(chain, first)))
            .isGreaterThan(squaredNorm(gradient(chain, last)));
        assertThat(squaredNorm(ofLiving(chain, first)))
            .isGreaterThan(squaredNorm(ofLiving(chain, last)));
      }
    }
  }

  private static Mask keeping(Chain chain, Scores scores, DoublePredicate keeps) {
    return Mask.of(
        chain.layers(),
        (layer, bits) -> {
          double[] s = scores.of(layer);
          IntStream.range(0, s.length).filter(j -> keeps.test(s[j])).forEach(bits::set);
          return bits;
        });
  }

  private static Map<String, double[]> gradient(Chain chain, Mask mask) {
    return gradient(chain, mask.apply(chain.state), ALL);
  }

  /** The gradient in the network that is left. */
  private static Map<String, double[]> ofLiving(Chain chain, Mask mask) {
    Map<String, double[]> g = gradient(chain, mask);
    for (Layer layer : chain.layers()) {
      for (int j = 0; j < layer.size(); j++) {
        if (!mask.keeps(layer, j)) {
          g.get(layer.name())[j] = 0;
        }
      }
    }
    return g;
  }

  private static Grasp twice(Grasp.Halves halves) {
    return new Grasp(4, 2, T, halves, ScoredWeights.OWN, BatchNorm.RUNNING, Precision.FLOAT64);
  }

  @Test
  void byClassTheHalvesAreTheFirstHalfOfTheClassesAndTheRest() {
    try (Chain chain = new Chain(balanced(4), false, 6)) {
      List<int[]> looks = new ArrayList<>();
      chain.scoreWatched(twice(Grasp.Halves.BY_CLASS), looks);
      int[] labels = chain.data.train().labels();
      // Two halves of two samples, for the gradient and again for the Hessian.
      assertThat(looks).hasSize(8);
      for (int i = 0; i < looks.size(); i++) {
        assertThat(Arrays.stream(looks.get(i)).map(row -> labels[row]).toArray())
            .containsExactly(i % 2 == 0 ? FIRST_CLASSES : LAST_CLASSES);
        assertThat(looks.get(i)).doesNotHaveDuplicates().isEqualTo(looks.get((i + 4) % 8));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Grasp.Halves.class)
  void theGradientAndTheHessianAreSummedOverHalvesAndRepeatsEachBeforeTheirProduct(
      Grasp.Halves halves) {
    try (Chain chain = new Chain(balanced(4), false, 6)) {
      List<int[]> looks = new ArrayList<>();
      Scores scores = chain.scoreWatched(twice(halves), looks);
      List<int[]> parts = looks.subList(0, looks.size() / 2);
      assertThat(parts).hasSize(halves == Grasp.Halves.WHOLE ? 2 : 4);
      // A whole sample is all examples.
      assertThat(parts.stream().flatMapToInt(Arrays::stream).sorted())
          .containsExactlyElementsOf(IntStream.range(0, 32).mapToObj(i -> i / 2).toList());
      Map<String, double[]> g = new LinkedHashMap<>();
      parts.forEach(rows -> add(g, gradient(chain, chain.state, rows)));
      Map<String, double[]> hg = new LinkedHashMap<>();
      parts.forEach(rows -> add(hg, analyticHessianTimes(chain, g, rows)));
      double[] all = Chain.all(scores);
      double scale = Arrays.stream(all).map(Math::abs).max().orElseThrow();
      for (Layer layer : chain.layers()) {
        for (int j = 0; j < layer.size(); j++) {
          double theta = chain.state.get(layer.name()).get(j);
          assertThat(scores.of(layer)[j])
              .isCloseTo(theta * hg.get(layer.name())[j], within(1e-9 * scale));
        }
      }
    }
  }

  private static void add(Map<String, double[]> sums, Map<String, double[]> more) {
    more.forEach(
        (name, values) ->
            sums.merge(
                name,
                values,
                (a, b) -> IntStream.range(0, a.length).mapToDouble(j -> a[j] + b[j]).toArray()));
  }

  @Test
  void scalingTheLossScalesTheScoresByItsSquare() {
    try (Chain chain = new Chain(balanced(3), false, 6)) {
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
    try (Chain chain = new Chain(balanced(3), false, 6)) {
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
    try (Chain chain = new Chain(balanced(3), false, 6)) {
      assertThatThrownBy(
              () ->
                  Refusals.require(
                      refusals -> new Grasp(5).check(chain.network, chain.data, refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("per-class: found 5", "at most the 4", "class 0", "balanced");
    }
  }

  @Test
  void theGradientsAreInTheAskedPrecision() {
    try (Chain chain = new Chain(balanced(3), false, 6);
        Gradients gradients = chain.at(chain.state)) {
      assertThat(gradients.of(loss(gradients, ALL)).values())
          .allMatch(g -> g.getDataType() == DataType.FLOAT64);
    }
  }
}
