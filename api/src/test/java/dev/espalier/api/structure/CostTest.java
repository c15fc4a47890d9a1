// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Network;
import dev.espalier.api.contract.TinyProblem;
import org.junit.jupiter.api.Test;

class CostTest {

  @Test
  void convolutionsCostTheirWeightsAtEveryPositionAndLinearLayersTheirsOnce() {
    try (Network network = TinyProblem.convolutional()) {
      // 3x3 on 4x4 without padding: 2x2 positions; gamma, beta and biases are trained too
      assertThat(Cost.of(network)).isEqualTo(new Cost(18 * 4 + 40 + 15, 18 + 4 + 45 + 18));
    }
    try (Network network = TinyProblem.linear()) {
      assertThat(Cost.of(network)).isEqualTo(new Cost(128 + 24, 128 + 8 + 24 + 3));
    }
  }
}
