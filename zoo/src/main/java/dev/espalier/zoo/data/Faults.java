// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Faults at places of a file, which one message names. */
final class Faults {

  /** The number of places that a message names. */
  private static final int NAMED = 10;

  private final List<String> named = new ArrayList<>();
  private int count;

  /**
   * Adds a fault.
   *
   * @param fault the place in the file and what was found, such as {@code line 3: no tab}
   */
  void add(String fault) {
    count++;
    if (count <= NAMED) {
      named.add(fault);
    }
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Throws if there are faults. */
  void require(Object file, String expected, String remedy) throws IOException {
    if (!isEmpty()) {
      throw new IOException(file + ": expected " + expected + ", found " + this + "; " + remedy);
    }
  }

  /** Returns the faults; of many, the first and the number of others. */
  @Override
  public String toString() {
    return String.join("; ", named) + (count > NAMED ? "; and " + (count - NAMED) + " more" : "");
  }
}
