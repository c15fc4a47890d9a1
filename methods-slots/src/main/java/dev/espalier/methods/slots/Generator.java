// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.RandomStream;

/**
 * A counter-based generator: number i is a function of a key and i, so any of them can be had at
 * any time without those before it, in Java and on a device alike, bit for bit.
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
 * 1998) and far from linear; it carries low bits upward, and the step between brings high ones down
 * again. It takes nothing but sums and products: DJL has no shifts and no exclusive or.
 */
final class Generator {

  private static final long A = 0x9e3779b97f4a7c15L;

  private final long key;

  /** A generator whose key is the next number of a stream. */
  Generator(RandomStream random) {
    key = random.nextLong();
  }

  /** Number i, from -1 to 1, times a factor. */
  float number(long i, double factor) {
    long z = i * A + key;
    z *= 2 * z + 1;
    z += (long) (z * 0x1p-32);
    z *= 2 * z + 1;
    return (float) (z * (0x1p-63 * factor));
  }

  /** Numbers 0 to n - 1. */
  float[] numbers(int n, double factor) {
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = number(i, factor);
    }
    return numbers;
  }

  /**
   * This generator on a device.
   *
   * @param manager the owner of what is held there
   * @param factor what every number is multiplied by
   */
  OnDevice on(NDManager manager, double factor) {
    return new OnDevice(manager, factor);
  }

  /** The same numbers, computed on a device from six numbers held there. */
  final class OnDevice {

    private final NDManager manager;
    private final NDArray a;
    private final NDArray start;
    private final NDArray one;
    private final NDArray two;
    private final NDArray shift;
    private final NDArray scale;

    private OnDevice(NDManager manager, double factor) {
      this.manager = manager;
      a = manager.create(A);
      start = manager.create(key);
      one = manager.create(1L);
      two = manager.create(2L);
      shift = manager.create(0x1p-32);
      scale = manager.create(0x1p-63 * factor);
    }

    /** As many numbers as a shape has elements, from 0 on; a new array of float32. */
    NDArray numbers(Shape shape) {
      try (NDArray z = manager.arange(0, Math.toIntExact(shape.size()), 1, DataType.INT64)) {
        z.muli(a).addi(start);
        permute(z);
        try (NDArray real = z.toType(DataType.FLOAT64, false).muli(shift);
            NDArray high = real.toType(DataType.INT64, false)) {
          z.addi(high);
        }
        permute(z);
        try (NDArray number = z.toType(DataType.FLOAT64, false).muli(scale);
            NDArray flat = number.toType(DataType.FLOAT32, false)) {
          return flat.reshape(shape);
        }
      }
    }

    private void permute(NDArray z) {
      try (NDArray odd = z.mul(two).addi(one)) {
        z.muli(odd);
      }
    }
  }
}
