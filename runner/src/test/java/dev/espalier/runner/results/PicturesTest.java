// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static dev.espalier.runner.results.Rows.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.XYStyler;

public class PicturesTest {

  @TempDir private Path folder;
  private final StringWriter screen = new StringWriter();
  private final Pictures pictures = new Pictures(line -> screen.write(line + "\n"));

  /** The colours in a picture: two or three in one that is blank. */
  public static Set<Integer> colours(Path file) throws IOException {
    BufferedImage picture = ImageIO.read(file.toFile());
    Set<Integer> colours = new HashSet<>();
    for (int x = 0; x < picture.getWidth(); x++) {
      for (int y = 0; y < picture.getHeight(); y++) {
        colours.add(picture.getRGB(x, y));
      }
    }
    return colours;
  }

  private boolean draw(List<TicketResult> rows) throws IOException {
    return pictures.write(
        folder.resolve("results.png"), () -> ResultsPicture.charts(Panels.of(rows, List.of())));
  }

  @Test
  void resultsAreDrawn() throws IOException {
    List<TicketResult> rows = new ArrayList<>();
    for (String variant : List.of("snip", "grasp")) {
      for (int round = 0; round < 3; round++) {
        rows.add(row(variant, 0, round, "ticket", 0.9 - 0.1 * round));
        if (!variant.equals("snip")) {
          rows.add(row(variant, 0, round, "reinit", 0.5));
        }
      }
    }
    assertThat(draw(rows)).isTrue();
    Path file = folder.resolve("results.png");
    assertThat(colours(file)).contains(0xFF1F77B4, 0xFFFF7F0E, 0xFF2CA02C);
    BufferedImage picture = ImageIO.read(file.toFile());
    assertThat(picture.getWidth()).as("by round and by variant").isEqualTo(2 * Pictures.WIDTH);
    assertThat(picture.getHeight()).isEqualTo(Pictures.HEIGHT);
  }

  /** The chart of a finding with these values in rounds 0, 1 and so on. */
  private static XYChart found(double... values) {
    List<TicketResult> rows = new ArrayList<>();
    for (int round = 0; round < values.length; round++) {
      Map<String, String> findings = Map.of("distance", Double.toString(values[round]));
      rows.add(row("", 0, round, "ticket", 0.5, Rows.DENSE, findings));
    }
    return (XYChart) ResultsPicture.charts(Panels.of(rows, List.of())).get(1);
  }

  private static double[] y(XYChart chart) {
    return chart.getSeriesMap().get("ticket").getYData();
  }

  @Test
  void minuteAndHugeNumbersAreInUnitsOfAPowerOfTen() {
    assertThat(found(0, 2e-13).getYAxisTitle()).isEqualTo("distance (1e-13)");
    assertThat(y(found(0, 2e-13))).containsExactly(new double[] {0, 2}, within(1e-9));
    assertThat(y(found(1.5e9, -1e9))).containsExactly(new double[] {1.5, -1}, within(1e-9));
    assertThat(found(0.002, 999_999).getYAxisTitle()).isEqualTo("distance");
    assertThat(y(found(0, 0))).containsExactly(0, 0);
  }

  @Test
  void roundingErrorsDoNotLookLikeATrend() {
    for (double[] values : new double[][] {{0.3, 0.1 + 0.2}, {0, 0}, {-7, -7}}) {
      XYStyler axes = found(values).getStyler();
      double size = Math.abs(values[0]);
      assertThat(axes.getYAxisMax() - axes.getYAxisMin()).isGreaterThan(9e-4 * size).isPositive();
    }
    XYStyler axes = found(0.3, 0.4).getStyler();
    assertThat(axes.getYAxisMin()).isEqualTo(0.3);
    assertThat(axes.getYAxisMax()).isEqualTo(0.4);
  }

  /** The rows of variants of one round. */
  private static List<TicketResult> variants(Map<String, Double> accuracies) {
    List<TicketResult> rows = new ArrayList<>();
    accuracies.forEach((name, accuracy) -> rows.add(row(name, 0, 0, "ticket", accuracy)));
    return rows;
  }

  private static XYStyler axes(Map<String, Double> accuracies) {
    return (XYStyler)
        ResultsPicture.charts(Panels.of(variants(accuracies), List.of())).get(0).getStyler();
  }

  @Test
  void aValueFarFromAllOthersDoesNotStretchTheAxis() throws IOException {
    Map<String, Double> accuracies = new TreeMap<>(Map.of("k-1", 0.1, "k-2", 0.85, "k-8", 0.93));
    assertThat(axes(accuracies).getYAxisMin()).isEqualTo(85);
    accuracies.put("k-1", 0.6);
    assertThat(axes(accuracies).getYAxisMin()).isEqualTo(60);
    accuracies.put("k-1", 9.0);
    assertThat(axes(accuracies).getYAxisMax()).isEqualTo(93);
  }

  @Test
  void aValueOutsideTheAxisIsMarkedAtItsEdge() throws IOException {
    for (String name : List.of("k-%d", "k-%d-of-8")) {
      Map<String, Double> accuracies = new TreeMap<>();
      for (int k : new int[] {1, 2, 4}) {
        accuracies.put(name.formatted(k), k == 1 ? 0.1 : 0.9 + k / 100.0);
      }
      assertThat(draw(variants(accuracies))).isTrue();
      BufferedImage picture = ImageIO.read(folder.resolve("results.png").toFile());
      int marked = 0;
      for (int x = 0; x < Pictures.WIDTH / 3; x++) {
        for (int y = Pictures.HEIGHT / 2; y < Pictures.HEIGHT; y++) {
          marked += picture.getRGB(x, y) == 0xFF1F77B4 ? 1 : 0;
        }
      }
      assertThat(marked).as("pixels of the mark of " + name).isGreaterThan(20);
    }
  }

  @Test
  void nothingIsWrittenWhereThereIsNothingToSee() throws IOException {
    assertThat(draw(List.of(row("", 0, 1, "ticket", 0.9)))).isFalse();
    assertThat(folder).isEmptyDirectory();
    assertThat(screen.toString()).isEmpty();
  }

  @Test
  void aSystemThatCannotDrawIsMentionedOnceAndNothingElseIsLost() throws IOException {
    for (int i = 0; i < 2; i++) {
      assertThat(
              pictures.write(
                  folder.resolve("results.png"),
                  () -> {
                    throw new NoClassDefFoundError("sun.font");
                  }))
          .isFalse();
    }
    assertThat(screen.toString())
        .containsOnlyOnce("no picture could be drawn")
        .contains("sun.font");
    assertThat(folder).isEmptyDirectory();
  }
}
