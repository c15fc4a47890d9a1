// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.results.Level;
import java.util.List;
import org.junit.jupiter.api.Test;

class AtDensityTest {

  private static final double NONE = 0;

  /** The densities of each line, 0 where a contender has none there. */
  private static List<List<Double>> lines(Contender... contenders) {
    return AtDensity.of(List.of(contenders)).stream()
        .map(line -> line.levels().stream().map(of -> of.map(Level::density).orElse(NONE)).toList())
        .toList();
  }

  @Test
  void levelsWithinTheToleranceAreInOneLine() {
    assertThat(lines(Contenders.of("a", 1, 0.36, 0.1), Contenders.of("b", 1, 0.33, 0.05)))
        .containsExactly(
            List.of(1.0, 1.0), List.of(0.36, 0.33), List.of(0.1, NONE), List.of(NONE, 0.05));
  }

  @Test
  void aTenthMoreIsStillWithinTheToleranceAndNoMoreThanThat() {
    assertThat(lines(Contenders.of("a", 0.55), Contenders.of("b", 0.5))).hasSize(1);
    assertThat(lines(Contenders.of("a", 0.551), Contenders.of("b", 0.5))).hasSize(2);
  }

  @Test
  void theClosestFindEachOtherAndNoLevelIsUsedTwice() {
    assertThat(lines(Contenders.of("a", 0.40, 0.38), Contenders.of("b", 0.385)))
        .containsExactly(List.of(0.40, NONE), List.of(0.38, 0.385));
    assertThat(lines(Contenders.of("a", 0.40, 0.38), Contenders.of("b", 0.385, 0.381)))
        .containsExactly(List.of(0.40, 0.385), List.of(0.38, 0.381));
  }

  @Test
  void noTwoOfALineAreFartherApartThanTheTolerance() {
    assertThat(lines(Contenders.of("a", 0.40), Contenders.of("b", 0.37), Contenders.of("c", 0.345)))
        .containsExactly(List.of(0.40, NONE, NONE), List.of(NONE, 0.37, 0.345));
  }

  @Test
  void levelsOfTheSameDensityAreMatchedInTheirOrder() {
    List<AtDensity> lines =
        AtDensity.of(List.of(Contenders.of("a", 1), Contenders.of("generations", 1, 1)));
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).levels().get(1).orElseThrow().first().round()).isZero();
    assertThat(lines.get(1).levels().get(1).orElseThrow().first().round()).isEqualTo(1);
  }

  @Test
  void emptyNetworksAreEquallyDense() {
    assertThat(lines(Contenders.of("a", 0.5, 0), Contenders.of("b", 0))).hasSize(2);
  }
}
