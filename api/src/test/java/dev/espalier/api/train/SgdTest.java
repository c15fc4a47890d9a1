// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SgdTest {

  /** Ten units in the last place of a float32 near 1. */
  private static final Offset<Double> ROUNDING = within(1e-6);

  @Test
  void withoutMomentumStepsAgainstTheGradient() {
    try (Rig rig = new Rig(new Sgd(0.5), 1, 2)) {
      rig.step(0.5, 1, -4);
      assertThat(rig.values()).containsExactly(0.5f, 4);
      rig.step(0.25, 2, 4);
      assertThat(rig.values()).containsExactly(0, 3);
      assertThat(rig.moments().arrays()).isEmpty();
    }
  }

  @Test
  void velocityDoesNotContainTheLearningRate() {
    try (Rig rig = new Rig(new Sgd(1, 0.9, false, 0, List.of()), 0)) {
      // v = 1, w = 0 - 1 * 1
      assertThat(rig.step(1, 1)).isCloseTo(-1, ROUNDING);
      // v = 0.9 * 1 + 1 = 1.9, w = -1 - 0.1 * 1.9; with the rate inside v it would be -2.00
      assertThat(rig.step(0.1, 1)).isCloseTo(-1.19, ROUNDING);
      assertThat((double) rig.moment("velocity")[0]).isCloseTo(1.9, ROUNDING);
      // v = 0.9 * 1.9 - 2 = -0.29, w = -1.19 + 0.1 * 0.29
      assertThat(rig.step(0.1, -2)).isCloseTo(-1.161, ROUNDING);
    }
  }

  @Test
  void nesterovLooksOneStepAhead() {
    try (Rig rig = new Rig(new Sgd(1, 0.9, true, 0, List.of()), 0)) {
      // v = 1, w = 0 - 1 * (1 + 0.9 * 1)
      assertThat(rig.step(1, 1)).isCloseTo(-1.9, ROUNDING);
      // v = 1.9, w = -1.9 - 0.1 * (1 + 0.9 * 1.9) = -1.9 - 0.271
      assertThat(rig.step(0.1, 1)).isCloseTo(-2.171, ROUNDING);
    }
  }

  @Test
  void decayIsAddedToTheGradient() {
    try (Rig rig = new Rig(new Sgd(0.1, 0, false, 0.5, List.of()), 2)) {
      // g = 1 + 0.5 * 2 = 2, w = 2 - 0.1 * 2
      assertThat(rig.step(0.1, 1)).isCloseTo(1.8, ROUNDING);
      // g = 1 + 0.5 * 1.8 = 1.9, w = 1.8 - 0.1 * 1.9
      assertThat(rig.step(0.1, 1)).isCloseTo(1.61, ROUNDING);
    }
  }

  @Test
  void decayEntersTheVelocity() {
    try (Rig rig = new Rig(new Sgd(0.1, 0.9, false, 0.5, List.of()), 2)) {
      // g = 2, v = 2, w = 1.8
      assertThat(rig.step(0.1, 1)).isCloseTo(1.8, ROUNDING);
      // g = 1.9, v = 1.8 + 1.9 = 3.7, w = 1.8 - 0.37
      assertThat(rig.step(0.1, 1)).isCloseTo(1.43, ROUNDING);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "fc.weight, true",
    "fc.bias, false",
    "bn.gamma, false",
    "bn.beta, false",
    "other, true"
  })
  void decaySparesExemptGroups(String name, boolean isDecayed) {
    List<DecayExemption> both = List.of(DecayExemption.BIAS, DecayExemption.BATCH_NORM);
    try (Network network = TinyProblem.convolutional()) {
      assertThat(new Sgd(0.1, 0, false, 0.5, both).isDecayed(network, name)).isEqualTo(isDecayed);
      assertThat(new Sgd(0.1, 0, false, 0.5, List.of()).isDecayed(network, name)).isTrue();
    }
  }

  @Test
  void exemptsOneGroupWithoutTheOther() {
    Sgd biases = new Sgd(0.1, 0, false, 0.5, List.of(DecayExemption.BIAS));
    try (Network network = TinyProblem.convolutional()) {
      assertThat(biases.isDecayed(network, "fc.bias")).isFalse();
      assertThat(biases.isDecayed(network, "bn.gamma")).isTrue();
    }
  }

  @Test
  void theRuleWithoutDecayKeepsAVariableAtGradient0() {
    try (Rig rig = new Rig(new Sgd(0.1, 0, false, 0.5, List.of()).withoutWeightDecay(), 2)) {
      assertThat(rig.step(0.1, 0)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, false", "0.9, false", "0.9, true"})
  void goesOnFromWhatItRememberedBitForBit(double momentum, boolean nesterov) {
    Sgd sgd = new Sgd(0.1, momentum, nesterov, 0.01, List.of());
    try (Rig whole = new Rig(sgd, 1, -2, 3);
        Rig first = new Rig(sgd, 1, -2, 3)) {
      float[][] gradients = {{.3f, .1f, -.7f}, {.2f, -.5f, .9f}, {-.4f, .6f, .8f}};
      for (float[] gradient : gradients) {
        whole.step(0.1, gradient);
      }
      first.step(0.1, gradients[0]);
      try (Rig second = new Rig(sgd, first)) {
        second.step(0.1, gradients[1]);
        second.step(0.1, gradients[2]);
        assertThat(second.values()).isEqualTo(whole.values());
        if (momentum > 0) {
          assertThat(second.moment("velocity")).isEqualTo(whole.moment("velocity"));
        }
      }
    }
  }

  @Test
  void refusesNesterovWithoutMomentum() {
    assertThatThrownBy(() -> new Sgd(0.1, 0, true, 0, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nesterov")
        .hasMessageContaining("momentum above 0");
  }

  @Test
  void refusesValuesOutOfRange() {
    assertThatThrownBy(() -> new Sgd(0, 1, false, -1, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("learning-rate: found 0.0, allowed is (0, inf)")
        .hasMessageContaining("momentum: found 1.0, allowed is [0, 1)")
        .hasMessageContaining("weight-decay: found -1.0, allowed is [0, inf)");
  }
}
