// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.DoubleUnaryOperator;
import org.apiguardian.api.API;

/**
 * An immutable array of float32 in the Java heap, in row-major order: what states are made of while
 * no step runs. It owns no native memory. There is one zero: minus zero becomes 0, so that equal
 * numbers have equal digests, and a pruned weight is the same 0 whichever sign it was pruned with.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Tensor implements Digest.Digested {

  /** How many elements are put on a device at once: 4 MB. */
  private static final int PIECE = 1 << 20;

  private final Shape shape;
  private final float[] values;
  private Digest digest;

  private Tensor(Shape shape, float[] values) {
    this.shape = shape;
    this.values = values;
  }

  /**
   * A tensor of the given values.
   *
   * @param shape the shape
   * @param values as many values as the shape has elements, row-major; copied
   * @return the tensor
   */
  public static Tensor of(Shape shape, float... values) {
    return adopt(shape, values.clone());
  }

  /**
   * A copy of an array on a device.
   *
   * @param array an array of float32, of which the caller stays the owner
   * @return the tensor
   */
  public static Tensor of(NDArray array) {
    return adopt(array.getShape(), array.toFloatArray());
  }

  /**
   * Returns a tensor that owns the given array: no copy is made, and the caller must not change it
   * afterwards.
   *
   * @param shape the shape
   * @param values as many values as the shape has elements, row-major
   * @return the tensor
   */
  public static Tensor adopt(Shape shape, float[] values) {
    if (shape.size() != values.length) {
      throw new RefusedException(
          "values", values.length + " values for shape " + shape, shape.size() + " values");
    }
    for (int i = 0; i < values.length; i++) {
      values[i] += 0f; // turns minus zero into zero, and nothing else into anything
    }
    return new Tensor(shape, values);
  }

  /**
   * Puts a copy on a device.
   *
   * @param manager the owner of the new array, which says on which device it lies
   * @return a new array of float32
   */
  public NDArray on(NDManager manager) {
    NDArray array = manager.zeros(shape, DataType.FLOAT32);
    FloatBuffer rest = values();
    // By way of a small buffer: DJL would lay the array into memory of Java's as large as itself,
    // which is freed when Java finds the time, and begins where it likes, not where PyTorch's does.
    ByteBuffer piece =
        ByteBuffer.allocateDirect(Float.BYTES * Math.min(values.length, PIECE))
            .order(ByteOrder.nativeOrder());
    try (NDArray flat = array.reshape(values.length)) {
      while (rest.hasRemaining()) {
        int from = rest.position();
        int n = Math.min(rest.remaining(), PIECE);
        piece.asFloatBuffer().put(rest.slice().limit(n));
        rest.position(from + n);
        ByteBuffer filled = piece.slice(0, Float.BYTES * n).order(ByteOrder.nativeOrder());
        try (NDArray copied = manager.create(filled, new Shape(n), DataType.FLOAT32)) {
          flat.set(new NDIndex().addSliceDim(from, from + n), copied);
        }
      }
    }
    return array;
  }

  /**
   * The shape.
   *
   * @return the shape
   */
  public Shape shape() {
    return shape;
  }

  /**
   * The number of elements.
   *
   * @return their number
   */
  public int size() {
    return values.length;
  }

  /**
   * One element.
   *
   * @param index its flat index, row-major
   * @return its value
   */
  public float get(int index) {
    return values[index];
  }

  /**
   * A read-only view of the elements, row-major.
   *
   * @return a new buffer from the first element to the last
   */
  public FloatBuffer values() {
    return FloatBuffer.wrap(values).asReadOnlyBuffer();
  }

  /**
   * Applies a function to every element.
   *
   * @param change the function; its results are rounded to float32
   * @return a new tensor of the same shape
   */
  public Tensor map(DoubleUnaryOperator change) {
    float[] changed = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      changed[i] = (float) change.applyAsDouble(values[i]);
    }
    return adopt(shape, changed);
  }

  @Override
  public Digest digest() {
    if (digest == null) {
      digest = Digest.of(shape.toString(), values());
    }
    return digest;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tensor tensor && digest().equals(tensor.digest());
  }

  @Override
  public int hashCode() {
    return digest().hashCode();
  }

  @Override
  public String toString() {
    return "Tensor" + shape;
  }
}
