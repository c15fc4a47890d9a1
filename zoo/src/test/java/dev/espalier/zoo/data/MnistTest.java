// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Data;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class MnistTest {

  @Test
  void has60000TrainingAnd10000TestImages() throws IOException {
    Data mnist = Shared.mnist();
    assertThat(mnist.train().size()).isEqualTo(60_000);
    assertThat(mnist.test().size()).isEqualTo(10_000);
    assertThat(mnist.train().shape()).isEqualTo(new Shape(1, 28, 28));
  }

  @Test
  void standardNormalisationIsThatOfTheTrainingImages() throws IOException {
    Data mnist = Shared.mnist();
    Pixels pixels = Pixels.of(mnist.train());
    // Half a unit of the last of the four digits.
    assertThat(pixels.mean()).isCloseTo(Mnist.MEAN, within(0.5e-4));
    assertThat(pixels.std()).isCloseTo(Mnist.STD, within(0.5e-4));
  }
}
