// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.runner.results.Panels.Line;
import dev.espalier.runner.results.Panels.Panel;
import dev.espalier.runner.results.Panels.Point;
import java.awt.Color;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
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
  static final List<Color> COLOURS =
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
    chart.addAnnotation(
        panel.isByDensity()
            ? new TickMarks(positions(panel), ResultsPicture::density)
            : new TickMarks(positions(panel), ResultsPicture::number));
    TickMarks.hideOthers(chart.getStyler());
    dense(panel).ifPresent(dense -> chart.addAnnotation(new DenseLine(scale.of(dense))));
    mark(chart, panel, scale);
    return chart;
  }

  /** Marks the points outside the scale. */
  private static void mark(Chart<?, ?> chart, Panel panel, Scale scale) {
    for (Line line : panel.lines()) {
      for (Point point : line.points()) {
        if (scale.isBelow(point) || scale.isAbove(point)) {
          chart.addAnnotation(
              new EdgeMark(
                  panel.isByDensity() ? sparseness(point.x()) : point.x(),
                  panel.names().size(),
                  scale.isBelow(point),
                  new BigDecimal(scale.of(point)).round(new MathContext(3)).toPlainString(),
                  COLOURS.get(line.place())));
        }
      }
    }
  }

  /** The positions of all points, which are those of the ticks. */
  static List<Double> positions(Panel panel) {
    return panel.lines().stream()
        .flatMap(line -> line.points().stream())
        .map(point -> panel.isByDensity() ? sparseness(point.x()) : point.x())
        .distinct()
        .sorted()
        .toList();
  }

  /** The value of the dense network, if all lines that begin with it have the same one. */
  static OptionalDouble dense(Panel panel) {
    double[] dense =
        panel.lines().stream()
            .filter(line -> panel.isByDensity() && line.points().size() > 1)
            .flatMap(line -> line.points().stream())
            .filter(point -> point.x() == 100)
            .mapToDouble(point -> point.y().mean())
            .distinct()
            .toArray();
    return dense.length == 1 ? OptionalDouble.of(dense[0]) : OptionalDouble.empty();
  }

  /**
   * The position of a density: dense at the left and sparse at the right, as usual in the field, on
   * a logarithmic scale.
   */
  static double sparseness(double density) {
    return -Math.log10(density);
  }

  /** A position with three decimals at most. */
  static String number(double x) {
    BigDecimal exact = BigDecimal.valueOf(x);
    return (exact.scale() > 3 ? exact.setScale(3, RoundingMode.HALF_UP) : exact)
        .stripTrailingZeros()
        .toPlainString();
  }

  static String density(double sparseness) {
    return new BigDecimal(Math.pow(10, -sparseness))
        .round(new MathContext(3))
        .stripTrailingZeros()
        .toPlainString();
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
    mark(chart, panel, scale);
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
  record Scale(int exponent, double low, double high, double least, double most) {

    /** The largest ratio of a gap to the spread of the points behind it. */
    private static final double GAP = 5;

    /** The smallest spread, as a fraction of the largest number. */
    private static final double SPREAD = 0.02;

    static Scale of(Panel panel) {
      List<Estimate> all =
          panel.lines().stream()
              .flatMap(line -> Stream.concat(line.points().stream(), line.expected().stream()))
              .map(Point::y)
              .sorted(Comparator.comparingDouble(Estimate::mean))
              .toList();
      List<Estimate> shown = inside(all);
      DoubleSummaryStatistics y =
          shown.stream()
              .flatMapToDouble(
                  one -> DoubleStream.of(one.mean() - half(one), one.mean() + half(one)))
              .summaryStatistics();
      double size = Math.max(Math.abs(y.getMin()), Math.abs(y.getMax()));
      boolean plain = size == 0 || (size >= 1e-3 && size < 1e6);
      int exponent = plain ? 0 : (int) Math.floor(Math.log10(size));
      double least = size == 0 ? 1 : 1e-3 * size;
      double more = Math.max(0, (least - (y.getMax() - y.getMin())) / 2);
      return new Scale(
          exponent,
          y.getMin() - more,
          y.getMax() + more,
          shown.get(0).mean(),
          shown.get(shown.size() - 1).mean());
    }

    /**
     * All but a minority of at most a third, at one end, if the gap between it and all others is
     * more than five times their spread. The page has the same rule.
     */
    private static List<Estimate> inside(List<Estimate> sorted) {
      int n = sorted.size();
      double largest = sorted.stream().mapToDouble(one -> Math.abs(one.mean())).max().orElse(0);
      for (int i = n / 3; i >= 1; i--) {
        if (isFar(sorted, i - 1, i, n - 1, i, largest)) {
          return sorted.subList(i, n);
        }
        if (isFar(sorted, n - i - 1, n - i, n - i - 1, 0, largest)) {
          return sorted.subList(0, n - i);
        }
      }
      return sorted;
    }

    /** Whether the gap between two is large against the spread of a part. */
    private static boolean isFar(
        List<Estimate> sorted, int below, int above, int most, int least, double largest) {
      double spread = sorted.get(most).mean() - sorted.get(least).mean();
      return sorted.get(above).mean() - sorted.get(below).mean()
          > GAP * Math.max(spread, SPREAD * largest);
    }

    boolean isBelow(Point point) {
      return point.y().mean() < least;
    }

    boolean isAbove(Point point) {
      return point.y().mean() > most;
    }

    double of(Point point) {
      return of(point.y().mean());
    }

    double half(Point point) {
      return of(half(point.y()));
    }

    /** Half of the interval; without an interval none is drawn. */
    private static double half(Estimate y) {
      return y.n() < Estimate.FEWEST ? 0 : y.half();
    }

    double of(double y) {
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
