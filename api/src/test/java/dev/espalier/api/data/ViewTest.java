// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.View.Axis;
import org.junit.jupiter.api.Test;

class ViewTest {

  private final Axis five = Axis.of(5, 3);

  @Test
  void readsAStoredAxisAsItIs() {
    assertThat(positions(five)).containsExactly(0, 1, 2, 3, 4);
    assertThat(positions(five.centred())).containsExactly(1, 2, 3);
    assertThat(Axis.of(4, 4).centred()).isEqualTo(Axis.of(4, 4));
  }

  @Test
  void mirroringTwiceChangesNothing() {
    assertThat(positions(five.mirrored())).containsExactly(4, 3, 2, 1, 0);
    assertThat(five.mirrored().mirrored()).isEqualTo(five);
  }

  @Test
  void cutsMayBeginOrEndOutside() {
    assertThat(positions(five.cut(-2, 4))).containsExactly(-2, -1, 0, 1);
    assertThat(positions(five.cut(3, 3))).containsExactly(3, 4, 5);
  }

  @Test
  void stepsComposeInTheOrderTheyAreTaken() {
    assertThat(positions(five.mirrored().cut(1, 3))).containsExactly(3, 2, 1);
    assertThat(positions(five.cut(1, 3).mirrored())).containsExactly(3, 2, 1);
    assertThat(positions(five.cut(0, 3).mirrored())).containsExactly(2, 1, 0);
    assertThat(positions(five.mirrored().cut(0, 3))).containsExactly(4, 3, 2);
  }

  @Test
  void resizingKeepsCentresAndReadsNothingBeyondTheStretch() {
    // (i + 1/2) * 2 / 4 - 1/2 is -1/4, 1/4, 3/4, 5/4; the stretch is 1 to 2.
    assertThat(positions(five.resized(1, 2, 4))).containsExactly(1, 1.25, 1.75, 2);
    assertThat(positions(five.mirrored().resized(1, 2, 4))).containsExactly(3, 2.75, 2.25, 2);
    assertThat(positions(five.resized(1, 2, 4).mirrored())).containsExactly(2, 1.75, 1.25, 1);
    assertThat(positions(five.resized(0, 4, 2))).containsExactly(0.5, 2.5);
    assertThat(positions(five.resized(0, 5, 5))).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void aStretchOfAStretchStaysWithinBoth() {
    Axis once = five.resized(1, 2, 4);
    // Positions 1 and 1.25, and the centres between.
    assertThat(positions(once.resized(0, 2, 4))).containsExactly(1, 1, 1.125, 1.25);
    // As padding, a cut beyond a stretch would see its edge again.
    assertThat(positions(once.cut(-3, 3))).containsExactly(1, 1, 1);
  }

  @Test
  void takesRowsAndColumnsFromShapes() {
    View view = View.of(new Shape(3, 6, 8), new Shape(3, 4, 5));
    assertThat(positions(view.rows())).hasSize(6);
    assertThat(positions(view.centred().rows())).containsExactly(1, 2, 3, 4);
    assertThat(positions(view.centred().columns())).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void refusesAnAxisWithoutPixels() {
    assertThatThrownBy(() -> five.cut(0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found an axis of 0 pixels");
  }

  private static double[] positions(Axis axis) {
    double[] positions = new double[axis.size()];
    for (int x = 0; x < positions.length; x++) {
      // Adding 0 makes -0 a 0.
      positions[x] = axis.position(x) + 0.0;
    }
    return positions;
  }
}
