// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.api.state.Layer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnalysisTableTest {

  private static OfLayer layer(String name, Layer.Kind kind, int kept, int onPath, int dead) {
    return new OfLayer(new Layer(name, new Shape(4, 10), kind), kept, onPath, dead);
  }

  @Test
  void hasALineForEveryLayerAndTheWhole() {
    Analysis analysis =
        new Analysis(
            List.of(
                layer("first", Layer.Kind.LINEAR, 10, 5, 2),
                layer("skip", Layer.Kind.SHORTCUT, 0, 0, 4),
                layer("last", Layer.Kind.OUTPUT, 0, 0, 4)));
    assertThat(AnalysisTable.of(analysis, ScreenWidth.UNLIMITED))
        .isEqualTo(
            """
            layer  shape    weights  kept  density %  on path  effective %  dead units  note
            first  (4, 10)       40    10         25        5         12.5      2 of 4
            skip   (4, 10)       40     0          0        0            0      4 of 4  EMPTY shortcut
            last   (4, 10)       40     0          0        0            0      4 of 4  EMPTY
            total               120    10      8.333        5        4.167    10 of 12
            """);
  }

  @Test
  void unknownPathsAreADash() {
    Layer layer = new Layer("only", new Shape(4, 10), Layer.Kind.OUTPUT);
    assertThat(
            AnalysisTable.of(new Analysis(List.of(new OfLayer(layer, 10))), ScreenWidth.UNLIMITED))
        .isEqualTo(
            """
            layer  shape    weights  kept  density %  on path  effective %  dead units  note
            only   (4, 10)       40    10         25        -            -      - of 4
            total                40    10         25        -            -      - of 4  path analysis does not hold for this network
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 100",
    "0.5, 50",
    "0, 0",
    "0.0123456, 1.235",
    "1e-6, 0.0001",
    "3.16228e-7, 0.00003162"
  })
  void percentagesAreReadableHoweverSmall(double fraction, String percent) {
    assertThat(AnalysisTable.percent(fraction)).isEqualTo(percent);
  }
}
