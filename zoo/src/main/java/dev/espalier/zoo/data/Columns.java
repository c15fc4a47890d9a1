// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
}
