// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Schedule;
import dev.espalier.api.state.Layer;
import org.junit.jupiter.api.Test;

/** What every {@link Schedule} keeps to; extend it in a plugin's tests. */
public abstract class ScheduleContract {

  /** For subclasses. */
  protected ScheduleContract() {}

  /** The schedule under test. */
  protected abstract Schedule schedule();

  @Test
  void beginsDense() {
    for (Layer.Kind kind : Layer.Kind.values()) {
      assertThat(schedule().density(0, kind)).isEqualTo(1);
    }
  }

  @Test
  void neverRisesAndStaysAboveZero() {
    for (Layer.Kind kind : Layer.Kind.values()) {
      for (int round = 1; round <= 30; round++) {
        assertThat(schedule().density(round, kind))
            .isGreaterThan(0)
            .isLessThanOrEqualTo(schedule().density(round - 1, kind));
      }
    }
  }
}
