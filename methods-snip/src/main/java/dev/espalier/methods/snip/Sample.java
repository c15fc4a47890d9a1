// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.data.Data;
import dev.espalier.api.settings.Refusals;
import java.util.Optional;

/** The training examples that a criterion looks at. */
final class Sample {

  private Sample() {}

  static void check(Data data, int examples, Optional<Integer> perClass, Refusals refusals) {
    int size = data.train().size();
    if (perClass.isEmpty() && examples > size) {
      refusals.add(
          "examples", examples, "at most the " + size + " training examples of " + data.name());
    }
    perClass.ifPresent(n -> data.checkPerClass(n, refusals));
  }

  /** Refuses passes of a single example: batch norm needs two for a deviation. */
  static void checkPasses(BatchNorm batchNorm, int smallest, Refusals refusals) {
    if (batchNorm == BatchNorm.BATCH && smallest < 2) {
      refusals.add(
          "batch-norm",
          "batch with " + smallest + " example in a pass",
          "batch with 2 or more",
          "Take more examples, or batch-norm = running");
    }
  }
}
