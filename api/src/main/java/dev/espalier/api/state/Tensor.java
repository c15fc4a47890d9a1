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
 * An immutable array of float32 in the Java heap, in row-major order; states consist of tensors. It
 * owns no native memory. Minus zero becomes 0, so that equal numbers have equal digests, and a
 * pruned weight is the same 0 for either sign.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Tensor implements Digest.Digested {

  /** The number of elements in one copy to a device: 4 MB. */
  private static final int PIECE = 1 << 20;

  private final Shape shape;
  private final float[] values;
  private Digest digest;

  private Tensor(Shape shape, float[] values) {
    this.shape = shape;
    this.values = values;
  }

  /**
   * Creates a tensor of the given values.
   *
   * @param shape the shape
   * @param values one value per element of the shape, row-major; copied
   * @return the tensor
   */
  public static Tensor of(Shape shape, float... values) {
    return adopt(shape, values.clone());
  }

  /**
   * Creates a copy of an array on a device.
   *
   * @param array an array of float32; the caller keeps its ownership
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
   * @param values one value per element of the shape, row-major
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
   * Copies the tensor to a device.
   *
   * @param manager the owner of the new array, which sets the device
   * @return a new array of float32
   */
  public NDArray on(NDManager manager) {
    NDArray array = manager.zeros(shape, DataType.FLOAT32);
    try (NDArray flat = array.reshape(values.length)) {
      copyTo(flat, 0);
    }
    return array;
  }

  /**
   * Copies elements to an array on a device.
   *
   * @param target (n), float32, which has the elements afterwards
   * @param from the flat index of the first element; n elements follow
   */
  public void copyTo(NDArray target, int from) {
    // Copied through a small buffer: DJL would copy the whole array to a direct buffer of the same
    // size, which is freed late and is not aligned as PyTorch's memory is.
    int size = Math.toIntExact(target.size());
    ByteBuffer piece =
        ByteBuffer.allocateDirect(Float.BYTES * Math.min(size, PIECE))
            .order(ByteOrder.nativeOrder());
    for (int done = 0; done < size; done += PIECE) {
      int n = Math.min(size - done, PIECE);
      piece.asFloatBuffer().put(values, from + done, n);
      ByteBuffer filled = piece.slice(0, Float.BYTES * n).order(ByteOrder.nativeOrder());
      try (NDArray copied = target.getManager().create(filled, new Shape(n), DataType.FLOAT32)) {
        target.set(new NDIndex().addSliceDim(done, done + n), copied);
      }
    }
  }

  /**
   * Returns the shape.
   *
   * @return the shape
   */
  public Shape shape() {
    return shape;
  }

  /**
   * Returns the number of elements.
   *
   * @return their number
   */
  public int size() {
    return values.length;
  }

  /**
   * Returns one element.
   *
   * @param index its flat index, row-major
   * @return its value
   */
  public float get(int index) {
    return values[index];
  }

  /**
   * Returns a read-only view of the elements, row-major.
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
