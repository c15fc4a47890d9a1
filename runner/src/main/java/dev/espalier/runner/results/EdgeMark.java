// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Polygon;
import org.knowm.xchart.internal.chartpart.Annotation;
import org.knowm.xchart.style.AxesChartStyler;

/** An arrow at the edge of a chart for a value outside, with the value. */
final class EdgeMark extends Annotation {

  private static final int SIZE = 5;

  private final double x;
  private final int names;
  private final boolean isBelow;
  private final String value;
  private final Color colour;

  /**
   * Creates a mark at the lower or upper edge.
   *
   * @param x the position on the x axis, from 0 where it has names
   * @param names the number of names of the x axis; 0 where it has numbers
   */
  EdgeMark(double x, int names, boolean isBelow, String value, Color colour) {
    super(false);
    this.x = x;
    this.names = names;
    this.isBelow = isBelow;
    this.value = value;
    this.colour = colour;
  }

  @Override
  public void paint(Graphics2D graphics) {
    int edge = isBelow ? getYAxisScreenValueForMax() : getYAxisScreenValueForMin();
    int left = names == 0 ? getXAxisScreenValue(x) : ofName();
    int base = edge + (isBelow ? -2 : 2) * SIZE;
    graphics.setColor(colour);
    graphics.fill(
        new Polygon(new int[] {left - SIZE, left + SIZE, left}, new int[] {base, base, edge}, 3));
    graphics.setFont(styler.getAnnotationTextFont());
    int width = graphics.getFontMetrics().stringWidth(value);
    int start =
        left + 2 * SIZE + width > getXAxisScreenValueForMax()
            ? left - 2 * SIZE - width
            : left + 2 * SIZE;
    graphics.drawString(value, start, isBelow ? edge - 2 : edge + 10);
  }

  /** The position of a name; XChart computes those of numbers only. */
  private int ofName() {
    double plot = getXAxisScreenValueForMax() - getXAxisScreenValueForMin();
    double content = ((AxesChartStyler) styler).getPlotContentSize() * plot;
    return (int)
        Math.round(
            getXAxisScreenValueForMin() + (plot - content) / 2 + (x + 0.5) * content / names);
  }
}
