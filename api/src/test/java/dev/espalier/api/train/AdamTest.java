// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.Optimizer;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdamTest {

  private static final double[] GRADIENTS = {1, -0.5, 0.25, 3, 0, -2, 0.1, 0.1};
  private static final double[] RATES = {0.1, 0.1, 0.1, 0.01, 0.01, 0.05, 0.05, 0.001};

  /** The published update, in float64, one number at a time; PyTorch's place for epsilon. */
  private static final class Slow {

    private double w = 2;
    private double m;
    private double v;
    private int t;

    double step(double rate, double gradient, double coupled, double decoupled, double epsilon) {
      t++;
      w *= 1 - rate * decoupled;
      double g = gradient + coupled * w;
      m = 0.9 * m + 0.1 * g;
      v = 0.99 * v + 0.01 * g * g;
      double mHat = m / (1 - Math.pow(0.9, t));
      double vHat = v / (1 - Math.pow(0.99, t));
      w -= rate * mHat / (Math.sqrt(vHat) + epsilon);
      return w;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "false, 0, 1e-8",
    "false, 0.3, 1e-8",
    "false, 0, 0.5",
    "true, 0, 1e-8",
    "true, 0.3, 1e-8",
    "true, 0.3, 0.5"
  })
  void followsThePublishedUpdateThroughChangesOfTheRate(
      boolean decoupled, double decay, double epsilon) {
    Optimizer optimizer =
        decoupled
            ? new AdamW(0.1, 0.9, 0.99, epsilon, decay, List.of())
            : new Adam(0.1, 0.9, 0.99, epsilon, decay, List.of());
    Slow slow = new Slow();
    try (Rig rig = new Rig(optimizer, 2)) {
      for (int i = 0; i < GRADIENTS.length; i++) {
        double expected =
            slow.step(
                RATES[i], GRADIENTS[i], decoupled ? 0 : decay, decoupled ? decay : 0, epsilon);
        // float32 against float64: some roundings of 2^-24 a step
        assertThat(rig.step(RATES[i], (float) GRADIENTS[i]))
            .as("step %d", i)
            .isCloseTo(expected, within(2e-6));
      }
    }
  }

  @Test
  void firstStepIsTheRateAgainstTheSignOfTheGradient() {
    // m / (1 - b1) = g and sqrt(v / (1 - b2)) = |g|: the step is lr * g / (|g| + eps)
    try (Rig rig = new Rig(new Adam(0.1), 0, 0)) {
      rig.step(0.1, 1e-3f, -50);
      assertThat((double) rig.values()[0]).isCloseTo(-0.1, within(1e-5));
      assertThat((double) rig.values()[1]).isCloseTo(0.1, within(1e-6));
    }
  }

  @Test
  void epsilonIsAddedToTheCorrectedRoot() {
    // |g| = 1 and eps = 1: 0.1 * 1 / (1 + 1); before the correction it would be 0.1 / 1.96 or more
    try (Rig rig = new Rig(new Adam(0.1, 0.9, 0.999, 1, 0, List.of()), 0)) {
      assertThat(rig.step(0.1, 1)).isCloseTo(-0.05, within(1e-6));
    }
  }

  @Test
  void decoupledDecayShrinksTheWeightByRateTimesDecay() {
    try (Rig rig = new Rig(new AdamW(0.1, 0.9, 0.999, 1e-8, 0.5, List.of()), 2)) {
      // 2 * (1 - 0.1 * 0.5); a gradient of 0 moves nothing
      assertThat(rig.step(0.1, 0)).isCloseTo(1.9, within(1e-6));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fc.bias", "bn.gamma", "bn.beta"})
  void decaySparesExemptGroups(String name) {
    List<DecayExemption> both = List.of(DecayExemption.BIAS, DecayExemption.BATCH_NORM);
    try (Network network = TinyProblem.convolutional()) {
      for (List<DecayExemption> exempt : List.of(both, List.<DecayExemption>of())) {
        assertThat(new Adam(0.1, 0.9, 0.999, 1e-8, 0.5, exempt).isDecayed(network, name))
            .isEqualTo(exempt.isEmpty());
        assertThat(new AdamW(0.1, 0.9, 0.999, 1e-8, 0.5, exempt).isDecayed(network, name))
            .isEqualTo(exempt.isEmpty());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void goesOnFromWhatItRememberedBitForBit(boolean decoupled) {
    Optimizer optimizer =
        decoupled
            ? new AdamW(0.1, 0.9, 0.99, 1e-8, 0.3, List.of())
            : new Adam(0.1, 0.9, 0.99, 1e-8, 0.3, List.of());
    try (Rig whole = new Rig(optimizer, 2, -1);
        Rig first = new Rig(optimizer, 2, -1)) {
      for (int i = 0; i < GRADIENTS.length; i++) {
        whole.step(RATES[i], (float) GRADIENTS[i], 1);
      }
      for (int i = 0; i < 3; i++) {
        first.step(RATES[i], (float) GRADIENTS[i], 1);
      }
      try (Rig second = new Rig(optimizer, first)) {
        for (int i = 3; i < GRADIENTS.length; i++) {
          second.step(RATES[i], (float) GRADIENTS[i], 1);
        }
        assertThat(second.values()).isEqualTo(whole.values());
        for (String moment : List.of("first-moment", "second-moment")) {
          assertThat(second.moment(moment)).isEqualTo(whole.moment(moment));
        }
        assertThat(second.moments().steps()).isEqualTo(GRADIENTS.length);
      }
    }
  }

  @Test
  void startingAfreshIsNotGoingOn() {
    // What the test above would miss if nothing were remembered at all.
    try (Rig first = new Rig(new Adam(0.1), 2)) {
      first.step(0.1, 1);
      try (Rig on = new Rig(new Adam(0.1), first);
          Rig afresh = new Rig(new Adam(0.1), first.values())) {
        assertThat(on.step(0.1, -0.5f)).isNotEqualTo(afresh.step(0.1, -0.5f));
      }
    }
  }

  @Test
  void refusesValuesOutOfRange() {
    assertThatThrownBy(() -> new Adam(-1, 1, 1, 0, -1, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("learning-rate: found -1.0")
        .hasMessageContaining("beta1: found 1.0, allowed is [0, 1)")
        .hasMessageContaining("beta2: found 1.0")
        .hasMessageContaining("epsilon: found 0.0")
        .hasMessageContaining("weight-decay: found -1.0");
    assertThatThrownBy(() -> new AdamW(1, 0.9, 0.999, 1e-8, -1, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("weight-decay: found -1.0", "[0, inf)");
  }
}
