// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.state.Seed;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class GeneratorTest {

  private static final int N = 100_000;

  private static Generator generator(int k) {
    return new Generator(new Seed(1, 0).stream("values/fc1.weight", k));
  }

  @Test
  void aDeviceComputesTheSameBits() {
    try (NDManager manager = NDManager.newBaseManager()) {
      for (int k = 0; k < 4; k++) {
        Generator.OnDevice device = generator(k).on(manager, 0.07);
        int more = 600_000; // than are computed at a time
        try (NDArray numbers = device.numbers(new Shape(100, more / 100))) {
          assertThat(numbers.getDataType()).isEqualTo(DataType.FLOAT32);
          assertThat(numbers.getShape()).isEqualTo(new Shape(100, more / 100));
          assertThat(numbers.toFloatArray()).isEqualTo(generator(k).numbers(more, 0.07));
        }
      }
    }
  }

  @Test
  void computingOnADeviceLeavesNothingBehind() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Generator.OnDevice device = generator(0).on(manager, 1);
      int before = LiveArrays.count();
      for (int i = 0; i < 10; i++) {
        device.numbers(new Shape(7, 3)).close();
      }
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }

  @Test
  void anyNumberCanBeHadWithoutThoseBefore() {
    float[] numbers = generator(0).numbers(1000, 0.5);
    assertThat(generator(0).number(777, 0.5)).isEqualTo(numbers[777]);
  }

  @Test
  void numbersAreUniform() {
    for (int k = 0; k < 8; k++) {
      int[] bins = new int[64];
      double sum = 0;
      double squares = 0;
      for (float u : generator(k).numbers(N, 1)) {
        assertThat(u).isBetween(-1f, 1f);
        bins[Math.min(63, (int) (32 * (u + 1)))]++;
        sum += u;
        squares += (double) u * u;
      }
      // mean 0 with deviation 1 / sqrt(3 N), E[u^2] = 1 / 3 with deviation sqrt(4 / 45 / N)
      assertThat(sum / N).isCloseTo(0, within(4 / Math.sqrt(3.0 * N)));
      assertThat(squares / N).isCloseTo(1.0 / 3, within(4 * Math.sqrt(4.0 / 45 / N)));
      double expected = N / 64.0;
      double chiSquare =
          Arrays.stream(bins).mapToDouble(n -> (n - expected) * (n - expected) / expected).sum();
      assertThat(chiSquare).isLessThan(114); // 63 degrees of freedom: passed once in 10,000
    }
  }

  @Test
  void neighboursAndSlotsAreUncorrelated() {
    for (int k = 0; k < 8; k++) {
      float[] u = generator(k).numbers(N, 1);
      for (int lag : new int[] {1, 2, 3, 10, 100, 784, 4096}) {
        assertThat(correlation(u, 0, u, lag)).isCloseTo(0, within(4.5 / Math.sqrt(N)));
      }
      for (int other = 0; other < k; other++) {
        float[] v = generator(other).numbers(N, 1);
        assertThat(correlation(u, 0, v, 0)).isCloseTo(0, within(4.5 / Math.sqrt(N)));
      }
    }
  }

  private static double correlation(float[] u, int from, float[] v, int lag) {
    int n = N - lag;
    double product = 0;
    for (int i = 0; i < n; i++) {
      product += (double) u[from + i] * v[i + lag];
    }
    return 3 * product / n; // E[u^2] = 1 / 3
  }

  @Test
  void numbersHardlyEverRepeat() {
    // The numbers are multiples of at least 2^-24 where they are large: some few meet by chance.
    long distinct = Arrays.stream(box(generator(0).numbers(N, 1))).distinct().count();
    assertThat(distinct).isGreaterThan(N - 1500);
  }

  private static Float[] box(float[] numbers) {
    Float[] boxed = new Float[numbers.length];
    Arrays.setAll(boxed, i -> numbers[i]);
    return boxed;
  }
}
