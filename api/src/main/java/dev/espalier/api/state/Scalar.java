// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.apiguardian.api.API;

/**
 * A number in expressions of optimizers and engines. DJL makes a new array for every number in an
 * expression, on a GPU with a copy from the host each time. This class makes one only when the
 * number changes. Its array has no axes and is in the memory of the host: PyTorch passes it to an
 * operation on a GPU as a number, without a copy.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Scalar {

  private final NDManager manager;
  private double value;
  private NDArray array;

  /**
   * Creates a number without a value.
   *
   * @param manager the owner of the array
   */
  public Scalar(NDManager manager) {
    this.manager = manager.getDevice().isGpu() ? manager.newSubManager(Device.cpu()) : manager;
  }

  /**
   * Returns a number for use in a differentiated expression. DJL's operations with a Java number
   * are not usable there: their array lies in Java's memory and may be freed before the backward
   * pass reads it. This array lies in PyTorch's memory.
   *
   * @param manager the owner of the new array
   * @param type FLOAT32 or FLOAT64
   * @param number the number
   * @return a new array of shape ()
   */
  public static NDArray constant(NDManager manager, DataType type, double number) {
    return type == DataType.FLOAT32
        ? manager.full(new Shape(), (float) number, type) // a fill, without a copy to the device
        : manager.ones(new Shape(), type).muli(number);
  }

  /**
   * Returns the array of a number.
   *
   * @param number the number, rounded to float32
   * @return an array of float32 and shape () on the CPU, valid until the next call with another
   *     number; an operand of products and sums, not of concatenations
   */
  public NDArray of(double number) {
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
