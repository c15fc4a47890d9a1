// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClassificationTest {

  private static final double[] LOGITS = {1, 2, 3, 0, 0, 0};
  private static final long[] LABELS = {2, 0};

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void isTheLogarithmOfTheLabelsProbability() {
    // log(e^1 + e^2 + e^3) - 3 = log(1 + e^-1 + e^-2), and log 3
    NDArray each = new Classification().losses(logits(LOGITS), labels());
    assertThat(each.toDoubleArray())
        .containsExactly(new double[] {0.40760596444438, 1.09861228866811}, within(1e-12));
  }

  @ParameterizedTest
  @CsvSource({
    // Without smoothing the mean of the two losses above. The mean of -log p over the classes is
    // 1.40760596444438 and 1.09861228866811, mean 1.25310912655624.
    "0, 0.75310912655624",
    "0.1, 0.80310912655624", // 0.9 * 0.75310912655624 + 0.1 * 1.25310912655624
    "0.5, 1.00310912655624"
  })
  void spreadsTheSmoothedTargetOverAllClasses(double smoothing, double expected) {
    assertThat(
            new Classification(smoothing, Classification.Choice.ACCURACY)
                .loss(logits(LOGITS), labels())
                .getDouble())
        .isCloseTo(expected, within(1e-12));
  }

  @Test
  void staysFiniteForLargeLogits() {
    NDArray logits = logits(new double[] {1000, 0, -1000, 1000, 1000, 0});
    // The first is 1000 - (-1000), the second log 2.
    assertThat(new Classification().losses(logits, labels()).toDoubleArray())
        .containsExactly(new double[] {2000, Math.log(2)}, within(1e-9));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.7})
  void hasTheGradientOfItsFiniteDifferences(double smoothing) {
    double[] point = {0.3, -1.2, 0.8, 2.1, 0.4, -0.6};
    NDArray logits = logits(point);
    logits.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.backward(
          new Classification(smoothing, Classification.Choice.ACCURACY).loss(logits, labels()));
    }
    double[] gradient = logits.getGradient().toDoubleArray();
    double h = 1e-5;
    for (int i = 0; i < point.length; i++) {
      double slope = (at(point, i, h, smoothing) - at(point, i, -h, smoothing)) / (2 * h);
      // The central difference errs by h^2 = 1e-10 and by rounding, 1e-16 / h = 1e-11.
      assertThat(gradient[i]).as("logit %d", i).isCloseTo(slope, within(1e-9));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void staysInFloat32WithItsGradient(double smoothing) {
    NDArray logits = manager.create(new float[] {0, 0, 0}, new Shape(1, 3));
    logits.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray loss =
          new Classification(smoothing, Classification.Choice.ACCURACY)
              .loss(logits, manager.create(new long[] {1}));
      collector.backward(loss);
      assertThat(loss.getFloat()).isCloseTo((float) Math.log(3), within(1e-6f));
    }
    // p - target: 1/3 - (1 - smoothing) - smoothing / 3 for the label
    assertThat(logits.getGradient().toFloatArray()[1])
        .isCloseTo((float) (-2.0 / 3 * (1 - smoothing)), within(1e-6f));
  }

  private double at(double[] point, int i, double change, double smoothing) {
    double[] moved = point.clone();
    moved[i] += change;
    return new Classification(smoothing, Classification.Choice.ACCURACY)
        .loss(logits(moved), labels())
        .getDouble();
  }

  @Test
  void spreadsAFractionOfTheTargetEvenly() {
    // p = (1/4, 3/4) and (1/2, 1/2)
    NDArray logits = manager.create(new float[] {0, (float) Math.log(3), 1, 1}, new Shape(2, 2));
    NDArray labels = manager.create(new long[] {1, 0});
    double first = -0.8 * Math.log(0.75) - 0.1 * (Math.log(0.25) + Math.log(0.75));
    double second = -Math.log(0.5);
    assertThat(
            new Classification(0.2, Classification.Choice.ACCURACY).loss(logits, labels).getFloat())
        .isCloseTo((float) ((first + second) / 2), within(1e-6f));
  }

  private NDArray logits(double[] values) {
    return manager.create(values, new Shape(2, 3));
  }

  private NDArray labels() {
    return manager.create(LABELS, new Shape(2));
  }

  @Test
  void theGradientSurvivesACollectionOfGarbageBetweenForwardAndBackward() {
    // p - target, with p = softmax(1/2, -1, 2)
    double[] expected = {0.1753 - 0.1 / 3, 0.0391 - 0.9 - 0.1 / 3, 0.7856 - 0.1 / 3};
    NDArray labels = manager.create(new long[] {1});
    for (int round = 0; round < 10; round++) {
      NDArray logits = manager.create(new float[] {0.5f, -1, 2}, new Shape(1, 3));
      logits.setRequiresGradient(true);
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        NDArray loss = new Classification(0.1, Classification.Choice.ACCURACY).loss(logits, labels);
        System.gc();
        spoilFreedMemory();
        collector.backward(loss);
      }
      float[] gradient = logits.getGradient().toFloatArray();
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) gradient[i]).isCloseTo(expected[i], within(1e-4));
      }
    }
  }

  /**
   * Small pieces of memory of Java's, such as a number takes, given out again with other content.
   */
  private static void spoilFreedMemory() {
    for (int i = 0; i < 2000; i++) {
      ByteBuffer.allocateDirect(Double.BYTES).putDouble(Double.NaN);
    }
  }
}
