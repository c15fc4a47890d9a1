// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;
import java.util.OptionalInt;
import org.apiguardian.api.API;

/**
 * A table in the Java heap with one row for each example: pixels as unsigned bytes, other numbers
 * as float32, or tokens and labels as int32. All rows have one shape. Immutable.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Rows implements Digest.Digested {

  private final DataType type;
  private final Buffer values;
  private final Shape shape;
  private final int size;
  private Digest digest;
  private double variance = Double.NaN;

  private Rows(DataType type, Buffer values, Shape shape) {
    long each = shape.size();
    if (each < 1 || values.remaining() % each != 0) {
      throw new RefusedException(
          "rows", values.remaining() + " values", "a multiple of the " + each + " of one row");
    }
    this.type = type;
    this.values = values;
    this.shape = shape;
    size = Math.toIntExact(values.remaining() / each);
  }

  /**
   * Creates rows of bytes.
   *
   * @param values all rows in sequence, each row-major; not copied, so the caller must not change
   *     it
   * @param shape the shape of one row: (channels, height, width) of an image
   * @return rows of type UINT8
   */
  public static Rows ofBytes(ByteBuffer values, Shape shape) {
    return new Rows(DataType.UINT8, values.slice().asReadOnlyBuffer(), shape);
  }

  /**
   * Creates rows of bytes from parts. This joins them, so that they may have 2 GiB together.
   *
   * @param parts whole rows in sequence; all parts but the last have the same number
   * @param shape the shape of one row
   * @return rows of type UINT8
   */
  public static Rows ofBytes(List<ByteBuffer> parts, Shape shape) {
    if (parts.size() == 1) {
      return ofBytes(parts.get(0), shape);
    }
    long bytes = parts.stream().mapToLong(ByteBuffer::remaining).sum();
    if (bytes > Integer.MAX_VALUE) {
      throw new RefusedException("rows", bytes + " bytes", "at most " + Integer.MAX_VALUE);
    }
    ByteBuffer joined = ByteBuffer.allocateDirect((int) bytes);
    parts.forEach(part -> joined.put(part.duplicate()));
    return ofBytes(joined.flip(), shape);
  }

  /**
   * Creates rows of numbers.
   *
   * @param values all rows in sequence, each row-major; copied
   * @param shape the shape of one row
   * @return rows of type FLOAT32
   */
  public static Rows ofFloats(float[] values, Shape shape) {
    return new Rows(DataType.FLOAT32, FloatBuffer.wrap(values.clone()).asReadOnlyBuffer(), shape);
  }

  /**
   * Creates rows of tokens, or of labels of shape ().
   *
   * @param values all rows in sequence, each row-major; copied
   * @param shape the shape of one row: (length) of a sequence
   * @return rows of type INT32
   */
  public static Rows ofInts(int[] values, Shape shape) {
    return new Rows(DataType.INT32, IntBuffer.wrap(values.clone()).asReadOnlyBuffer(), shape);
  }

  /**
   * Returns the type of a value.
   *
   * @return UINT8, FLOAT32 or INT32
   */
  public DataType type() {
    return type;
  }

  /**
   * Returns the values.
   *
   * @return a new read-only view: a ByteBuffer, a FloatBuffer or an IntBuffer
   */
  public Buffer values() {
    return values.duplicate();
  }

  /**
   * Returns the shape of one row.
   *
   * @return the shape, without a batch axis
   */
  public Shape shape() {
    return shape;
  }

  /**
   * Returns the number of rows.
   *
   * @return their number
   */
  public int size() {
    return size;
  }

  /**
   * Copies the values of rows of int32.
   *
   * @return all rows in sequence
   * @throws RefusedException if the rows have another type
   */
  public int[] ints() {
    IntBuffer ints = tokens();
    int[] copy = new int[ints.remaining()];
    ints.get(copy);
    return copy;
  }

  private IntBuffer tokens() {
    if (!(values instanceof IntBuffer ints)) {
      throw new RefusedException("rows", "values of type " + type, "int32");
    }
    return ints.duplicate();
  }

  /**
   * Finds a value of int32 that is not allowed.
   *
   * @param low the lowest allowed value
   * @param high the value above the highest allowed one
   * @return the first value outside; empty if there is none
   * @throws RefusedException if the rows have another type
   */
  public OptionalInt firstOutside(int low, int high) {
    IntBuffer ints = tokens();
    for (int i = 0; i < ints.limit(); i++) {
      if (ints.get(i) < low || ints.get(i) >= high) {
        return OptionalInt.of(ints.get(i));
      }
    }
    return OptionalInt.empty();
  }

  /**
   * Selects some of the rows.
   *
   * @param indices the indices of the rows, in the order of the result
   * @return new rows; the values are copied
   */
  public Rows take(int... indices) {
    int each = Math.toIntExact(shape.size());
    if (values instanceof ByteBuffer bytes) {
      ByteBuffer copy = ByteBuffer.allocate(each * indices.length);
      for (int i : indices) {
        copy.put(bytes.slice(i * each, each));
      }
      return new Rows(type, copy.flip().asReadOnlyBuffer(), shape);
    }
    if (values instanceof IntBuffer ints) {
      IntBuffer copy = IntBuffer.allocate(each * indices.length);
      for (int i : indices) {
        copy.put(ints.slice(i * each, each));
      }
      return new Rows(type, copy.flip().asReadOnlyBuffer(), shape);
    }
    FloatBuffer copy = FloatBuffer.allocate(each * indices.length);
    for (int i : indices) {
      copy.put(((FloatBuffer) values).slice(i * each, each));
    }
    return new Rows(type, copy.flip().asReadOnlyBuffer(), shape);
  }

  /**
   * Returns the mean over the places of a row of the variance over the rows: sum((x - mean)^2) / n.
   * Bytes count as x / 255. A prediction of each place's mean has this mean squared error.
   *
   * @return the variance; NaN without rows
   */
  public double variance() {
    if (Double.isNaN(variance)) {
      int each = Math.toIntExact(shape.size());
      double[] mean = new double[each];
      double[] squares = new double[each];
      for (int i = 0; i < size * each; i++) {
        // Welford's update, which is exact for values far from 0.
        double n = i / each + 1;
        int place = i % each;
        double before = number(i) - mean[place];
        mean[place] += before / n;
        squares[place] += before * (number(i) - mean[place]);
      }
      double sum = 0;
      for (double square : squares) {
        sum += square;
      }
      variance = sum / each / size;
    }
    return variance;
  }

  private double number(int index) {
    if (values instanceof ByteBuffer bytes) {
      return (bytes.get(index) & 0xff) / 255.0;
    }
    return values instanceof IntBuffer ints ? ints.get(index) : ((FloatBuffer) values).get(index);
  }

  @Override
  public String toString() {
    return type + "" + shape;
  }

  @Override
  public Digest digest() {
    if (digest == null) {
      digest = Digest.of(shape.toString(), values());
    }
    return digest;
  }
}
