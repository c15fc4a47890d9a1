// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.contract.DeficitContract;
import dev.espalier.api.state.Seed;
import java.util.Arrays;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class BlurTest {

  @Nested
  class KeepsTheContract extends DeficitContract {
    @Override
    protected Deficit deficit() {
      return new Blur(1, 3, 3);
    }
  }

  @Test
  void refusesSquaresLargerThanTheImage() {
    Examples images = Examples.ofFloats(new float[28 * 20], new Shape(1, 28, 20), 0);
    Data data = new Data("images", images, images, images, Normalisation.NONE, 1);
    assertThat(data.withDeficit(new Blur(0, 1, 28)).deficit()).isPresent();
    assertThatThrownBy(() -> data.withDeficit(new Blur(0, 1, 500)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("factor", "found 500 for images of (1, 28, 20)", "2 to 28");
  }

  @Test
  void comparesTheSquaresWithTheInputOfTheNetwork() {
    Examples images = Examples.ofFloats(new float[36], new Shape(1, 6, 6), 0);
    Shape input = new Shape(1, 4, 4);
    Data data =
        new Data("crop", images, images, images, Normalisation.NONE, 1)
            .withInputs(Inputs.of(input, Normalisation.NONE));
    assertThatThrownBy(() -> data.withDeficit(new Blur(0, 1, 5)))
        .hasMessageContainingAll("factor", "2 to 4");
  }

  private static float[] blurred(Shape shape, int factor, float... pixels) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray images = manager.create(pixels, shape);
      Examples examples = Examples.ofFloats(pixels, shape.slice(1), new int[(int) shape.get(0)]);
      Data data = new Data("images", examples, examples, examples, Normalisation.NONE, 1);
      NDArray blurred = new Blur(0, 1, factor).on(data, new Seed(1, 0), manager).features(images);
      assertThat(blurred.getShape()).isEqualTo(shape);
      return blurred.toFloatArray();
    }
  }

  @Test
  void averagesCellsAndInterpolatesBetweenTheirCentres() {
    // Cells of 2, 2 and 1 pixels with the means 2, 10 and 7, and the centres 1/2, 5/2 and 4.
    assertThat(blurred(new Shape(1, 1, 1, 5), 2, 1, 3, 12, 8, 7))
        .containsExactly(new float[] {2, 4, 8, 9, 7}, within(1e-5f));
    assertThat(blurred(new Shape(1, 1, 5, 1), 2, 1, 3, 12, 8, 7))
        .containsExactly(new float[] {2, 4, 8, 9, 7}, within(1e-5f));
  }

  @Test
  void blursBothAxesOfEachChannelOfEachImageForItself() {
    // Two cells of 2x2 in the first, all is one cell along the height.
    float[] first = {0, 4, 8, 8, 0, 4, 16, 16};
    float[] second = {1, 1, 1, 1, 1, 1, 1, 1};
    float[] pixels = new float[16];
    System.arraycopy(first, 0, pixels, 0, 8);
    System.arraycopy(second, 0, pixels, 8, 8);
    float[] expected = {2, 4.5f, 9.5f, 12, 2, 4.5f, 9.5f, 12, 1, 1, 1, 1, 1, 1, 1, 1};
    assertThat(blurred(new Shape(1, 2, 2, 4), 2, pixels)).containsExactly(expected, within(1e-5f));
    assertThat(blurred(new Shape(2, 1, 2, 4), 2, pixels)).containsExactly(expected, within(1e-5f));
  }

  @Test
  void anImageOfOneValueStaysAsItIs() {
    for (int factor : new int[] {2, 3, 4, 7, 40, Integer.MAX_VALUE}) {
      float[] even = new float[9 * 13];
      Arrays.fill(even, -1.7f);
      assertThat(blurred(new Shape(1, 1, 9, 13), factor, even))
          .as("factor " + factor)
          .containsExactly(even, within(1e-5f));
    }
  }

  @Test
  void aCellAsLargeAsTheImageLeavesItsMean() {
    assertThat(blurred(new Shape(1, 1, 2, 3), 3, 1, 2, 3, 4, 5, 9))
        .containsExactly(new float[] {4, 4, 4, 4, 4, 4}, within(1e-5f));
  }
}
