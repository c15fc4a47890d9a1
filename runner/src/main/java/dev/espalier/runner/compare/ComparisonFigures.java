// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.runner.compare.Overlaps.Kind;
import dev.espalier.runner.results.Estimate;
import dev.espalier.runner.results.Figures;
import dev.espalier.runner.results.Figures.Captioned;
import dev.espalier.runner.results.Figures.Table;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.Panels;
import dev.espalier.runner.results.Panels.Line;
import dev.espalier.runner.results.Panels.Panel;
import dev.espalier.runner.results.Panels.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The test value by density, the overlap of masks by density, and the tables of a comparison. */
final class ComparisonFigures {

  private final RunsComparison comparison;
  private final String subject;

  ComparisonFigures(RunsComparison comparison) {
    this.comparison = comparison;
    subject =
        comparison.names()
            + "; "
            + comparison.contenders().stream()
                .map(Contender::settings)
                .map(of -> of.getString("model.id") + " on " + of.getString("data.id"))
                .distinct()
                .collect(Collectors.joining(", "));
  }

  Figures figures() {
    ComparisonTables tables = new ComparisonTables(comparison);
    List<Captioned> figures = new ArrayList<>();
    List<Table> all = new ArrayList<>();
    Map<String, List<Level>> levels = new LinkedHashMap<>();
    comparison.contenders().forEach(contender -> levels.put(contender.name(), contender.levels()));
    for (Panel panel : Panels.ofLevels(levels)) {
      figures.add(new Captioned(panel, Figures.caption(panel, subject)));
    }
    all.add(new Table("density", tables.byDensity(), caption(tables.atDensity())));
    all.add(new Table("cost", tables.byCost(), caption(tables.atCost())));
    for (Kind kind : Kind.values()) {
      List<Overlaps> overlaps = comparison.overlaps().of(kind);
      for (Panel panel : overlaps(kind, overlaps)) {
        String text =
            "Means over pairs of tickets, without intervals, as pairs share tickets: "
                + kind.text()
                + ". The dotted lines are the means by chance.";
        figures.add(new Captioned(panel, Figures.begin(panel, subject) + text));
      }
      if (!overlaps.isEmpty()) {
        all.add(
            new Table(
                "overlap-" + kind.title(),
                ComparisonTables.overlaps(overlaps),
                caption(ComparisonTables.overlap(kind))));
      }
    }
    return new Figures(figures, all);
  }

  private String caption(String text) {
    return "Comparison of " + subject + ". " + text;
  }

  private static List<Panel> overlaps(Kind kind, List<Overlaps> overlaps) {
    List<Line> lines = new ArrayList<>();
    overlaps.stream()
        .collect(Collectors.groupingBy(Overlaps::between, LinkedHashMap::new, Collectors.toList()))
        .forEach(
            (between, some) ->
                lines.add(
                    new Line(
                        between,
                        0,
                        points(some, one -> one.mean().jaccard()),
                        points(some, one -> one.mean().chance()))));
    return Panels.byDensity("mask overlap of " + kind.title() + " by density", "Jaccard", lines);
  }

  private static List<Point> points(List<Overlaps> overlaps, ToDoubleFunction<Overlaps> y) {
    return overlaps.stream()
        .map(one -> new Point(100 * one.density(), Estimate.of(y.applyAsDouble(one))))
        .filter(point -> !Double.isNaN(point.y().mean()))
        .sorted(Comparator.comparingDouble(Point::x))
        .toList();
  }
}
