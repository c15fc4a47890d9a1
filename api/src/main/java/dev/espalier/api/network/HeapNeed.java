// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import java.util.Locale;

/**
 * The Java heap that the states of a network need at least, counted before its arrays are created.
 * A training holds the state at its start and the one at its end.
 */
final class HeapNeed {

  private static final int BYTES = 2 * Float.BYTES;

  private final long heap = Runtime.getRuntime().maxMemory();
  private double parameters;

  /** Adds a parameter, and returns whether the states still fit the heap. */
  boolean admits(Shape shape) {
    double size = 1;
    for (long axis : shape.getShape()) {
      size *= axis; // not Shape.size(), which overflows
    }
    parameters += size;
    return fits();
  }

  private boolean fits() {
    return parameters * BYTES <= heap;
  }

  /**
   * Refuses a network whose states do not fit.
   *
   * @throws RefusedException with the number of parameters and the heap that they need
   */
  void check(String network) {
    if (!fits()) {
      double need = parameters * BYTES;
      throw new RefusedException(
          "",
          String.format(
              Locale.ROOT,
              "%s with %,.0f parameters, which needs about %s",
              network,
              parameters,
              gigabytes(need)),
          "at most the Java heap of " + gigabytes((double) heap),
          String.format(
              Locale.ROOT,
              "Make the network smaller, or give Java more memory, such as java -Xmx%.0fg -jar"
                  + " espalier.jar ...",
              Math.ceil(need * 2 / (1 << 30))));
    }
  }

  private static String gigabytes(double bytes) {
    return String.format(Locale.ROOT, "%,.1f GB", bytes / 1e9);
  }
}
