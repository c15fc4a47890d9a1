// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.data.Data;
import java.util.Optional;

/** The training examples that a criterion looks at. */
final class Sample {

  private Sample() {}

  static void check(Data data, int examples, Optional<Integer> perClass) {
    int size = data.train().size();
    if (perClass.isEmpty() && examples > size) {
      throw new IllegalArgumentException(
          "examples: found "
              + examples
              + ", allowed is at most the "
              + size
              + " training examples of "
              + data.name());
    }
    perClass.ifPresent(data::checkPerClass);
  }

  /** Batch norm cannot tell the deviation of a single example. */
  static void checkPasses(BatchNorm batchNorm, int smallest) {
    if (batchNorm == BatchNorm.BATCH && smallest < 2) {
      throw new IllegalArgumentException(
          "batch-norm: found batch with "
              + smallest
              + " example in a pass, allowed are 2 or more; take more examples, or running");
    }
  }
}
