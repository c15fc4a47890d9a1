// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import java.util.function.Function;
import org.apiguardian.api.API;

/**
 * The copy of an array to the host; all reads go through this class. DJL's own reads of an array on
 * a GPU first make an array on the CPU, in a sub-manager that stays open as long as the array's
 * manager. Here both are freed at once.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class HostCopy {

  private HostCopy() {}

  /**
   * Reads an array of float32.
   *
   * @param array the array, on any device
   * @return its elements, row-major
   */
  public static float[] floats(NDArray array) {
    return read(array, NDArray::toFloatArray);
  }

  /**
   * Reads an array as float64.
   *
   * @param array an array of float32 or float64, on any device
   * @return its elements, row-major
   */
  public static double[] doubles(NDArray array) {
    if (array.getDataType() == DataType.FLOAT64) {
      return read(array, NDArray::toDoubleArray);
    }
    // Widened on the host: an array of float64 on the device would need device memory.
    float[] floats = floats(array);
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  /**
   * Reads an array of one number.
   *
   * @param array an array of float32 or float64 with one element, on any device
   * @return the number
   */
  public static double number(NDArray array) {
    return array.getDataType() == DataType.FLOAT64
        ? read(array, NDArray::toDoubleArray)[0]
        : read(array, NDArray::toFloatArray)[0];
  }

  /**
   * Reads an array of one truth value.
   *
   * @param array an array of booleans with one element, on any device
   * @return the value
   */
  public static boolean isTrue(NDArray array) {
    return read(array, NDArray::toBooleanArray)[0];
  }

  private static <T> T read(NDArray array, Function<NDArray, T> read) {
    if (!array.getManager().getDevice().isGpu() && !array.getDevice().isGpu()) {
      return read.apply(array);
    }
    // The array's manager opens the sub-manager of the CPU, so an alias gets a manager that closes.
    try (NDManager own = array.getManager().newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray alias = array.stopGradient();
      alias.attach(own);
      return read.apply(alias.toDevice(Device.cpu(), true));
    }
  }
}
