// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.state.Layer;
import org.junit.jupiter.api.Test;

class ScheduleTest {

  private static double density(Schedule schedule, int k) {
    return schedule.density(k, Layer.Kind.LINEAR);
  }

  @Test
  void theExponentialPathFallsByTheSameFactorEveryRound() {
    Schedule schedule = Schedule.exponential(0.01, 4);
    for (int k = 0; k <= 4; k++) {
      assertThat(density(schedule, k)).isCloseTo(Math.pow(10, -0.5 * k), within(1e-15));
    }
    assertThat(density(schedule, 5)).isEqualTo(0.01);
  }

  @Test
  void theLinearPathFallsByTheSameAmountEveryRound() {
    Schedule schedule = Schedule.linear(0.2, 4);
    for (int k = 0; k <= 4; k++) {
      assertThat(density(schedule, k)).isCloseTo(1 - 0.2 * k, within(1e-15));
    }
    assertThat(density(schedule, 9)).isEqualTo(density(schedule, 4));
  }

  @Test
  void schedulesOfOneClassAndOneSettingAreEqual() {
    assertThat(Schedule.exponential(0.1, 5))
        .isEqualTo(Schedule.exponential(0.1, 5))
        .isNotEqualTo(Schedule.exponential(0.1, 6))
        .isNotEqualTo(Schedule.linear(0.1, 5));
  }
}
