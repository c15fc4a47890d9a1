// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SamplingTest {

  /** Three of class 0, four of class 1, five of class 2. */
  private final Examples examples =
      Examples.ofFloats(new float[12], new Shape(1), 0, 1, 2, 0, 1, 2, 0, 1, 2, 1, 2, 2);

  @Test
  void aSampleHasDifferentRowsAndDependsOnTheStreamAlone() {
    int[] sample = examples.sample(7, stream(1));
    assertThat(sample).hasSize(7).doesNotHaveDuplicates();
    assertThat(Arrays.stream(sample)).allMatch(row -> row >= 0 && row < 12);
    assertThat(examples.sample(7, stream(1))).isEqualTo(sample);
    assertThat(examples.sample(7, stream(2))).isNotEqualTo(sample);
    assertThat(examples.sample(0, stream(1))).isEmpty();
    assertThat(examples.sample(12, stream(1))).doesNotHaveDuplicates().hasSize(12);
  }

  @Test
  void aBalancedSampleHasExactlyNOfEachClassClassByClass() {
    int[] labels = examples.labels();
    for (int n = 0; n <= 3; n++) {
      int[] sample = examples.balanced(n, stream(1));
      assertThat(sample).hasSize(3 * n).doesNotHaveDuplicates();
      int[] expected = new int[3 * n];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = i / n;
      }
      assertThat(Arrays.stream(sample).map(row -> labels[row])).containsExactly(box(expected));
    }
  }

  @Test
  void everyExampleOfAClassIsDrawnAsOften() {
    int[] drawn = new int[12];
    for (int i = 0; i < 6000; i++) {
      for (int row : examples.balanced(1, stream(i))) {
        drawn[row]++;
      }
    }
    for (int row = 0; row < 12; row++) {
      int ofClass = new int[] {3, 4, 5}[examples.labels()[row]];
      // Five standard deviations of a binomial are below 190.
      assertThat(drawn[row]).isBetween(6000 / ofClass - 190, 6000 / ofClass + 190);
    }
  }

  @Test
  void tooFewExamplesNameTheClassAndTheNumber() {
    assertThatThrownBy(() -> examples.balanced(4, stream(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("3 examples of class 0", "4");
    Examples gap = Examples.ofFloats(new float[2], new Shape(1), 0, 2);
    assertThatThrownBy(() -> gap.balanced(1, stream(1)))
        .hasMessageContaining("0 examples of class 1");
    assertThatThrownBy(() -> examples.balanced(Integer.MAX_VALUE, stream(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> examples.balanced(-1, stream(1))).hasMessageContaining("found -1");
    assertThatThrownBy(() -> examples.sample(13, stream(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("13", "the 12");
    assertThatThrownBy(() -> examples.sample(-1, stream(1))).hasMessageContaining("-1");
  }

  private static RandomStream stream(long index) {
    return new Seed(1, 0).stream("scores", index);
  }

  private static Integer[] box(int... values) {
    return Arrays.stream(values).boxed().toArray(Integer[]::new);
  }
}
