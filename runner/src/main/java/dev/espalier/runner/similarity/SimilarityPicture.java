// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.similarity;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;

/** Charts of the mean correlation by cell, and of the matrix of each cell. */
final class SimilarityPicture {

  private SimilarityPicture() {}

  /** The largest number of matrices that a picture shows; similarity.csv has all of them. */
  private static final int MOST = 60;

  /** Creates the charts; none if no correlation is defined. */
  static List<Chart<?, ?>> charts(Map<Similarity.Cell, Similarity.Matrix> matrices) {
    Map<Similarity.Cell, Similarity.Matrix> defined = new LinkedHashMap<>();
    matrices.entrySet().stream()
        .filter(entry -> entry.getValue().mean().isPresent())
        .limit(MOST)
        .forEach(entry -> defined.put(entry.getKey(), entry.getValue()));
    List<Chart<?, ?>> charts = new ArrayList<>();
    if (!defined.isEmpty()) {
      double low = low(defined.values());
      charts.add(means(defined, low));
      defined.forEach((cell, matrix) -> charts.add(matrix(cell.label(), matrix, low)));
    }
    return charts;
  }

  /** The multiple of 0.1 below all correlations, where scales begin: they may all be near 1. */
  private static double low(Collection<Similarity.Matrix> matrices) {
    double lowest =
        matrices.stream()
            .flatMap(matrix -> matrix.r().stream())
            .flatMap(List::stream)
            .filter(r -> !r.isNaN())
            .min(Comparator.naturalOrder())
            .orElseThrow();
    return Math.max(-1, Math.floor(10 * lowest) / 10);
  }

  private static CategoryChart means(Map<Similarity.Cell, Similarity.Matrix> matrices, double low) {
    CategoryChart chart =
        new CategoryChartBuilder().title("structures: mean correlation between replicates").build();
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line);
    chart.getStyler().setXAxisLabelRotation(30);
    chart.getStyler().setYAxisMax(1.0).setYAxisMin(low);
    chart.getStyler().setLegendVisible(false).setChartBackgroundColor(Color.WHITE);
    chart.addSeries(
        "mean",
        matrices.keySet().stream().map(Similarity.Cell::label).toList(),
        matrices.values().stream().map(matrix -> matrix.mean().getAsDouble()).toList());
    return chart;
  }

  private static HeatMapChart matrix(String label, Similarity.Matrix matrix, double low) {
    HeatMapChart chart = new HeatMapChartBuilder().title(label).build();
    chart
        .getStyler()
        .setMin(low)
        .setMax(1)
        .setShowValue(true)
        .setHeatMapValueDecimalPattern("0.00")
        .setRangeColors(
            new Color[] {new Color(0xF7F7F7), new Color(0xF4A582), new Color(0xB2182B)});
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    List<Number[]> cells = new ArrayList<>();
    for (int a = 0; a < matrix.r().size(); a++) {
      for (int b = 0; b < matrix.r().size(); b++) {
        if (!Double.isNaN(matrix.r().get(a).get(b))) {
          cells.add(new Number[] {a, b, matrix.r().get(a).get(b)});
        }
      }
    }
    chart.addSeries("correlation", matrix.replicates(), matrix.replicates(), cells);
    return chart;
  }
}
