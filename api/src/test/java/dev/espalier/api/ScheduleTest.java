// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.contract.ScheduleContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Nested
  class Exponential extends ScheduleContract {
    @Override
    protected Schedule schedule() {
      return Schedule.exponential(0.01, 4);
    }

    @Test
    void fallsByTheSameFactorEveryRound() {
      for (int k = 0; k <= 4; k++) {
        assertThat(schedule().density(k, Layer.Kind.LINEAR))
            .isCloseTo(Math.pow(10, -0.5 * k), within(1e-15));
      }
    }
  }

  @Nested
  class Linear extends ScheduleContract {
    @Override
    protected Schedule schedule() {
      return Schedule.linear(0.2, 4);
    }

    @Test
    void fallsByTheSameAmountEveryRound() {
      for (int k = 0; k <= 4; k++) {
        assertThat(schedule().density(k, Layer.Kind.LINEAR)).isCloseTo(1 - 0.2 * k, within(1e-15));
      }
    }
  }

  @Test
  void equalSchedulesAreTheSamePartOfAKey() {
    assertThat(Digest.of(Schedule.exponential(0.1, 5)))
        .isEqualTo(Digest.of(Schedule.exponential(0.1, 5)))
        .isNotEqualTo(Digest.of(Schedule.exponential(0.1, 6)))
        .isNotEqualTo(Digest.of(Schedule.linear(0.1, 5)));
  }
}
