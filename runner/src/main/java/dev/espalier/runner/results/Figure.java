// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.runner.results.Canvas.Anchor;
import dev.espalier.runner.results.Canvas.Dash;
import dev.espalier.runner.results.Canvas.Place;
import dev.espalier.runner.results.Panels.Line;
import dev.espalier.runner.results.Panels.Panel;
import dev.espalier.runner.results.Panels.Point;
import dev.espalier.runner.results.ResultsPicture.Scale;
import java.awt.Color;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * A panel as vector graphics. XChart draws glyphs as shapes and needs the fonts of the system; this
 * writes texts, and needs neither fonts nor a display.
 */
final class Figure {

  static final double WIDTH = 330;

  /** The size of the font, in points. */
  private static final double SIZE = 9;

  private static final double PLOT = 190;
  private static final double MARGIN = 8;
  private static final double ROW = 12;
  private static final double TICK = 3;
  private static final double MARK = 2.6;
  private static final double KEY = 22;
  private static final int SLANT = 30;
  private static final int UPRIGHT = 90;
  private static final Color QUIET = new Color(0xDDDDDD);

  /** The marks: the number of their corners, and their turns. */
  private static final int[] CORNERS = {12, 4, 4, 3, 3};

  private static final double[] TURNS = {0, 0, 0.125, -0.25, 0.25};

  /** A label of an axis. */
  private record Tick(double value, String label) {}

  /** A name of the legend, and its place. */
  private record Entry(Line line, double x, int row) {}

  private final Panel panel;
  private final Scale scale;
  private final FigureFont font;
  private final List<Tick> xTicks;
  private final List<Tick> yTicks;
  private final List<Entry> legend;
  private final int slant;
  private final double left;
  private final double right;
  private final double bottom;
  private final double axis;
  private final double height;

  /** Lays out a panel. */
  Figure(Panel panel, FigureFont font) throws IOException {
    this.panel = panel;
    this.font = font;
    scale = Scale.of(panel);
    xTicks = xTicks(panel);
    yTicks = yTicks(low(), high());
    left = MARGIN + ROW + widest(yTicks) + 2 * TICK;
    right = WIDTH - 2 * MARGIN;
    bottom = MARGIN + PLOT;
    slant = slant();
    double labels = ROW + widest(xTicks) * Math.sin(Math.toRadians(slant));
    axis = bottom + TICK + labels + ROW;
    legend = legend();
    height = axis + ROW * (1 + legend.get(legend.size() - 1).row()) + MARGIN;
  }

  /** The figure as SVG. */
  String svg() throws IOException {
    SvgCanvas canvas = new SvgCanvas(font, SIZE);
    draw(canvas);
    return canvas.text(WIDTH, height, panel.title());
  }

  /** The figure as PDF. */
  byte[] pdf() throws IOException {
    try (PdfCanvas canvas = new PdfCanvas(font, SIZE, WIDTH, height)) {
      draw(canvas);
      return canvas.bytes();
    }
  }

  private void draw(Canvas canvas) throws IOException {
    for (Tick tick : yTicks) {
      double y = y(tick.value());
      canvas.line(List.of(new Place(left, y), new Place(right, y)), QUIET, 0.5, Dash.SOLID);
      Place place = new Place(left - 2 * TICK, y + SIZE / 3);
      canvas.text(tick.label(), place, Anchor.END, 0, Color.BLACK);
    }
    drawX(canvas);
    double middle = MARGIN + PLOT / 2;
    Place title = new Place(MARGIN + SIZE / 2, middle);
    canvas.text(scale.title(panel.y()), title, Anchor.MIDDLE, 90, Color.BLACK);
    canvas.text(panel.x(), new Place((left + right) / 2, axis - 3), Anchor.MIDDLE, 0, Color.BLACK);
    OptionalDouble dense = ResultsPicture.dense(panel);
    if (dense.isPresent()) {
      double y = y(scale.of(dense.getAsDouble()));
      canvas.line(
          List.of(new Place(left, y), new Place(right, y)), Color.DARK_GRAY, 0.75, Dash.DOTTED);
    }
    for (Line line : panel.lines()) {
      draw(canvas, line);
    }
    canvas.line(
        List.of(new Place(left, MARGIN), new Place(left, bottom), new Place(right, bottom)),
        Color.BLACK,
        0.75,
        Dash.SOLID);
    drawLegend(canvas);
  }

