// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Rows;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Columns of numbers of a table, whose first rows are for training and the others for tests. */
final class Columns {

  private final int train;
  private final List<double[]> columns = new ArrayList<>();

  /**
   * Creates a table without columns.
   *
   * @param train the number of training rows
   */
  Columns(int train) {
    this.train = train;
  }

  /** Adds a column as it is. */
  void add(double... column) {
    columns.add(column);
  }

  /**
   * Adds a column, less the mean of its training rows and divided by their standard deviation.
   *
   * @return whether the training rows differ; if not, they become 0
   */
  boolean addStandardised(double... column) {
    double mean = Arrays.stream(column, 0, train).average().orElse(0);
    double std =
        Math.sqrt(
            Arrays.stream(column, 0, train).map(x -> (x - mean) * (x - mean)).average().orElse(0));
    boolean differ = Arrays.stream(column, 0, train).anyMatch(x -> x != column[0]);
    add(Arrays.stream(column).map(x -> (x - mean) / (differ ? std : 1)).toArray());
    return differ;
  }

  /** Returns the training rows, as float32 of shape (columns). */
  Rows train() {
    return rows(0, train);
  }

  /** Returns the other rows, as float32 of shape (columns). */
  Rows test() {
    return rows(train, columns.get(0).length);
  }

  private Rows rows(int from, int to) {
    int width = columns.size();
    float[] values = new float[(to - from) * width];
    for (int row = from; row < to; row++) {
      for (int i = 0; i < width; i++) {
        values[(row - from) * width + i] = (float) columns.get(i)[row];
      }
    }
    return Rows.ofFloats(values, new Shape(width));
  }

  /**
   * Reads a setting that is the share of test rows or a file of them.
   *
   * @param test the setting
   * @return the share; empty for a file
   * @throws RefusedException if the number is no share
   */
  static OptionalDouble share(String test) {
    if (!Sheet.isNumber(test)) {
      return OptionalDouble.empty();
    }
    double share = Double.parseDouble(test);
    if (!(share > 0 && share < 1)) {
      throw new RefusedException("test", test, "a share in (0, 1), or a file");
    }
    return OptionalDouble.of(share);
  }

  /**
   * Draws the test rows, which are the same for every experiment.
   *
   * @param rows the number of rows, 2 or more
   * @param share the share of test rows; at least one row is a test row, and one is none
   * @return the indices of training rows, then those of test rows, each in order
   */
  static Split draw(int rows, double share) {
    int test = (int) Math.max(1, Math.min(rows - 1, Math.round(rows * share)));
    int[] order = new Seed(0, 0).stream("test", 0).permutation(rows);
    return new Split(
        IntStream.of(order).skip(test).sorted().boxed().toList(),
        IntStream.of(order).limit(test).sorted().boxed().toList());
  }

  /**
   * A choice of test rows.
   *
   * @param train the indices of the training rows, in order
   * @param test the indices of the test rows, in order
   */
  record Split(List<Integer> train, List<Integer> test) {}
}
