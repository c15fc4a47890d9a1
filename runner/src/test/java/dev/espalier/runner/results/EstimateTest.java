// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class EstimateTest {

  /** t(0.975, 3) = 3.182446, from a table; s = sqrt(5 / 3). */
  @Test
  void theIntervalIsStudents() {
    Estimate estimate = Estimate.of(1, 2, 3, 4);
    assertThat(estimate.n()).isEqualTo(4);
    assertThat(estimate.mean()).isEqualTo(2.5);
    assertThat(estimate.half()).isCloseTo(3.182446 * Math.sqrt(5.0 / 3) / 2, within(1e-6));
    assertThat(estimate.low()).isEqualTo(2.5 - estimate.half());
    assertThat(estimate.high()).isEqualTo(2.5 + estimate.half());
    assertThat(estimate.isAbove(0.4)).isTrue();
    assertThat(estimate.isAbove(0.5)).isFalse();
    assertThat(estimate.isBelow(4.6)).isTrue();
    assertThat(estimate.isBelow(4.5)).isFalse();
  }

  @Test
  void oneReplicateHasNoInterval() {
    Estimate one = Estimate.of(0.9);
    assertThat(one.mean()).isEqualTo(0.9);
    assertThat(one.half()).isNaN();
    assertThat(one.isAbove(0)).isFalse();
    assertThat(one.isBelow(1)).isFalse();
    assertThat(one.toExclude(0)).isEmpty();
  }

  @Test
  void noneHasNoMean() {
    assertThat(Estimate.of().mean()).isNaN();
    assertThat(Estimate.of().n()).isZero();
  }

  @Test
  void replicatesThatAgreeHaveAnIntervalOfNoWidth() {
    assertThat(Estimate.of(0.5, 0.5, 0.5).half()).isZero();
  }

  /** t(0.975, 5) 1.290994 / sqrt(6) = 1.3548; of 7, 1.1940; of 8, 1.0793; of 9, 0.9923. */
  @Test
  void asManyReplicatesAreAskedForAsLeaveTheBoundOutside() {
    Estimate estimate = Estimate.of(1, 2, 3, 4);
    assertThat(estimate.toExclude(1.3)).hasValue(7);
    assertThat(estimate.toExclude(1.5)).hasValue(9);
    assertThat(estimate.toExclude(3.5)).hasValue(9);
    assertThat(estimate.toExclude(2.5)).isEmpty();
  }
}