  private void drawLegend(Canvas canvas) throws IOException {
    for (Entry entry : legend) {
      double y = axis + ROW * entry.row() + ROW / 2;
      Color colour = colour(entry.line());
      if (isConnected()) {
        Place end = new Place(entry.x() + KEY - 6, y);
        canvas.line(List.of(new Place(entry.x(), y), end), colour, 1, dash(entry.line()));
      }
      canvas.fill(mark(entry.line(), entry.x() + KEY / 2 - 3, y), colour);
      canvas.text(
          entry.line().name(),
          new Place(entry.x() + KEY - 3, y + SIZE / 3),
          Anchor.START,
          0,
          Color.BLACK);
    }
  }

  private void drawX(Canvas canvas) throws IOException {
    double free = 0;
    double last = x(xTicks.get(xTicks.size() - 1).value());
    double lastWidth = font.width(xTicks.get(xTicks.size() - 1).label(), SIZE);
    for (Tick tick : xTicks) {
      double x = x(tick.value());
      double half = font.width(tick.label(), SIZE) / 2;
      boolean fits = x - half > free && (x == last || x + half + TICK < last - lastWidth / 2);
      if (fits || !panel.names().isEmpty()) {
        free = x + half + TICK;
        canvas.line(
            List.of(new Place(x, bottom), new Place(x, bottom + TICK)),
            Color.BLACK,
            0.75,
            Dash.SOLID);
        canvas.text(
            tick.label(),
            slant == UPRIGHT
                ? new Place(x + SIZE / 3, bottom + 2 * TICK)
                : new Place(x, bottom + TICK + SIZE),
            slant == 0 ? Anchor.MIDDLE : Anchor.END,
            slant,
            Color.BLACK);
      }
    }
  }

  private void draw(Canvas canvas, Line line) throws IOException {
    Color colour = colour(line);
    for (int i = 1; i < line.expected().size(); i++) {
      List<Place> segment = segment(line.expected().get(i - 1), line.expected().get(i));
      canvas.line(segment, colour, 0.75, Dash.DOTTED);
    }
    List<Point> points = line.points();
    for (int i = 0; i < points.size(); i++) {
      Point point = points.get(i);
      double x = x(position(point));
      double value = scale.of(point);
      if (i > 0 && isConnected()) {
        canvas.line(segment(points.get(i - 1), point), colour, 1, dash(line));
      }
      if (scale.isBelow(point) || scale.isAbove(point)) {
        double edge = scale.isBelow(point) ? bottom : MARGIN;
        double base = edge + (scale.isBelow(point) ? -2 : 2) * MARK;
        canvas.fill(
            List.of(new Place(x - MARK, base), new Place(x + MARK, base), new Place(x, edge)),
            colour);
        String shown = new BigDecimal(value).round(new MathContext(3)).toPlainString();
        canvas.text(shown, new Place(x - 2 * MARK, base + SIZE / 3), Anchor.END, 0, colour);
      } else {
        double half = scale.half(point);
        if (half > 0) {
          bar(canvas, x, y(value - half), y(value + half), colour);
        }
        canvas.fill(mark(line, x, y(value)), colour);
      }
    }
  }

  private static void bar(Canvas canvas, double x, double low, double high, Color colour)
      throws IOException {
    canvas.line(List.of(new Place(x, low), new Place(x, high)), colour, 0.75, Dash.SOLID);
    for (double y : new double[] {low, high}) {
      canvas.line(
          List.of(new Place(x - TICK, y), new Place(x + TICK, y)), colour, 0.75, Dash.SOLID);
    }
  }

  /** The part between two points inside the plot; two equal places if there is none. */
  private List<Place> segment(Point before, Point after) {
    Place from = new Place(x(position(before)), y(scale.of(before)));
    Place to = new Place(x(position(after)), y(scale.of(after)));
    return List.of(cut(from, to), cut(to, from));
  }

  /** Whether the points of a line are connected: those of names have no order. */
  private boolean isConnected() {
    return panel.names().isEmpty();
  }

  /** Lines that have a mark in common differ in their dashes. */
  private static Dash dash(Line line) {
    return line.place() < CORNERS.length ? Dash.SOLID : Dash.DASHED;
  }

