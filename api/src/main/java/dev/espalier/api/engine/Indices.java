// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * The indices of some examples, in one order.
 *
 * @param rows the indices
 * @param array the same, int64 (rows) on the device
 */
@SuppressWarnings("ArrayRecordComponent") // passed on, never compared
record Indices(int[] rows, NDArray array) {

  static Indices of(int[] rows, NDManager manager) {
    long[] wide = Arrays.stream(rows).asLongStream().toArray();
    return new Indices(rows, manager.create(wide, new Shape(wide.length)));
  }
}
