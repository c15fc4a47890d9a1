// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * A table with one row for each example: pixels as unsigned bytes, other numbers as float32, or
 * tokens and labels as int32. All rows have one shape. Immutable.
 *
 * <p>Numbers and tokens are in the Java heap. Bytes may be in several buffers, and buffers may be
 * files that are mapped into memory, so a table of bytes can be larger than the memory.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Rows implements Digest.Digested {

  /** Chosen rows of more bytes are a view; fewer are copied. */
  private static final long LARGEST_COPY = 1L << 28;

  private final DataType type;
  private final Shape shape;
  private final List<? extends Buffer> buffers;
  private final int perBuffer;
  private final int[] chosen;
  private final int size;
  private final Optional<Digest> given;
  private Digest digest;
  private double variance = Double.NaN;

  /** The last buffer may have fewer rows than the others; {@code chosen} is null for all rows. */
  private Rows(
      DataType type,
      Shape shape,
      List<? extends Buffer> buffers,
      int[] chosen,
      Optional<Digest> given) {
    this.given = given;
    this.type = type;
    this.shape = shape;
    this.buffers = buffers;
    this.chosen = chosen;
    perBuffer = rows(buffers.get(0), shape);
    int last = rows(buffers.get(buffers.size() - 1), shape);
    size =
        chosen == null
            ? Math.addExact(Math.multiplyExact(perBuffer, buffers.size() - 1), last)
            : chosen.length;
  }

  private static int rows(Buffer values, Shape shape) {
    long each = shape.size();
    if (each < 1 || values.remaining() % each != 0) {
      throw new RefusedException(
          "rows", values.remaining() + " values", "a multiple of the " + each + " of one row");
    }
    return Math.toIntExact(values.remaining() / each);
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
    return ofBytes(List.of(values), shape, Optional.empty());
  }

  /**
   * Creates rows of bytes in several buffers.
   *
   * @param parts the rows in order, at least one part, not copied; all parts but the last have the
   *     same number of rows, and the last has not more
   * @param shape the shape of one row: (channels, height, width) of an image
   * @param digest a digest that stands for the content, so that the rows are not read for it; that
   *     of their values if empty
   * @return rows of type UINT8
   */
  public static Rows ofBytes(List<ByteBuffer> parts, Shape shape, Optional<Digest> digest) {
    int each = rows(parts.get(0), shape);
    for (int i = 1; i < parts.size(); i++) {
      int found = rows(parts.get(i), shape);
      boolean isLast = i == parts.size() - 1;
      if (found > each || (found < each && !isLast)) {
        throw new RefusedException(
            "parts", "part " + i + " of " + found + " rows", each + " rows, or less in the last");
      }
    }
    List<ByteBuffer> views = parts.stream().map(part -> part.slice().asReadOnlyBuffer()).toList();
    return new Rows(DataType.UINT8, shape, views, null, digest);
  }

  /**
   * Creates rows of numbers.
   *
   * @param values all rows in sequence, each row-major; copied
   * @param shape the shape of one row
   * @return rows of type FLOAT32
   */
  public static Rows ofFloats(float[] values, Shape shape) {
    FloatBuffer copy = FloatBuffer.wrap(values.clone()).asReadOnlyBuffer();
    return new Rows(DataType.FLOAT32, shape, List.of(copy), null, Optional.empty());
  }

  /**
   * Creates rows of tokens, or of labels of shape ().
   *
   * @param values all rows in sequence, each row-major; copied
   * @param shape the shape of one row: (length) of a sequence
   * @return rows of type INT32
   */
  public static Rows ofInts(int[] values, Shape shape) {
    IntBuffer copy = IntBuffer.wrap(values.clone()).asReadOnlyBuffer();
    return new Rows(DataType.INT32, shape, List.of(copy), null, Optional.empty());
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
   * Returns the size of the table.
   *
   * @return the number of bytes of all rows
   */
  public long bytes() {
    return rowBytes() * size;
  }

  private long rowBytes() {
    return shape.size() * type.getNumOfBytes();
  }

  /**
   * Returns the values of all rows.
   *
   * @return as {@link #slice}; a table in several buffers may be too large for this
   */
  public Buffer values() {
    return slice(0, size);
  }

  /**
   * Returns the values of consecutive rows.
   *
   * @param from the first row
   * @param to the row after the last
   * @return a new read-only ByteBuffer, FloatBuffer or IntBuffer: a view of the table where the
   *     rows lie one after another, else a copy
   */
  public Buffer slice(int from, int to) {
    int each = Math.toIntExact(shape.size());
    boolean isTogether = chosen == null && (from == to || from / perBuffer == (to - 1) / perBuffer);
    if (isTogether) {
      int buffer = from == to ? 0 : from / perBuffer;
      int first = from == to ? 0 : (from - buffer * perBuffer) * each;
      return buffers.get(buffer).slice(first, (to - from) * each);
    }
    ByteBuffer copy = ByteBuffer.allocate(Math.multiplyExact(to - from, each));
    copyTo(copy, IntStream.range(from, to).toArray());
    return copy.flip().asReadOnlyBuffer();
  }

  /**
   * Copies rows to a buffer.
   *
   * @param target accepts the values from its position on, in its byte order
   * @param rows the indices of the rows, in the order of the copies
   */
  public void copyTo(ByteBuffer target, int... rows) {
    int each = Math.toIntExact(shape.size());
    for (int row : rows) {
      int stored = chosen == null ? row : chosen[row];
      int first = stored % perBuffer * each;
      if (buffers.get(stored / perBuffer) instanceof ByteBuffer bytes) {
        target.put(target.position(), bytes, first, each).position(target.position() + each);
      } else {
        if (buffers.get(0) instanceof IntBuffer ints) {
          target.asIntBuffer().put(0, ints, first, each);
        } else {
          target.asFloatBuffer().put(0, (FloatBuffer) buffers.get(0), first, each);
        }
        target.position(target.position() + each * type.getNumOfBytes());
      }
    }
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
    if (!(buffers.get(0) instanceof IntBuffer ints)) {
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
   * @return new rows; the values are copied, or referred to if they are many
   */
  public Rows take(int... indices) {
    if (type == DataType.UINT8 && indices.length * rowBytes() > LARGEST_COPY) {
      int[] rows =
          chosen == null ? indices.clone() : IntStream.of(indices).map(i -> chosen[i]).toArray();
      Optional<Digest> digested = given.map(all -> Digest.of(all, IntBuffer.wrap(indices)));
      return new Rows(type, shape, buffers, rows, digested);
    }
    ByteBuffer copy =
        ByteBuffer.allocate(Math.toIntExact(indices.length * rowBytes()))
            .order(ByteOrder.nativeOrder());
    copyTo(copy, indices);
    copy.flip();
    Buffer values =
        switch (type) {
          case UINT8 -> copy.slice().asReadOnlyBuffer();
          case INT32 -> copy.asIntBuffer().asReadOnlyBuffer();
          default -> copy.asFloatBuffer().asReadOnlyBuffer();
        };
    return new Rows(type, shape, List.of(values), null, Optional.empty());
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
      for (int row = 0; row < size; row++) {
        Buffer values = slice(row, row + 1);
        for (int place = 0; place < each; place++) {
          // Welford's update, which is exact for values far from 0.
          double before = number(values, place) - mean[place];
          mean[place] += before / (row + 1.0);
          squares[place] += before * (number(values, place) - mean[place]);
        }
      }
      double sum = 0;
      for (double square : squares) {
        sum += square;
      }
      variance = sum / each / size;
    }
    return variance;
  }

  private static double number(Buffer values, int index) {
    if (values instanceof ByteBuffer bytes) {
      return (bytes.get(index) & 0xff) / 255.0;
    }
    return values instanceof IntBuffer ints ? ints.get(index) : ((FloatBuffer) values).get(index);
  }

  @Override
  public String toString() {
    return type + "" + shape;
  }

  /** The digest of the shape and of the values, or of what stands for them. */
  @Override
  public Digest digest() {
    if (digest == null) {
      Object content =
          given.isPresent()
              ? given.get()
              : buffers.size() == 1 && chosen == null
                  ? values()
                  : new Digest.Bytes(bytes(), this::rows);
      digest = Digest.of(shape.toString(), content);
    }
    return digest;
  }

  private Iterator<ByteBuffer> rows() {
    return IntStream.range(0, size).mapToObj(row -> (ByteBuffer) slice(row, row + 1)).iterator();
  }
}
