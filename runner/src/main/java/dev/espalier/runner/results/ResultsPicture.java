// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.runner.results.Panels.Line;
import dev.espalier.runner.results.Panels.Panel;
import dev.espalier.runner.results.Panels.Point;
import java.awt.Color;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.MarkerSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The panels of results.png as charts. */
final class ResultsPicture {

  /** The colours of the lines: Tableau's ten, which differ in brightness, too. */
  private static final List<Color> COLOURS =
      List.of(
          new Color(0x1F77B4),
          new Color(0xFF7F0E),
          new Color(0x2CA02C),
          new Color(0xD62728),
          new Color(0x9467BD),
          new Color(0x8C564B),
          new Color(0xE377C2),
          new Color(0x7F7F7F),
          new Color(0xBCBD22),
          new Color(0x17BECF));

  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.DIAMOND,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.TRIANGLE_DOWN);

  private ResultsPicture() {}

  static List<Chart<?, ?>> charts(List<Panel> panels) {
    return panels.stream().<Chart<?, ?>>map(ResultsPicture::chart).toList();
  }

  private static Chart<?, ?> chart(Panel panel) {
    Scale scale = Scale.of(panel);
    return panel.names().isEmpty() ? byNumber(panel, scale) : byName(panel, scale);
  }

  private static XYChart byNumber(Panel panel, Scale scale) {
    XYChart chart =
        new XYChartBuilder()
            .title(panel.title())
            .xAxisTitle(panel.x())
            .yAxisTitle(scale.title(panel.y()))
            .build();
    for (Line line : panel.lines()) {
      double[] x =
          line.points().stream()
              .mapToDouble(point -> panel.isByDensity() ? sparseness(point.x()) : point.x())
              .toArray();
      double[] y = line.points().stream().mapToDouble(scale::of).toArray();
      double[] half = line.points().stream().mapToDouble(scale::half).toArray();
      draw(chart.addSeries(line.name(), x, y, half), line);
    }
    scale.lay(chart.getStyler());
    chart.getStyler().setXAxisDecimalPattern("0");
    if (panel.isByDensity()) {
      chart.getStyler().setxAxisTickLabelsFormattingFunction(ResultsPicture::density);
    }
    return chart;
  }

  /**
   * The position of a density: dense at the left and sparse at the right, as usual in the field, on
   * a logarithmic scale.
   */
  private static double sparseness(double density) {
    return -Math.log10(density);
  }

  private static String density(double sparseness) {
    return new BigDecimal(Math.pow(10, -sparseness)).round(new MathContext(2)).toPlainString();
  }

  private static CategoryChart byName(Panel panel, Scale scale) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .title(panel.title())
            .xAxisTitle(panel.x())
            .yAxisTitle(scale.title(panel.y()))
            .build();
    chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line);
    chart.getStyler().setOverlapped(true); // else the lines stand a little apart
    for (Line line : panel.lines()) {
      Double[] y = new Double[panel.names().size()];
      Double[] half = new Double[panel.names().size()];
      line.points()
          .forEach(
              point -> {
                y[(int) point.x()] = scale.of(point);
                half[(int) point.x()] = scale.half(point);
              });
      // XChart can leave a point out, but not its interval.
      List<Double> intervals =
          line.points().size() == panel.names().size() ? Arrays.asList(half) : null;
      draw(chart.addSeries(line.name(), panel.names(), Arrays.asList(y), intervals), line);
    }
    scale.lay(chart.getStyler());
    chart.getStyler().setXAxisLabelRotation(30);
    return chart;
  }

  private static void draw(MarkerSeries series, Line line) {
    Color colour = COLOURS.get(line.place());
    series.setMarker(MARKERS.get(line.place() % MARKERS.size())).setMarkerColor(colour);
    series.setLineColor(colour).setLineStyle(SeriesLines.SOLID).setLineWidth(1.5f);
  }

  /**
   * The vertical axis: long enough that rounding errors do not resemble a trend. Its unit is a
   * power of ten where XChart would find no ticks, or write long ones.
   */
  private record Scale(int exponent, double low, double high) {

    static Scale of(Panel panel) {
      DoubleSummaryStatistics y =
          panel.lines().stream()
              .flatMap(line -> line.points().stream())
              .flatMapToDouble(
                  point ->
                      DoubleStream.of(
                          point.y().mean() - half(point.y()), point.y().mean() + half(point.y())))
              .summaryStatistics();
      double size = Math.max(Math.abs(y.getMin()), Math.abs(y.getMax()));
      boolean plain = size == 0 || (size >= 1e-3 && size < 1e6);
      int exponent = plain ? 0 : (int) Math.floor(Math.log10(size));
      double least = size == 0 ? 1 : 1e-3 * size;
      double more = Math.max(0, (least - (y.getMax() - y.getMin())) / 2);
      return new Scale(exponent, y.getMin() - more, y.getMax() + more);
    }

    double of(Point point) {
      return of(point.y().mean());
    }

    double half(Point point) {
      return of(half(point.y()));
    }

    /** Half of the interval; without an interval none is drawn. */
    private static double half(Estimate y) {
      return y.n() < 2 ? 0 : y.half();
    }

    private double of(double y) {
      return y / Math.pow(10, exponent);
    }

    String title(String what) {
      return exponent == 0 ? what : what + " (1e" + exponent + ")";
    }

    void lay(AxesChartStyler axes) {
      axes.setYAxisMin(of(low)).setYAxisMax(of(high));
      axes.setYAxisDecimalPattern("0.########");
      axes.setErrorBarsColorSeriesColor(true);
      axes.setLocale(Locale.ROOT).setChartBackgroundColor(Color.WHITE);
    }
  }
}
