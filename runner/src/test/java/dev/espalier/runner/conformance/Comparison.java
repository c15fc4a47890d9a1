// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import java.util.stream.Stream;

/**
 * One test: a result of Espalier and that of a reference program.
 *
 * @param result the compared result
 * @param program the program and its commit
 * @param subject the network, or the shape of the problem
 * @param bound the allowed difference
 * @param file the file of the reference result
 * @param array the name of its array, or the folder of its arrays; empty if the file is text
 */
record Comparison(
    String result, String program, String subject, String bound, String file, String array) {

  /** Returns whether the reference result is bundled with the tests. */
  boolean isBundled() {
    return array.isEmpty() || has(Reference.bundled(file).keySet().stream());
  }

  /** Returns whether the reference result is here. */
  boolean isAvailable() {
    return array.isEmpty() || has(Reference.arrays(file).keySet().stream());
  }

  private boolean has(Stream<String> names) {
    return names.anyMatch(name -> name.equals(array) || name.startsWith(array + "/"));
  }
}
