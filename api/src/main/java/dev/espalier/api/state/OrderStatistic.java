// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

/**
 * An order statistic, computed without a full sort.
 *
 * @param value the number
 * @param below the number of smaller numbers
 */
record OrderStatistic(double value, long below) {

  private static final int BITS = 16;

  /**
   * Finds the k-th smallest number, counted from 0. A histogram over the first bits determines its
   * bin, and only this bin is sorted. That takes two passes, while a sort of 15 million scores
   * takes seconds.
   *
   * @param numbers passes each number to its argument, the same numbers in each call; no NaN
   * @param k from 0 to their count less 1
   */
  static OrderStatistic smallest(Consumer<DoubleConsumer> numbers, long k) {
    int[] histogram = new int[1 << BITS];
    numbers.accept(number -> histogram[bin(number)]++);
    long before = 0;
    int bin = 0;
    while (before + histogram[bin] <= k) {
      before += histogram[bin++];
    }
    int chosen = bin;
    double[] within = new double[histogram[chosen]];
    int[] next = {0};
    numbers.accept(
        number -> {
          if (bin(number) == chosen) {
            within[next[0]++] = number + 0.0; // the two zeros are one number
          }
        });
    Arrays.parallelSort(within);
    double value = within[(int) (k - before)];
    int first = (int) (k - before);
    while (first > 0 && within[first - 1] == value) {
      first--;
    }
    return new OrderStatistic(value, before + first);
  }

  /**
   * Returns the first bits, transformed so that their unsigned order is the order of the numbers.
   */
  private static int bin(double number) {
    long bits = Double.doubleToRawLongBits(number + 0.0);
    long ordered = bits < 0 ? ~bits : bits ^ Long.MIN_VALUE;
    return (int) (ordered >>> (Long.SIZE - BITS));
  }
}
