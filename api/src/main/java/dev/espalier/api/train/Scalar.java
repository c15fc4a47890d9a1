// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * A number on a device. DJL makes a new array for every number in an expression, on a GPU with a
 * copy from the host each time; this one is made anew only when the number changes.
 */
final class Scalar {

  private final NDManager manager;
  private double value;
  private NDArray array;

  /** A number on the manager's device, owned by the manager. */
  Scalar(NDManager manager) {
    this.manager = manager;
  }

  /**
   * A number for use in what is differentiated, in memory of PyTorch's own. That of an array that
   * DJL creates from a number is Java's, and may be gone before the backward pass reads it: DJL's
   * operations with a Java number must not stand in a graph.
   *
   * @param manager the owner of the new array
   */
  static NDArray constant(NDManager manager, DataType type, double number) {
    return manager.ones(new Shape(), type).muli(number);
  }

  NDArray of(double number) {
    if (array == null || value != number) {
      if (array != null) {
        array.close();
      }
      array = manager.create((float) number);
      NDScope.unregister(array);
      value = number;
    }
    return array;
  }
}