  /** A place, or the place on the way to another one where the plot begins. */
  private Place cut(Place place, Place other) {
    double y = Math.max(MARGIN, Math.min(bottom, place.y()));
    if (y == place.y()) {
      return place;
    }
    double inside = Math.max(MARGIN, Math.min(bottom, other.y()));
    if (inside == y) {
      return new Place(other.x(), y);
    }
    double part = (y - place.y()) / (other.y() - place.y());
    return new Place(place.x() + part * (other.x() - place.x()), y);
  }

  /** The marks differ in shape, for readers who do not see colours. */
  private static List<Place> mark(Line line, double x, double y) {
    int kind = line.place() % CORNERS.length;
    return IntStream.range(0, CORNERS[kind])
        .mapToDouble(i -> 2 * Math.PI * ((double) i / CORNERS[kind] + TURNS[kind]))
        .mapToObj(angle -> new Place(x + MARK * Math.cos(angle), y + MARK * Math.sin(angle)))
        .toList();
  }

  private static Color colour(Line line) {
    return ResultsPicture.COLOURS.get(line.place());
  }

  /** The angle of the names below the axis. */
  private int slant() throws IOException {
    double share = (right - left) / xTicks.size();
    if (panel.names().isEmpty() || widest(xTicks) <= share - TICK) {
      return 0;
    }
    double room = left + share / 2;
    for (Tick tick : xTicks) {
      if (font.width(tick.label(), SIZE) * Math.cos(Math.toRadians(SLANT)) > room) {
        return UPRIGHT;
      }
      room += share;
    }
    return SLANT;
  }

  private List<Entry> legend() throws IOException {
    double widest = 0;
    for (Line line : panel.lines()) {
      widest = Math.max(widest, KEY + font.width(line.name(), SIZE));
    }
    double begin = widest > WIDTH - left ? MARGIN : left;
    List<Entry> entries = new ArrayList<>();
    double x = begin;
    int row = 0;
    for (Line line : panel.lines()) {
      double width = KEY + font.width(line.name(), SIZE) + MARGIN;
      if (x > begin && x + width > WIDTH) {
        x = begin;
        row++;
      }
      entries.add(new Entry(line, x, row));
      x += width;
    }
    return entries;
  }

  private double widest(List<Tick> ticks) throws IOException {
    double widest = 0;
    for (Tick tick : ticks) {
      widest = Math.max(widest, font.width(tick.label(), SIZE));
    }
    return widest;
  }

  private double position(Point point) {
    return panel.isByDensity() ? ResultsPicture.sparseness(point.x()) : point.x();
  }

  private static List<Tick> xTicks(Panel panel) {
    if (!panel.names().isEmpty()) {
      return IntStream.range(0, panel.names().size())
          .mapToObj(i -> new Tick(i, panel.names().get(i)))
          .toList();
    }
    return ResultsPicture.positions(panel).stream()
        .map(
            x ->
                new Tick(
                    x, panel.isByDensity() ? ResultsPicture.density(x) : ResultsPicture.number(x)))
        .toList();
  }

  /** Ticks at multiples of 1, 2 or 5 times a power of ten. */
  private static List<Tick> yTicks(double low, double high) {
    double rough = (high - low) / 5;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step = power * (rough > 5 * power ? 10 : rough > 2 * power ? 5 : rough > power ? 2 : 1);
    List<Tick> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(low / step); i * step <= high; i++) {
      double value = i * step;
      BigDecimal exact = new BigDecimal(value).round(new MathContext(6)).stripTrailingZeros();
      ticks.add(new Tick(value, exact.toPlainString()));
    }
    return ticks;
  }

  private double low() {
    return scale.of(scale.low());
  }

  private double high() {
    return scale.of(scale.high());
  }

  private double x(double position) {
    double first = xTicks.get(0).value();
    double last = xTicks.get(xTicks.size() - 1).value();
    double part = first == last ? 0.5 : (position - first) / (last - first);
    double edge = panel.names().isEmpty() ? 0.04 : 0.5 / xTicks.size();
    return left + (right - left) * (edge + (1 - 2 * edge) * part);
  }

  private double y(double value) {
    return MARGIN + PLOT * (0.03 + 0.94 * (high() - value) / (high() - low()));
  }
}
