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
   * Creates examples of bytes.
   *
   * @param pixels all examples in sequence, each row-major; not copied, so the caller must not
   *     change it
   * @param shape the shape of one example: (channels, height, width)
   * @param labels the class of each example, from 0
   * @return the examples
   */
  public static Examples ofBytes(ByteBuffer pixels, Shape shape, int... labels) {
    return new Examples(DataType.UINT8, pixels.slice().asReadOnlyBuffer(), shape, labels);
  }

  /**
   * Creates examples of numbers.
   *
   * @param features all examples in sequence, each row-major; copied
   * @param shape the shape of one example
   * @param labels the class of each example, from 0
   * @return the examples
   */
  public static Examples ofFloats(float[] features, Shape shape, int... labels) {
    FloatBuffer copy = FloatBuffer.wrap(features.clone()).asReadOnlyBuffer();
    return new Examples(DataType.FLOAT32, copy, shape, labels);
  }

  /**
   * Returns the type of a feature.
   *
   * @return UINT8 or FLOAT32
   */
  public DataType type() {
    return type;
  }

  /**
   * Returns the features.
   *
   * @return a new read-only view, a ByteBuffer or a FloatBuffer
   */
  public Buffer features() {
    return features.duplicate();
  }

  /**
   * Returns the shape of one example.
   *
   * @return the shape, without a batch axis
   */
  public Shape shape() {
    return shape;
  }

  /**
   * Returns the number of examples.
   *
   * @return their number
   */
  public int size() {
    return labels.length;
  }

  /**
   * Returns the labels.
   *
   * @return a copy, one label per example
   */
  public int[] labels() {
    return labels.clone();
  }

  /**
   * Selects some of the examples.
   *
   * @param indices the indices of the examples, in the order of the result
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
   * Draws some of the examples; every choice is equally likely.
   *
   * @param examples the number of examples
   * @param random the random stream
   * @return the indices of different examples, in the order of the draw
   * @throws IllegalArgumentException if fewer examples exist
   */
  public int[] sample(int examples, RandomStream random) {
    if (examples < 0 || examples > size()) {
      throw new RefusedException("examples", examples, "0 to the " + size() + " there are");
    }
    return Arrays.copyOf(random.permutation(size()), examples);
  }

  /**
   * Draws the same number of examples of each class; every choice is equally likely.
   *
   * @param perClass the number of examples per class
   * @param random the random stream
   * @return the indices of different examples: those of class 0 in the order of the draw, then of
   *     class 1, and so on up to the largest label
   * @throws IllegalArgumentException if a class has fewer; the message has its label
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
