// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.List;
import java.util.function.Function;
import org.knowm.xchart.internal.chartpart.Annotation;
import org.knowm.xchart.style.AxesChartStyler;

/** Ticks of the x axis at given positions, of which XChart's own are evenly spaced only. */
final class TickMarks extends Annotation {

  private static final Color NONE = new Color(0, true);
  private static final int LENGTH = 3;
  private static final int GAP = 6;

  private final List<Double> positions;
  private final Function<Double, String> label;

  /**
   * Creates ticks.
   *
   * @param positions ascending
   */
  TickMarks(List<Double> positions, Function<Double, String> label) {
    super(false);
    this.positions = positions;
    this.label = label;
  }

  /** Hides XChart's own ticks, which still take up the space of these. */
  static void hideOthers(AxesChartStyler axes) {
    axes.setXAxisTickLabelsColor(NONE).setXAxisTickMarksColor(NONE);
    axes.setPlotGridVerticalLinesVisible(false);
  }

  @Override
  public void paint(Graphics2D graphics) {
    AxesChartStyler axes = (AxesChartStyler) styler;
    graphics.setFont(axes.getAxisTickLabelsFont());
    graphics.setColor(axes.getAxisTickLabelsColor());
    double last = positions.get(positions.size() - 1);
    double free = Double.NEGATIVE_INFINITY;
    for (double position : positions) {
      Rectangle2D place = place(position, graphics);
      boolean fits = place.getMinX() > free;
      if (fits && (position == last || place.getMaxX() + GAP < place(last, graphics).getMinX())) {
        free = place.getMaxX() + GAP;
        int x = getXAxisScreenValue(position);
        double y = place.getMinY() - 2 * LENGTH;
        graphics.draw(new Line2D.Double(x, y, x, y + LENGTH));
        graphics.drawString(
            label.apply(position), (float) place.getMinX(), (float) place.getMaxY());
      }
    }
  }

  /** The place of the label of a tick. */
  private Rectangle2D place(double position, Graphics2D graphics) {
    Rectangle2D size = graphics.getFontMetrics().getStringBounds(label.apply(position), graphics);
    double x = getXAxisScreenValue(position) - size.getWidth() / 2;
    return new Rectangle2D.Double(
        x, getYAxisScreenValueForMax() + 2.0 * LENGTH, size.getWidth(), 10);
  }
}
