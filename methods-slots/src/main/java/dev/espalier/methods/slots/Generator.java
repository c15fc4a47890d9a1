// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.RandomStream;
import java.util.HashMap;
import java.util.Map;

/**
 * A counter-based generator: number i is a function of a key and i. Any number is computed without
 * the previous ones, and is bit-identical in Java and on a device.
 *
 * <pre>
 * z = i * A + key                64 bits, overflow wraps
 * z = z * (2 z + 1)
 * z = z + z / 2^32               toward 0, by way of a double
 * z = z * (2 z + 1)
 * u = z / 2^63                   in [-1, 1]
 * </pre>
 *
 * <p>z (2 z + 1) is a permutation of the 64-bit numbers (Rivest et al., "The RC6 Block Cipher",
 * 1998) and far from linear. It moves low bits upward, and the step between moves high ones down
 * again. It uses only sums and products: DJL has no shifts and no exclusive or.
 */
final class Generator {

  private static final long A = 0x9e3779b97f4a7c15L;

  /** The number of values that a device computes at a time. */
  private static final int AT_A_TIME = 1 << 18;

  private final long key;

  /** Creates a generator whose key is the next number of a stream. */
  Generator(RandomStream random) {
    key = random.nextLong();
  }

  /** Returns number i, from -1 to 1, times a factor. */
  float number(long i, double factor) {
    long z = i * A + key;
    z *= 2 * z + 1;
    z += (long) (z * 0x1p-32);
    z *= 2 * z + 1;
    return (float) (z * (0x1p-63 * factor));
  }

  /** Returns numbers 0 to n - 1, times a factor. */
  float[] numbers(int n, double factor) {
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = number(i, factor);
    }
    return numbers;
  }

  /**
   * Creates this generator on a device.
   *
   * @param manager the owner of the arrays
   * @param factor the factor on every number
   */
  OnDevice on(NDManager manager, double factor) {
    return new OnDevice(manager, factor);
  }

  /** The same numbers, computed on a device from six numbers held there. */
  final class OnDevice {

    private final NDManager manager;
    private final NDArray a;
    private final NDArray start;

    /** The keys of later parts; each is uploaded once. */
    private final Map<Integer, NDArray> starts = new HashMap<>();

    private final NDArray one;
    private final NDArray two;
    private final NDArray shift;
    private final NDArray scale;

    private OnDevice(NDManager manager, double factor) {
      this.manager = manager;
      a = manager.create(A);
      start = manager.create(key - A);
      one = manager.create(1L);
      two = manager.create(2L);
      shift = manager.create(0x1p-32);
      scale = manager.create(0x1p-63 * factor);
    }

    /**
     * Returns as many numbers as a shape has elements, from number 0 on; a new array of float32.
     */
    NDArray numbers(Shape shape) {
      // In parts, because the intermediate values of a number take six times its size.
      try (NDList parts = new NDList()) {
        int n = Math.toIntExact(shape.size());
        for (int from = 0; from < n; from += AT_A_TIME) {
          parts.add(numbers(from, Math.min(AT_A_TIME, n - from)));
        }
        try (NDArray flat = NDArrays.concat(parts)) {
          return flat.reshape(shape);
        }
      }
    }

    private NDArray start(int from) {
      return from == 0 ? start : starts.computeIfAbsent(from, this::upload);
    }

    private NDArray upload(int from) {
      NDArray later = manager.create(key - A + from * A);
      NDScope.unregister(later);
      return later;
    }

    private NDArray numbers(int from, int size) {
      try (NDArray z = counting(size).muli(a).addi(start(from))) {
        permute(z);
        try (NDArray real = z.toType(DataType.FLOAT64, false).muli(shift);
            NDArray high = real.toType(DataType.INT64, false)) {
          z.addi(high);
        }
        permute(z);
        try (NDArray number = z.toType(DataType.FLOAT64, false).muli(scale)) {
          return number.toType(DataType.FLOAT32, false);
        }
      }
    }

    /** Returns 1, 2, ..., exactly; arange computes in float32. */
    private NDArray counting(int size) {
      try (NDArray ones = manager.ones(new Shape(size), DataType.INT64)) {
        return ones.cumSum(0);
      }
    }

    private void permute(NDArray z) {
      try (NDArray odd = z.mul(two).addi(one)) {
        z.muli(odd);
      }
    }
  }
}
