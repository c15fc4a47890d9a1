// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.awt.Color;
import java.io.IOException;
import java.util.List;

/** Draws a figure in points from the upper left corner. */
interface Canvas {

  /** A place. */
  record Place(double x, double y) {}

  /** The part of a text that is at its place. */
  enum Anchor {
    START(0),
    MIDDLE(0.5),
    END(1);

    private final double part;

    Anchor(double part) {
      this.part = part;
    }

    /** The part of the text's width before its place. */
    double part() {
      return part;
    }
  }

  /** The look of a line. */
  enum Dash {
    SOLID(0, 0),
    DASHED(4, 2),
    DOTTED(1, 2);

    private final int length;
    private final int gap;

    Dash(int length, int gap) {
      this.length = length;
      this.gap = gap;
    }

    /** The lengths of a dash and of the gap behind it; none of a solid line. */
    int[] lengths() {
      return length == 0 ? new int[0] : new int[] {length, gap};
    }
  }

  /** Draws lines between places. */
  void line(List<Place> places, Color colour, double width, Dash dash) throws IOException;

  /** Fills a polygon. */
  void fill(List<Place> corners, Color colour) throws IOException;

  /**
   * Writes a text on its baseline.
   *
   * @param degrees its rotation against the clock
   */
  void text(String text, Place place, Anchor anchor, int degrees, Color colour) throws IOException;
}
