// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.runner.plugin.PluginEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A finding that is drawn over another one, as its method declares. Of two lists of numbers each
 * network has a line. Of two numbers the networks of a round have one together.
 *
 * @param key the finding of the vertical axis
 * @param x the finding of the horizontal axis
 * @param name the vertical axis in words
 * @param xName the horizontal axis in words
 */
public record Curve(String key, String x, String name, String xName) {

  /**
   * A line, with means over the replicates.
   *
   * @param branch the network; empty for a line of several networks
   * @param points by rising x
   */
  public record Line(String variant, int round, String branch, List<Point> points) {}

  /** y over some replicates. */
  public record Point(double x, Estimate y) {}

  private record LineKey(String variant, int round, String branch) {}

  /** The curves that methods declare. */
  public static List<Curve> of(Stream<PluginEntry> methods) {
    return methods
        .flatMap(
            method ->
                method.curves().entrySet().stream()
                    .map(
                        curve ->
                            new Curve(
                                curve.getKey(),
                                curve.getValue(),
                                title(method, curve.getKey()),
                                title(method, curve.getValue()))))
        .distinct()
        .toList();
  }

  private static String title(PluginEntry method, String key) {
    PluginEntry.Finding finding = method.findings().get(key);
    return finding == null ? key : finding.title();
  }

  /** The lines, in the order of the rows; those of numbers have two points or more. */
  public List<Line> lines(List<TicketResult> rows) {
    Map<LineKey, Map<Double, List<Double>>> values = new LinkedHashMap<>();
    for (TicketResult row : rows) {
      double[] xs = numbers(row, x);
      double[] ys = numbers(row, key);
      if (xs.length == ys.length) {
        String branch = xs.length == 1 ? "" : row.branch();
        LineKey line = new LineKey(row.variant(), row.round(), branch);
        for (int i = 0; i < xs.length; i++) {
          values
              .computeIfAbsent(line, unknown -> new TreeMap<>())
              .computeIfAbsent(xs[i], unknown -> new ArrayList<>())
              .add(ys[i]);
        }
      }
    }
    List<Line> lines = new ArrayList<>();
    values.forEach(
        (line, points) -> {
          if (points.size() > 1) {
            lines.add(new Line(line.variant(), line.round(), line.branch(), points(points)));
          }
        });
    return lines;
  }

  private static List<Point> points(Map<Double, List<Double>> values) {
    return values.entrySet().stream()
        .map(
            point ->
                new Point(
                    point.getKey(),
                    Estimate.of(
                        point.getValue().stream().mapToDouble(Double::doubleValue).toArray())))
        .toList();
  }

  private static double[] numbers(TicketResult row, String finding) {
    return numbers(row.findings().getOrDefault(finding, ""));
  }

  /** The finite numbers of a finding; none if it has anything else. */
  public static double[] numbers(String finding) {
    try {
      double[] numbers =
          Arrays.stream(finding.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
      return Arrays.stream(numbers).allMatch(Double::isFinite) ? numbers : new double[0];
    } catch (NumberFormatException e) {
      return new double[0];
    }
  }
}
