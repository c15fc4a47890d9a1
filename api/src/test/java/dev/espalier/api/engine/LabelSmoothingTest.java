// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class LabelSmoothingTest {

  @Test
  void spreadsAFractionOfTheTargetEvenlyAndStaysFloat32() {
    try (NDManager manager = NDManager.newBaseManager()) {
      // p = (1/4, 3/4) and (1/2, 1/2)
      NDArray logits = manager.create(new float[] {0, (float) Math.log(3), 1, 1}, new Shape(2, 2));
      NDArray labels = manager.create(new long[] {1, 0});
      double first = -0.8 * Math.log(0.75) - 0.1 * (Math.log(0.25) + Math.log(0.75));
      double second = -Math.log(0.5);
      assertThat(CrossEntropy.mean(logits, labels, 0.2).getFloat())
          .isCloseTo((float) ((first + second) / 2), within(1e-6f));
    }
  }
}
