// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.awt.Color;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A figure as SVG, with texts as texts and the glyphs they need. */
final class SvgCanvas implements Canvas {

  private final FigureFont font;
  private final double size;
  private final StringBuilder body = new StringBuilder();
  private final Set<Integer> characters = new TreeSet<>();

  SvgCanvas(FigureFont font, double size) {
    this.font = font;
    this.size = size;
  }

  @Override
  public void line(List<Place> places, Color colour, double width, Dash dash) {
    String lengths =
        Arrays.stream(dash.lengths()).mapToObj(String::valueOf).collect(Collectors.joining(" "));
    add(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s/>",
        points(places),
        hex(colour),
        number(width),
        lengths.isEmpty() ? "" : " stroke-dasharray=\"" + lengths + "\"");
  }

  @Override
  public void fill(List<Place> corners, Color colour) {
    add("<polygon points=\"%s\" fill=\"%s\"/>", points(corners), hex(colour));
  }

  @Override
  public void text(String text, Place place, Anchor anchor, int degrees, Color colour) {
    text.codePoints().forEach(characters::add);
    String x = number(place.x());
    String y = number(place.y());
    add(
        "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" fill=\"%s\"%s>%s</text>",
        x,
        y,
        anchor.name().toLowerCase(Locale.ROOT),
        hex(colour),
        degrees == 0 ? "" : " transform=\"rotate(-" + degrees + " " + x + " " + y + ")\"",
        escape(text));
  }

  /** The file. */
  String text(double width, double height, String title) throws IOException {
    String glyphs = Base64.getEncoder().encodeToString(font.subset(characters));
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%1$spt" height="%2$spt" viewBox="0 0 %1$s %2$s" role="img">
        <title>%3$s</title>
        <style>@font-face { font-family: "%4$s"; src: url(data:font/ttf;base64,%5$s); }</style>
        <rect width="100%%" height="100%%" fill="#ffffff"/>
        <g font-family="'%4$s', Arial, Helvetica, sans-serif" font-size="%6$s">
        %7$s</g>
        </svg>
        """
        .formatted(
            number(width),
            number(height),
            escape(title),
            FigureFont.NAME,
            glyphs,
            number(size),
            body);
  }

  private void add(String format, Object... values) {
    body.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String points(List<Place> places) {
    return places.stream()
        .map(place -> number(place.x()) + "," + number(place.y()))
        .collect(Collectors.joining(" "));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static String hex(Color colour) {
    return String.format(Locale.ROOT, "#%06x", colour.getRGB() & 0xFFFFFF);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
