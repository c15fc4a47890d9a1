// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.RandomStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apiguardian.api.API;

/**
 * Examples with their targets.
 *
 * @param features the inputs: pixels, other numbers, or tokens
 * @param targets the expected outputs, a row for each example: labels of shape (), the next tokens,
 *     or numbers
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Examples(Rows features, Rows targets) implements Digest.Digested {

  /** Creates examples and checks that each has a target. */
  public Examples {
    if (features.size() != targets.size()) {
      throw new RefusedException(
          "features",
          features.size() + " rows of features for " + targets.size() + " labels",
          "one row for each");
    }
  }

  /**
   * Creates examples of bytes with labels.
   *
   * @param pixels all examples in sequence, each row-major; not copied, so the caller must not
   *     change it
   * @param shape the shape of one example: (channels, height, width)
   * @param labels the class of each example, from 0
   * @return the examples
   */
  public static Examples ofBytes(ByteBuffer pixels, Shape shape, int... labels) {
    return new Examples(Rows.ofBytes(pixels, shape), Rows.ofInts(labels, new Shape()));
  }

  /**
   * Creates examples of numbers with labels.
   *
   * @param features all examples in sequence, each row-major; copied
   * @param shape the shape of one example
   * @param labels the class of each example, from 0
   * @return the examples
   */
  public static Examples ofFloats(float[] features, Shape shape, int... labels) {
    return new Examples(Rows.ofFloats(features, shape), Rows.ofInts(labels, new Shape()));
  }

  /**
   * Returns the type of a feature.
   *
   * @return UINT8, FLOAT32 or INT32
   */
  public DataType type() {
    return features.type();
  }

  /**
   * Returns the shape of one example.
   *
   * @return the shape, without a batch axis
   */
  public Shape shape() {
    return features.shape();
  }

  /**
   * Returns the number of examples.
   *
   * @return their number
   */
  public int size() {
    return features.size();
  }

  /**
   * Returns whether each target is a label.
   *
   * @return true for targets of int32 and shape ()
   */
  public boolean isLabelled() {
    return targets.type() == DataType.INT32 && targets.shape().dimension() == 0;
  }

  /**
   * Returns the labels.
   *
   * @return a copy, one label per example
   * @throws RefusedException if the targets are not labels
   */
  public int[] labels() {
    if (!isLabelled()) {
      throw new RefusedException(
          "targets",
          targets.type() + " of shape " + targets.shape(),
          "a label for each example: int32 of shape ()");
    }
    return targets.ints();
  }

  /**
   * Selects some of the examples.
   *
   * @param indices the indices of the examples, in the order of the result
   * @return new examples; features and targets are copied
   */
  public Examples take(int... indices) {
    return new Examples(features.take(indices), targets.take(indices));
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
   * @throws IllegalArgumentException if a class has fewer, with its label; if targets are not
   *     labels
   */
  public int[] balanced(int perClass, RandomStream random) {
    if (perClass < 0) {
      throw new RefusedException("per-class", perClass, "0 or more");
    }
    int[] labels = labels();
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
    return Digest.of(features, targets);
  }
}
