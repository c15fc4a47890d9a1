// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.Data;
import java.util.Arrays;
import java.util.Optional;

/** The training examples that a criterion looks at. */
final class Sample {

  private Sample() {}

  static void check(Data data, int examples, Optional<Integer> perClass) {
    int size = data.train().size();
    if (perClass.isEmpty() && examples > size) {
      throw new IllegalArgumentException(
          "criterion.examples: found "
              + examples
              + ", allowed is at most the "
              + size
              + " training examples of "
              + data.name());
    }
    perClass.ifPresent(n -> checkClasses(data, n));
  }

  static void checkClasses(Data data, int perClass) {
    int[] labels = data.train().labels();
    for (int c = 0; c < data.classes(); c++) {
      int label = c;
      long found = Arrays.stream(labels).filter(l -> l == label).count();
      if (found < perClass) {
        throw new IllegalArgumentException(
            "criterion.per-class: found "
                + perClass
                + ", allowed is at most the "
                + found
                + " training examples of class "
                + c
                + " of "
                + data.name());
      }
    }
  }
}
