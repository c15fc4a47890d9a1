// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Stroke;
import java.awt.geom.Line2D;
import org.knowm.xchart.internal.chartpart.Annotation;

/** A dotted line across a chart at the value of the dense network. */
final class DenseLine extends Annotation {

  private static final String LABEL = "dense";

  private static final Stroke DOTS =
      new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL, 0, new float[] {2, 3}, 0);

  private final double value;

  /** Creates the line at a value of the y axis. */
  DenseLine(double value) {
    super(false);
    this.value = value;
  }

  @Override
  public void paint(Graphics2D graphics) {
    int y = getYAxisScreenValue(value);
    int end = getXAxisScreenValueForMax();
    graphics.setColor(Color.DARK_GRAY);
    graphics.setFont(styler.getAnnotationTextFont());
    graphics.drawString(LABEL, end - graphics.getFontMetrics().stringWidth(LABEL) - 3, y - 3);
    graphics.setStroke(DOTS);
    graphics.draw(new Line2D.Double(getXAxisScreenValueForMin(), y, end, y));
  }
}
