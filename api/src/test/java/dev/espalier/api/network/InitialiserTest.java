// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitialiserTest {

  // fan_in 40 * 9 = 360, fan_out 160 * 9 = 1440
  private static final Shape CONVOLUTION = new Shape(160, 40, 3, 3);
  // fan_in 360, fan_out 160
  private static final Shape LINEAR = new Shape(160, 360);

  private static final Map<String, Initialiser> INITIALISERS =
      Map.of(
          "glorot-normal", Initialiser.GLOROT_NORMAL,
          "glorot-uniform", Initialiser.GLOROT_UNIFORM,
          "kaiming-normal", Initialiser.KAIMING_NORMAL,
          "kaiming-normal-fan-out", Initialiser.KAIMING_NORMAL_FAN_OUT,
          "variance-scaling", Initialiser.VARIANCE_SCALING,
          "small-normal", Initialiser.SMALL_NORMAL,
          "pytorch-default", Initialiser.PYTORCH_DEFAULT,
          "signed-constant", Initialiser.SIGNED_CONSTANT,
          "unsigned-constant", Initialiser.UNSIGNED_CONSTANT);

  @ParameterizedTest
  @CsvSource({
    "glorot-normal, 0.0333333", // sqrt(2 / 1800)
    "glorot-uniform, 0.0333333", // sqrt(6 / 1800) / sqrt(3)
    "kaiming-normal, 0.0745356", // sqrt(2 / 360)
    "kaiming-normal-fan-out, 0.0372678", // sqrt(2 / 1440)
    "variance-scaling, 0.0527046", // sqrt(1 / 360)
    "small-normal, 0.01",
    "pytorch-default, 0.0304290" // 1 / sqrt(360) / sqrt(3)
  })
  void spreadsConvolutionsAsItsFormulaSays(String id, double std) {
    check(draw(INITIALISERS.get(id), CONVOLUTION), std);
  }

  @ParameterizedTest
  @CsvSource({
    "glorot-normal, 0.0620174", // sqrt(2 / 520)
    "glorot-uniform, 0.0620174", // sqrt(6 / 520) / sqrt(3)
    "kaiming-normal, 0.0745356", // sqrt(2 / 360)
    "kaiming-normal-fan-out, 0.1118034", // sqrt(2 / 160)
    "variance-scaling, 0.0527046", // sqrt(1 / 360)
    "small-normal, 0.01",
    "pytorch-default, 0.0304290" // 1 / sqrt(360) / sqrt(3)
  })
  void spreadsLinearLayersAsItsFormulaSays(String id, double std) {
    check(draw(INITIALISERS.get(id), LINEAR), std);
  }

  @ParameterizedTest
  @CsvSource({
    "glorot-uniform, 0.0577350", // sqrt(6 / 1800)
    "pytorch-default, 0.0527046", // 1 / sqrt(360)
    "variance-scaling, 0.1198343" // 2 sqrt(1 / 360) / 0.87962566
  })
  void staysWithinItsBound(String id, double bound) {
    float largest = 0;
    for (float value : draw(INITIALISERS.get(id), CONVOLUTION)) {
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
  @CsvSource({
    "glorot-normal, 1a4754c7caed44f8",
    "glorot-uniform, f7a2eaae930f0241",
    "kaiming-normal, dc97504f1623f2c8",
    "kaiming-normal-fan-out, 358d1d3febfcadd9",
    "variance-scaling, e247f300ec3ab980",
    "small-normal, 43ca9a41bd85ab06",
    "pytorch-default, b5fb6cc3e4ac2065",
    "signed-constant, af2f716ca4b87dcb",
    "unsigned-constant, a90758f17b2e6ec0"
  })
  void drawsTheBitsThatItAlwaysDrew(String id, String digest) {
    assertThat(Tensor.of(LINEAR, draw(INITIALISERS.get(id), LINEAR)).digest().prefix(16))
        .isEqualTo(digest);
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

  @Test
  void aConstantAndANormalDistributionFitShapesOfAnyNumberOfAxes() {
    for (Shape shape : List.of(new Shape(), new Shape(2), new Shape(2, 3), new Shape(2, 3, 1, 1))) {
      int size = (int) shape.size();
      float[] fives = new Initialisers.Constant(5).draw(shape, new Seed(1, 0).stream("init", 0));
      assertThat(fives).hasSize(size).containsOnly(5);
      float[] drawn = new Initialisers.Normal(2).draw(shape, new Seed(1, 0).stream("init", 0));
      assertThat(drawn).hasSize(size);
      assertThat(drawn[0]).isEqualTo((float) (2 * new Seed(1, 0).stream("init", 0).nextGaussian()));
    }
    assertThatThrownBy(() -> new Initialisers.Normal(0)).hasMessageContaining("deviation");
  }
}
