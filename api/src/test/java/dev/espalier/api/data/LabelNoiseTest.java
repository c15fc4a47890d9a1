// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.contract.DeficitContract;
import dev.espalier.api.contract.TinyProblem;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class LabelNoiseTest {

  @Nested
  class KeepsTheContract extends DeficitContract {
    @Override
    protected Deficit deficit() {
      return new LabelNoise(1, 3, 0.6);
    }
  }

  @Test
  void refusesAFractionOfNoExample() {
    Data data = TinyProblem.data(40, 0, 10);
    assertThat(data.withDeficit(new LabelNoise(0, 1, 0.0125)).deficit()).isPresent();
    assertThatThrownBy(() -> data.withDeficit(new LabelNoise(0, 1, 0.0124)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "fraction", "found 0.0124 of 40 training examples", "at least 0.0125");
  }
}
