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

  /**
   * Adds a parameter, before its array is created. The search for the need ends here: blocks behind
   * a layer that is too large compute with outputs of its size.
   *
   * @throws RefusedException if the states no longer fit, with the parameters so far and the heap
   *     that they need
   */
  void add(Shape shape, String network) {
    double size = 1;
    for (long axis : shape.getShape()) {
      size *= axis; // not Shape.size(), which overflows
    }
    parameters += size;
    double need = parameters * BYTES;
    if (need > heap) {
      throw new RefusedException(
          "",
          String.format(
              Locale.ROOT,
              "%s with %,.0f parameters or more, which needs at least %s",
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
