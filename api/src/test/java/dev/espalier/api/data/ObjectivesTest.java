// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectivesTest {

  private static final LanguageModelling LANGUAGE = new LanguageModelling();
  private static final double LOG_3 = Math.log(3);

  /** Two texts of two tokens of three, of which the second ends after one. */
  private static final double[] LOGITS = {1, 2, 3, 0, 0, 0, 0, 0, 0, 9, -9, 4};

  private static final long[] NEXT = {2, 1, 0, LanguageModelling.PADDING};

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private static int compare(double a, double b) {
    return Math.abs(a - b) < 1e-12 ? 0 : Double.compare(a, b);
  }

  private NDArray logits(double[] values) {
    return manager.create(values, new Shape(2, 2, 3));
  }

  private NDArray next() {
    return manager.create(NEXT, new Shape(2, 2));
  }

  @Test
  void aTextsLossIsTheMeanOverItsTokensWithoutPadding() {
    // log(1 + e^-1 + e^-2) and log 3; log 3 alone
    double first = (0.40760596444438 + LOG_3) / 2;
    assertThat(LANGUAGE.losses(logits(LOGITS), next()).toDoubleArray())
        .containsExactly(new double[] {first, LOG_3}, within(1e-12));
    assertThat(LANGUAGE.weights(next()).orElseThrow().toFloatArray()).containsExactly(2, 1);
    assertThat(LANGUAGE.loss(logits(LOGITS), next()).getDouble())
        .isCloseTo((2 * first + LOG_3) / 3, within(1e-12));
  }

  @Test
  void aTextOfPaddingAloneDoesNotCount() {
    NDArray targets = manager.create(new long[] {2, 1, -1, -1}, new Shape(2, 2));
    double first = (0.40760596444438 + LOG_3) / 2;
    assertThat(LANGUAGE.loss(logits(LOGITS), targets).getDouble()).isCloseTo(first, within(1e-12));
  }

  @Test
  void theGradientOfTheLossOfTextsIsItsSlope() {
    NDArray point = logits(LOGITS);
    point.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.backward(LANGUAGE.loss(point, next()));
    }
    double[] gradient = point.getGradient().toDoubleArray();
    double h = 1e-5;
    for (int i = 0; i < LOGITS.length; i++) {
      double slope = (moved(i, h) - moved(i, -h)) / (2 * h);
      // The central difference errs by h^2 = 1e-10 and by rounding, 1e-16 / h = 1e-11.
      assertThat(gradient[i]).as("logit %d", i).isCloseTo(slope, within(1e-9));
    }
    assertThat(gradient[9]).as("behind the end").isZero();
  }

  private double moved(int i, double change) {
    double[] values = LOGITS.clone();
    values[i] += change;
    return LANGUAGE.loss(logits(values), next()).getDouble();
  }

  @Test
  void bitsAndPerplexityAreFunctionsOfTheLoss() {
    assertThat(LANGUAGE.values(Math.log(8), List.of(), null))
        .usingElementComparator(ObjectivesTest::compare)
        .containsExactly(3.0, 8.0);
    LanguageModelling other = new LanguageModelling(LanguageModelling.Choice.PERPLEXITY);
    assertThat(other.metrics(3)).extracting(Metric::name).startsWith("perplexity");
    assertThat(other.values(Math.log(8), List.of(), null).get(0)).isCloseTo(8, within(1e-12));
  }

  @Test
  void topFiveCountsLabelsAmongTheFiveLargest() {
    float[] logits = new float[24];
    for (int i = 0; i < 12; i++) {
      logits[i] = i;
      logits[12 + i] = -i;
    }
    List<NDArray> scores =
        new Classification()
            .scores(manager.create(logits, new Shape(2, 12)), manager.create(new long[] {7, 5}));
    assertThat(scores.get(0).toType(DataType.FLOAT32, false).toFloatArray()).containsExactly(0, 0);
    // The fifth largest of the first, the sixth largest of the second.
    assertThat(scores.get(1).toFloatArray()).containsExactly(1, 0);
    assertThat(new Classification().metrics(12)).hasSize(2);
    assertThat(new Classification().metrics(10)).containsExactly(Metric.ACCURACY);
  }

  @Test
  void rSquaredIsTheExplainedShareOfTheVarianceOfEachPlace() {
    // Variances 2/3 and 8/3 about means 2 and 12, not about the mean of all.
    Rows targets = Rows.ofFloats(new float[] {1, 10, 2, 12, 3, 14}, new Shape(2));
    assertThat(targets.variance()).isCloseTo(5 / 3.0, within(1e-12));
    Examples three = new Examples(Rows.ofFloats(new float[3], new Shape(1)), targets);
    NDArray y = manager.create(new float[] {1, 10, 2, 12, 3, 14}, new Shape(3, 2));
    NDArray said = manager.create(new float[] {2, 10, 2, 12, 3, 12}, new Shape(3, 2));
    Regression regression = new Regression();
    assertThat(regression.losses(said, y).toFloatArray()).containsExactly(0.5f, 0, 2);
    double loss = 2.5 / 3;
    assertThat(regression.values(loss, List.of(), three))
        .usingElementComparator(ObjectivesTest::compare)
        .containsExactly(0.5, Math.sqrt(loss));
  }

  @Test
  void reconstructionComparesWithThePixelsItself() {
    Shape shape = new Shape(1, 1, 2);
    Examples images = Examples.ofBytes(ByteBuffer.wrap(new byte[] {0, 51, -1, 102}), shape, 0, 1);
    Data data =
        new Data("i", images, images, images, Normalisation.NONE, 2)
            .withObjective(new Reconstruction());
    assertThat(data.train().targets()).isSameAs(data.train().features());
    assertThat(data.task().output()).isEqualTo(shape);
    NDArray target =
        manager
            .create(new int[] {0, 51, 255, 102}, new Shape(2, 1, 1, 2))
            .toType(DataType.UINT8, false);
    NDArray said = manager.create(new float[] {0, 0.2f, 0.5f, 0.4f}, new Shape(2, 1, 1, 2));
    assertThat(data.objective().losses(said, target).toFloatArray())
        .containsExactly(new float[] {0, 0.125f}, within(1e-6f));
  }

  @ParameterizedTest
  @ValueSource(ints = {-2, 3})
  void refusesTargetsOutsideOfTheVocabulary(int token) {
    assertThatThrownBy(() -> texts(new int[] {0, 1}, new int[] {1, token}))
        .hasMessageContainingAll("target: found token " + token, "0 to 2");
  }

  @Test
  void refusesInputsOutsideOfTheVocabulary() {
    assertThatThrownBy(() -> texts(new int[] {0, 5}, new int[] {1, 2}))
        .hasMessageContainingAll("token: found token 5", "0 to 4");
  }

  private static Data texts(int[] tokens, int[] targets) {
    Examples one =
        new Examples(Rows.ofInts(tokens, new Shape(2)), Rows.ofInts(targets, new Shape(2)));
    return new Data("texts", one, one, one, Inputs.ofTokens(2, 5), 3, LANGUAGE, Optional.empty());
  }

  @Test
  void refusesAnObjectiveThatTheTargetsCannotHave() {
    Examples labelled = Examples.ofFloats(new float[] {1, 2}, new Shape(1), 0, 1);
    Data classes = new Data("c", labelled, labelled, labelled, Normalisation.NONE, 2);
    assertThatThrownBy(() -> classes.withObjective(LANGUAGE))
        .hasMessageContaining("a sequence of tokens for each example");
    assertThatThrownBy(() -> classes.withObjective(new Regression()))
        .hasMessageContaining("targets that are numbers");
    assertThatThrownBy(
            () -> classes.withObjective(new Classification(0, Classification.Choice.TOP_5)))
        .hasMessageContainingAll("metric: found top-5 for the 2 classes", "allowed is accuracy");
  }

  @Test
  void refusesTargetsThatDoNotDiffer() {
    Examples constant =
        new Examples(
            Rows.ofFloats(new float[] {1, 2}, new Shape(1)),
            Rows.ofFloats(new float[] {4, 4}, new Shape()));
    assertThatThrownBy(
            () ->
                new Data(
                    "constant",
                    constant,
                    constant,
                    constant,
                    Inputs.of(new Shape(1), Normalisation.NONE),
                    0,
                    new Regression(),
                    Optional.empty()))
        .hasMessageContainingAll("targets of variance 0.0", "targets that differ");
  }
}
