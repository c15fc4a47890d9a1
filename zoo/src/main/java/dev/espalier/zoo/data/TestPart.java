// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Seed;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * A choice of test rows, which are rows of a table or texts.
 *
 * @param train the indices of the training rows, in order
 * @param test the indices of the test rows, in order
 */
record TestPart(List<Integer> train, List<Integer> test) {

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
   * @return the choice
   */
  static TestPart draw(int rows, double share) {
    int test = (int) Math.max(1, Math.min(rows - 1, Math.round(rows * share)));
    int[] order = new Seed(0, 0).stream("test", 0).permutation(rows);
    return new TestPart(
        IntStream.of(order).skip(test).sorted().boxed().toList(),
        IntStream.of(order).limit(test).sorted().boxed().toList());
  }
}
