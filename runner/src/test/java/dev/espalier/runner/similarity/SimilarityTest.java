// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.similarity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.runner.results.Pictures;
import dev.espalier.runner.results.PicturesTest;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimilarityTest {

  @TempDir private Path folder;
  private final StringWriter screen = new StringWriter();
  private final Pictures pictures = new Pictures(line -> screen.write(line + "\n"));

  @Test
  void correlationIsPearsons() {
    assertThat(Similarity.correlation(new double[] {1, 2, 3}, new double[] {2, 4, 6}))
        .isCloseTo(1, within(1e-12));
    assertThat(Similarity.correlation(new double[] {1, 2, 3}, new double[] {3, 2, 1}))
        .isCloseTo(-1, within(1e-12));
    // cov = 1/2 * (-1 * 0 + 0 * -1 + 1 * 1), by hand: 1 / sqrt(2 * 2)
    assertThat(Similarity.correlation(new double[] {1, 2, 3}, new double[] {1, 0, 2}))
        .isCloseTo(0.5, within(1e-12));
  }

  @Test
  void correlationOfWhatDoesNotVaryIsNotDefined() {
    assertThat(Similarity.correlation(new double[] {0.1, 0.1, 0.1}, new double[] {1, 2, 3}))
        .isNaN();
  }

  @Test
  void meanIsOfPairsOfDifferentReplicates() {
    List<List<Double>> r =
        List.of(
            List.of(1.0, 0.5, Double.NaN), List.of(0.5, 1.0, 0.1), List.of(Double.NaN, 0.1, 1.0));
    Similarity.Matrix matrix = new Similarity.Matrix(List.of(0, 1, 4), r);
    assertThat(matrix.mean()).hasValue(0.3);
    assertThat(matrix.defined()).as("n of the mean").isEqualTo(2);
    assertThat(matrix.all()).isEqualTo(3);
  }

  @Test
  void structuresOfReplicatesAreComparedWithinVariantAndRound() throws IOException {
    Similarity similarity = new Similarity();
    try (Network whole = network();
        Network first = whole.resized(Widths.of(Map.of("fc1", 1, "fc2", 2, "fc3", 3)));
        Network second = whole.resized(Widths.of(Map.of("fc1", 2, "fc2", 4, "fc3", 6)));
        Network third = whole.resized(Widths.of(Map.of("fc1", 3, "fc2", 2, "fc3", 1)))) {
      similarity.add(new Similarity.Cell("early", 1), 0, whole, first);
      similarity.add(new Similarity.Cell("early", 1), 1, whole, second);
      similarity.add(new Similarity.Cell("early", 1), 2, whole, third);
      similarity.add(new Similarity.Cell("late", 1), 0, whole, first);
      similarity.add(new Similarity.Cell("late", 1), 1, whole, first);
      similarity.add(new Similarity.Cell("last", 1), 0, whole, second);
      similarity.add(new Similarity.Cell("last", 1), 1, whole, third);
      assertThat(similarity.write(folder, pictures)).contains("early", "-0.333", "late", "1.000");

      List<String> matrix = Files.readAllLines(folder.resolve("similarity.csv"));
      assertThat(matrix).hasSize(1 + 9 + 4 + 4).contains("early,1,0,2,-1.0", "late,1,0,1,1.0");
      assertThat(Files.readAllLines(folder.resolve("similarity-mean.csv")))
          .hasSize(4)
          .anyMatch(line -> line.startsWith("early,1,3,-0.333") && line.endsWith(",3"));
      assertThat(Files.readAllLines(folder.resolve("structures.csv")))
          .hasSize(1 + 7 * 3)
          .contains("early,1,1,fc2,4,8,0.5");
      assertThat(PicturesTest.colours(folder.resolve("similarity.png"))).hasSizeGreaterThan(20);
    }
  }

  @Test
  void aCorrelationThatIsNotDefinedIsLeftOut() throws IOException {
    Similarity similarity = new Similarity();
    try (Network whole = network();
        Network half = whole.resized(Widths.times(0.5))) {
      similarity.add(new Similarity.Cell("", 1), 0, whole, half);
      similarity.add(new Similarity.Cell("", 1), 3, whole, half);
      assertThat(similarity.write(folder, pictures))
          .contains("round 1", " - ", "defined for 0 of 1 pairs");
      assertThat(screen.toString()).isEmpty();
      assertThat(Files.readAllLines(folder.resolve("similarity.csv"))).contains(",1,0,3,");
      assertThat(Files.readAllLines(folder.resolve("similarity-mean.csv"))).contains(",1,2,,0");
      assertThat(folder.resolve("similarity.png")).doesNotExist();
    }
  }

  @Test
  void nothingIsWrittenWhereNoNarrowNetworkWasFound() throws IOException {
    assertThat(new Similarity().write(folder, pictures)).isEmpty();
    assertThat(folder.resolve("structures.csv")).doesNotExist();
  }

  private static Network network() {
    return Network.builder(
            "three",
            widths ->
                new NamedBlocks()
                    .add("fc1", linear(widths.of("fc1", 8)))
                    .add("fc2", linear(widths.of("fc2", 8)))
                    .add("fc3", linear(widths.of("fc3", 8)))
                    .add("fc4", linear(2)),
            new Shape(4))
        .optGroup("fc1", List.of("fc1"), List.of("fc2"))
        .optGroup("fc2", List.of("fc2"), List.of("fc3"))
        .optGroup("fc3", List.of("fc3"), List.of("fc4"))
        .build();
  }

  private static Linear linear(int units) {
    return Linear.builder().setUnits(units).build();
  }
}
