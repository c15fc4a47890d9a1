// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules for every {@link Deficit}; extend it in a plugin's tests. */
public abstract class DeficitContract {

  private static final Seed SEED = new Seed(7, 0);

  /** Sums of features may be in another order in a batch of another size. */
  private static final float TOLERANCE = 1e-5f;

  /** For subclasses. */
  protected DeficitContract() {}

  /**
   * The deficit under test.
   *
   * @return equal ones in every call
   */
  protected abstract Deficit deficit();

  /**
   * Data that can have the deficit.
   *
   * @return equal data in every call; 40 images of 4x4 pixels by default
   */
  protected Data data() {
    return TinyProblem.data(40, 0, 10);
  }

  @Test
  void isAValue() {
    assertThat(deficit()).isInstanceOf(Record.class).isEqualTo(deficit());
  }

  @Test
  void lastsFromItsFirstEpochToBeforeItsEnd() {
    Deficit deficit = deficit();
    assertThat(deficit.from()).isNotNegative().isLessThan(deficit.until());
    assertThat(deficit.lasts(deficit.from())).isTrue();
    assertThat(deficit.lasts(deficit.until() - 1)).isTrue();
    assertThat(deficit.lasts(deficit.from() - 1)).isFalse();
    assertThat(deficit.lasts(deficit.until())).isFalse();
  }

  @Test
  void acceptsTheData() {
    Refusals refusals = new Refusals();
    deficit().check(data(), refusals);
    assertThat(refusals.all()).isEmpty();
  }

  @Test
  void keepsShapesAndTypesAndTheClasses() {
    try (Batch batch = new Batch(SEED)) {
      NDArray features = batch.changed.features(batch.features);
      assertThat(features.getShape()).isEqualTo(batch.features.getShape());
      assertThat(features.getDataType()).isEqualTo(DataType.FLOAT32);
      for (float feature : features.toFloatArray()) {
        assertThat(feature).isFinite();
      }
      NDArray labels = batch.changed.labels(batch.labels, batch.rows);
      assertThat(labels.getShape()).isEqualTo(batch.labels.getShape());
      assertThat(labels.getDataType()).isEqualTo(DataType.INT64);
      assertThat(LongStream.of(labels.toLongArray()))
          .allMatch(label -> label >= 0 && label < data().classes());
    }
  }

  @Test
  void changesExamplesAndLeavesItsInputs() {
    try (Batch batch = new Batch(SEED)) {
      float[] features = batch.features.toFloatArray();
      long[] labels = batch.labels.toLongArray();
      float[] hurt = batch.changed.features(batch.features).toFloatArray();
      long[] wrong = batch.changed.labels(batch.labels, batch.rows).toLongArray();
      assertThat(Arrays.equals(hurt, features) && Arrays.equals(wrong, labels))
          .as("neither features nor labels are changed")
          .isFalse();
      assertThat(batch.features.toFloatArray()).isEqualTo(features);
      assertThat(batch.labels.toLongArray()).isEqualTo(labels);
    }
  }

  @Test
  void changesTheSameForTheSameSeed() {
    try (Batch one = new Batch(SEED);
        Batch other = new Batch(SEED)) {
      assertThat(other.changed.features(other.features).toFloatArray())
          .isEqualTo(one.changed.features(one.features).toFloatArray());
      assertThat(other.changed.labels(other.labels, other.rows).toLongArray())
          .isEqualTo(one.changed.labels(one.labels, one.rows).toLongArray());
    }
  }

  @ParameterizedTest
  @EnumSource
  void changesTheSameOnADevice(DeviceUnderTest under) {
    try (Batch here = new Batch(SEED);
        Batch there = new Batch(SEED, under.device())) {
      under
          .tolerance()
          .numbers(
              "features",
              doubles(there.changed.features(there.features)),
              doubles(here.changed.features(here.features)));
      assertThat(there.changed.labels(there.labels, there.rows).toLongArray())
          .isEqualTo(here.changed.labels(here.labels, here.rows).toLongArray());
    }
  }

  private static double[] doubles(NDArray array) {
    return array.toType(DataType.FLOAT64, true).toDoubleArray();
  }

  @Test
  void anExampleIsChangedWithoutItsBatch() {
    try (Batch batch = new Batch(SEED)) {
      float[] features = batch.changed.features(batch.features).toFloatArray();
      long[] labels = batch.changed.labels(batch.labels, batch.rows).toLongArray();
      int each = features.length / labels.length;
      for (int row : new int[] {labels.length - 1, 0, labels.length / 2}) {
        String slice = row + ":" + (row + 1);
        float[] alone = batch.changed.features(batch.features.get(slice)).toFloatArray();
        for (int i = 0; i < each; i++) {
          assertThat(alone[i]).isCloseTo(features[row * each + i], within(TOLERANCE));
        }
        assertThat(
                batch.changed.labels(batch.labels.get(slice), batch.rows.get(slice)).toLongArray())
            .containsExactly(labels[row]);
      }
    }
  }

  @Test
  void leavesNoArraysWhenItsManagerIsClosed() {
    int before = LiveArrays.count();
    try (Batch batch = new Batch(SEED)) {
      batch.changed.features(batch.features);
      batch.changed.labels(batch.labels, batch.rows);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  /** All training examples in order, with random features of the network's input. */
  private final class Batch implements AutoCloseable {

    private final NDManager manager;
    private final Deficit.OnDevice changed;
    private final NDArray features;
    private final NDArray labels;
    private final NDArray rows;

    Batch(Seed seed) {
      this(seed, Device.cpu());
    }

    Batch(Seed seed, Device device) {
      manager = NDManager.newBaseManager(device);
      Data data = data();
      int count = data.train().size();
      RandomStream random = new Seed(3, 0).stream("features", 0);
      float[] values = new float[count * (int) data.input().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      changed = deficit().on(data, seed, manager);
      features = manager.create(values, new Shape(count).addAll(data.input()));
      labels =
          manager.create(
              IntStream.of(data.train().labels()).asLongStream().toArray(), new Shape(count));
      rows = manager.create(LongStream.range(0, count).toArray(), new Shape(count));
    }

    @Override
    public void close() {
      manager.close();
    }
  }
}
