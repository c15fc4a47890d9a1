// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.Seed;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class InitialiserTest {

  // fan_in 40 * 9 = 360, fan_out 160 * 9 = 1440
  private static final Shape CONVOLUTION = new Shape(160, 40, 3, 3);
  // fan_in 360, fan_out 160
  private static final Shape LINEAR = new Shape(160, 360);

  @ParameterizedTest
  @CsvSource({
    "GLOROT_NORMAL, 0.0333333", // sqrt(2 / 1800)
    "GLOROT_UNIFORM, 0.0333333", // sqrt(6 / 1800) / sqrt(3)
    "KAIMING_NORMAL, 0.0745356", // sqrt(2 / 360)
    "KAIMING_NORMAL_FAN_OUT, 0.0372678", // sqrt(2 / 1440)
    "VARIANCE_SCALING, 0.0527046", // sqrt(1 / 360)
    "SMALL_NORMAL, 0.01",
    "PYTORCH_DEFAULT, 0.0304290" // 1 / sqrt(360) / sqrt(3)
  })
  void spreadsConvolutionsAsItsFormulaSays(Initialiser initialiser, double std) {
    check(draw(initialiser, CONVOLUTION), std);
  }

  @ParameterizedTest
  @CsvSource({
    "GLOROT_NORMAL, 0.0620174", // sqrt(2 / 520)
    "GLOROT_UNIFORM, 0.0620174", // sqrt(6 / 520) / sqrt(3)
    "KAIMING_NORMAL, 0.0745356", // sqrt(2 / 360)
    "KAIMING_NORMAL_FAN_OUT, 0.1118034", // sqrt(2 / 160)
    "VARIANCE_SCALING, 0.0527046", // sqrt(1 / 360)
    "SMALL_NORMAL, 0.01",
    "PYTORCH_DEFAULT, 0.0304290" // 1 / sqrt(360) / sqrt(3)
  })
  void spreadsLinearLayersAsItsFormulaSays(Initialiser initialiser, double std) {
    check(draw(initialiser, LINEAR), std);
  }

  @ParameterizedTest
  @CsvSource({
    "GLOROT_UNIFORM, 0.0577350", // sqrt(6 / 1800)
    "PYTORCH_DEFAULT, 0.0527046", // 1 / sqrt(360)
    "VARIANCE_SCALING, 0.1198343" // 2 sqrt(1 / 360) / 0.87962566
  })
  void staysWithinItsBound(Initialiser initialiser, double bound) {
    float largest = 0;
    for (float value : draw(initialiser, CONVOLUTION)) {
      largest = Math.max(largest, Math.abs(value));
    }
    // 57,600 draws come near the bound.
    assertThat((double) largest).isBetween(0.99 * bound, bound * (1 + 1e-6));
  }

  @ParameterizedTest
  @CsvSource({
    "CONVOLUTION, 0.0745356", // sqrt(2 / 360)
    "LINEAR, 0.0745356"
  })
  void constantsAreTheDeviationOfKaimingNormal(String of, float constant) {
    Shape shape = of.equals("LINEAR") ? LINEAR : CONVOLUTION;
    for (float value : draw(Initialiser.UNSIGNED_CONSTANT, shape)) {
      assertThat(value).isCloseTo(constant, within(1e-7f));
    }
    int positive = 0;
    float[] signed = draw(Initialiser.SIGNED_CONSTANT, shape);
    for (float value : signed) {
      assertThat(Math.abs(value)).isCloseTo(constant, within(1e-7f));
      positive += value > 0 ? 1 : 0;
    }
    // Half of n are positive, give or take three times sqrt(n) / 2.
    assertThat((double) positive)
        .isCloseTo(signed.length / 2.0, within(1.5 * Math.sqrt(signed.length)));
  }

  @ParameterizedTest
  @EnumSource(Initialiser.class)
  void drawsTheSameFromTheSameStream(Initialiser initialiser) {
    assertThat(draw(initialiser, LINEAR)).isEqualTo(draw(initialiser, LINEAR));
  }

  private static void check(float[] values, double std) {
    double sum = 0;
    double squares = 0;
    for (float value : values) {
      sum += value;
      squares += value * value;
    }
    double n = values.length;
    double mean = sum / n;
    // Of n normal numbers the mean deviates by std / sqrt(n), and the sample deviation by
    // std / sqrt(2 n); of the others here, whose tails are lighter, by less.
    assertThat(mean).isCloseTo(0, within(3 * std / Math.sqrt(n)));
    assertThat(Math.sqrt(squares / n - mean * mean))
        .isCloseTo(std, within(3 * std / Math.sqrt(2 * n)));
  }

  private static float[] draw(Initialiser initialiser, Shape shape) {
    return initialiser.draw(shape, new Seed(1, 0).stream("init", 0));
  }
}
