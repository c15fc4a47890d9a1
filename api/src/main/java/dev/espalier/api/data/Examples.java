// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.RandomStream;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.apiguardian.api.API;

/**
 * Labelled examples in the Java heap: pixels as unsigned bytes, or other features as float32.
 * Immutable.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Examples implements Digest.Digested {

  private final DataType type;
  private final Buffer features;
  private final Shape shape;
  private final int[] labels;
  private Digest digest;

  private Examples(DataType type, Buffer features, Shape shape, int[] labels) {
    if (features.remaining() != shape.size() * labels.length) {
      throw new RefusedException(
          "features",
          features.remaining() + " features for " + labels.length + " labels",
          shape.size() + " features for each");
    }
    this.type = type;
    this.features = features;
    this.shape = shape;
    this.labels = labels.clone();
  }

  /**
   * Examples of bytes.
   *
   * @param pixels all examples one after the other, each row-major; not copied, so not to be
   *     changed
   * @param shape the shape of one example: (channels, height, width)
   * @param labels the class of each example, from 0
   * @return the examples
   */
  public static Examples ofBytes(ByteBuffer pixels, Shape shape, int... labels) {
    return new Examples(DataType.UINT8, pixels.slice().asReadOnlyBuffer(), shape, labels);
  }

  /**
   * Examples of numbers.
   *
   * @param features all examples one after the other, each row-major; copied
   * @param shape the shape of one example
   * @param labels the class of each example, from 0
   * @return the examples
   */
  public static Examples ofFloats(float[] features, Shape shape, int... labels) {
    FloatBuffer copy = FloatBuffer.wrap(features.clone()).asReadOnlyBuffer();
    return new Examples(DataType.FLOAT32, copy, shape, labels);
  }

  /**
   * The type of a feature.
   *
   * @return UINT8 or FLOAT32
   */
  public DataType type() {
    return type;
  }

  /**
   * The features.
   *
   * @return a new read-only view, a ByteBuffer or a FloatBuffer
   */
  public Buffer features() {
    return features.duplicate();
  }

  /**
   * The shape of one example.
   *
   * @return the shape, without a batch axis
   */
  public Shape shape() {
    return shape;
  }

  /**
   * How many examples there are.
   *
   * @return their number
   */
  public int size() {
    return labels.length;
  }

  /**
   * The classes.
   *
   * @return a copy, one label an example
   */
  public int[] labels() {
    return labels.clone();
  }

  /**
   * Some of the examples.
   *
   * @param indices which, in the order wanted
   * @return new examples; the features are copied
   */
  public Examples take(int... indices) {
    int each = Math.toIntExact(shape.size());
    int[] taken = Arrays.stream(indices).map(i -> labels[i]).toArray();
    if (features instanceof ByteBuffer bytes) {
      ByteBuffer copy = ByteBuffer.allocate(each * indices.length);
      for (int i : indices) {
        copy.put(bytes.slice(i * each, each));
      }
      return ofBytes(copy.flip(), shape, taken);
    }
    FloatBuffer copy = FloatBuffer.allocate(each * indices.length);
    for (int i : indices) {
      copy.put(((FloatBuffer) features).slice(i * each, each));
    }
    return new Examples(type, copy.flip(), shape, taken);
  }

  /**
   * Draws some of the examples, every choice equally likely.
   *
   * @param examples how many
   * @param random where to draw from
   * @return that many different rows, in the order drawn
   * @throws IllegalArgumentException if there are fewer
   */
  public int[] sample(int examples, RandomStream random) {
    if (examples < 0 || examples > size()) {
      throw new RefusedException("examples", examples, "0 to the " + size() + " there are");
    }
    return Arrays.copyOf(random.permutation(size()), examples);
  }

  /**
   * Draws as many examples of each class, every choice equally likely.
   *
   * @param perClass how many of each
   * @param random where to draw from
   * @return different rows: those of class 0 in the order drawn, then of class 1, and so on up to
   *     the largest label
   * @throws IllegalArgumentException if a class has fewer, naming it
   */
  public int[] balanced(int perClass, RandomStream random) {
    if (perClass < 0) {
      throw new RefusedException("per-class", perClass, "0 or more");
    }
    int[] there = new int[Arrays.stream(labels).max().orElse(-1) + 1];
    for (int label : labels) {
      there[label]++;
    }
    for (int label = 0; label < there.length; label++) {
      if (there[label] < perClass) {
        throw new RefusedException(
            "per-class", perClass, "at most the " + there[label] + " examples of class " + label);
      }
    }
    int[] rows = new int[there.length * perClass];
    int[] taken = new int[there.length];
    for (int row : random.permutation(size())) {
      int label = labels[row];
      if (taken[label] < perClass) {
        rows[label * perClass + taken[label]] = row;
        taken[label]++;
      }
    }
    return rows;
  }

  @Override
  public Digest digest() {
    if (digest == null) {
      digest = Digest.of(shape.toString(), features(), Arrays.toString(labels));
    }
    return digest;
  }
}
