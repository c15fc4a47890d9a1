// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Metric;
import dev.espalier.api.data.Objective;
import dev.espalier.api.data.Rows;
import dev.espalier.api.state.Seed;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules for every {@link Objective}; extend it in a plugin's tests. */
public abstract class ObjectiveContract {

  private static final int EXAMPLES = 4;

  private NDManager manager;
  private Objective objective;

  /** For subclasses. */
  protected ObjectiveContract() {}

  /**
   * Data with the objective under test.
   *
   * @return equal data in every call, with four training examples or more
   */
  protected abstract Data data();

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
    objective = data().objective();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private double[] numbers() {
    long size = EXAMPLES * data().task().output().size();
    return new Seed(1, 0).stream("outputs", 0).doubles(size, -1, 1).toArray();
  }

  private NDArray outputs(double[] numbers, DataType type) {
    Shape shape = new Shape(EXAMPLES).addAll(data().task().output());
    return manager.create(numbers, shape).toType(type, true);
  }

  private NDArray targets(int... rows) {
    Rows targets = data().train().targets().take(rows);
    Shape shape = new Shape(rows.length).addAll(targets.shape());
    NDArray array = manager.create(targets.values(), shape, targets.type());
    return targets.type() == DataType.INT32 ? array.toType(DataType.INT64, false) : array;
  }

  private NDArray targets() {
    return targets(IntStream.range(0, EXAMPLES).toArray());
  }

  @Test
  void isAValue() {
    assertThat(objective).isInstanceOf(Record.class).isEqualTo(data().objective());
  }

  @Test
  void hasAValueForEachOfItsMetrics() {
    List<Metric> metrics = data().metrics();
    assertThat(metrics).isNotEmpty();
    assertThat(metrics).extracting(Metric::name).doesNotHaveDuplicates();
    NDList scores = objective.scores(outputs(numbers(), DataType.FLOAT32), targets());
    for (NDArray score : scores) {
      assertThat(score.getShape()).isEqualTo(new Shape(EXAMPLES));
    }
    List<Double> means = scores.stream().map(score -> 0.5).toList();
    Examples examples = data().train();
    assertThat(objective.values(0.5, means, examples))
        .hasSameSizeAs(metrics)
        .allMatch(Double::isFinite);
  }

  @Test
  void aLossDependsOnItsExampleAlone() {
    NDArray outputs = outputs(numbers(), DataType.FLOAT64);
    NDArray losses = objective.losses(outputs, targets());
    assertThat(losses.getShape()).isEqualTo(new Shape(EXAMPLES));
    assertThat(losses.getDataType()).isEqualTo(DataType.FLOAT64);
    for (int i = 0; i < EXAMPLES; i++) {
      NDArray one = objective.losses(outputs.get(i + ":" + (i + 1)), targets(i));
      assertThat(one.getDouble()).isFinite().isCloseTo(losses.getDouble(i), within(1e-12));
    }
  }

  @Test
  void weightsAreOneForEachExampleAndNotNegative() {
    Optional<NDArray> weights = objective.weights(targets());
    weights.ifPresent(
        w -> {
          assertThat(w.getShape()).isEqualTo(new Shape(EXAMPLES));
          for (float weight : w.toFloatArray()) {
            assertThat(weight).isNotNegative();
          }
        });
  }

  @Test
  void staysInTheTypeOfTheOutputs() {
    for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
      NDArray outputs = outputs(numbers(), type);
      assertThat(objective.losses(outputs, targets()).getDataType()).isEqualTo(type);
      assertThat(objective.loss(outputs, targets()).getDataType()).isEqualTo(type);
    }
  }

  /** The gradient also survives a collection of garbage between both passes. */
  @Test
  void theGradientOfTheLossIsItsSlope() {
    double[] numbers = numbers();
    NDArray outputs = outputs(numbers, DataType.FLOAT64);
    outputs.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray loss = objective.loss(outputs, targets());
      System.gc();
      collector.backward(loss);
    }
    double[] gradient = outputs.getGradient().toDoubleArray();
    double h = 1e-5;
    for (int i = 0; i < numbers.length; i += Math.max(1, numbers.length / 50)) {
      double slope = (moved(numbers, i, h) - moved(numbers, i, -h)) / (2 * h);
      assertThat(gradient[i]).as("output %d", i).isCloseTo(slope, within(1e-8));
    }
  }

  private double moved(double[] numbers, int i, double change) {
    double[] moved = numbers.clone();
    moved[i] += change;
    return objective.loss(outputs(moved, DataType.FLOAT64), targets()).getDouble();
  }

  @Test
  void leavesNoArraysBehind() {
    NDArray outputs = outputs(numbers(), DataType.FLOAT32);
    NDArray targets = targets();
    int before = LiveArrays.count();
    for (int step = 0; step < 3; step++) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        objective.loss(outputs, targets);
        objective.losses(outputs, targets);
        objective.scores(outputs, targets);
        objective.weights(targets);
      }
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }
}
