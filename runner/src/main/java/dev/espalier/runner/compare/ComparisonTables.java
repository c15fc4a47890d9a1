// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import com.typesafe.config.Config;
import dev.espalier.runner.compare.AtCost.CostedLevel;
import dev.espalier.runner.compare.Overlaps.Kind;
import dev.espalier.runner.config.Seeds;
import dev.espalier.runner.results.AnalysisTable;
import dev.espalier.runner.results.Estimate;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.MetricFormat;
import dev.espalier.runner.results.ScreenWidth;
import dev.espalier.runner.results.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The tables of a comparison on the screen. */
final class ComparisonTables {

  private static final String NONE = "-";

  private final RunsComparison comparison;
  private final MetricFormat metric;

  ComparisonTables(RunsComparison comparison) {
    this.comparison = comparison;
    metric = comparison.format();
  }

  /** The tables and their explanations, folded. */
  String fold(ScreenWidth width) {
    StringBuilder text = new StringBuilder(contenders().fold(width, 1));
    comparison.notes().forEach(note -> text.append(width.fold(note, 0)).append('\n'));
    text.append('\n').append(width.fold("At equal density. " + atDensity(), 0)).append('\n');
    text.append(byDensity().fold(width, 1)).append('\n');
    text.append(width.fold("At equal cost. " + atCost(), 0)).append('\n');
    text.append(byCost().fold(width, 1));
    for (Kind kind : Kind.values()) {
      List<Overlaps> overlaps = comparison.overlaps().of(kind);
      if (!overlaps.isEmpty()) {
        text.append('\n').append(width.fold(overlap(kind), 0)).append('\n');
        text.append(overlaps(overlaps).fold(width, 1));
      }
    }
    if (!comparison.overlaps().found().isEmpty()) {
      text.append('\n').append(width.fold(CHANCE, 0)).append('\n');
    }
    return text.toString();
  }

  /** The title of the first table. */
  String atDensity() {
    return "Test "
        + metric.name()
        + metric.inUnit()
        + ", mean and 95 % interval."
        + (metric.isLowerBetter() ? " Lower is better." : "")
        + " Levels are matched by density, at most "
        + AnalysisTable.percent(AtDensity.TOLERANCE)
        + " % apart (where they differ, a level's own is in brackets); none is used twice, nothing"
        + " is interpolated.";
  }

  /** The explanation of chance in the table of overlaps. */
  static final String CHANCE =
      "By chance: the mean for masks drawn at random that keep as many weights in every layer. Of a"
          + " and b of a layer's n weights, x in both are hypergeometric, of mean a b / n; the mean"
          + " of x / (a + b - x) is exact in a layer, over all layers of second order in x.";

  /** The title of the second table. */
  String atCost() {
    return "The best ticket within a budget of "
        + comparison.unit().title()
        + ", by validation "
        + metric.name()
        + ", or the dense network where no ticket is within it; its test "
        + metric.name()
        + metric.inUnit()
        + ", and its density in brackets. A ticket"
        + " costs what finding and training it took, each step behind it once"
        + (isAnyShared()
            ? "; * some of them are behind another run's as well: done once, counted for each."
            : ".");
  }

  private boolean isAnyShared() {
    return comparison.byCost().stream()
        .flatMap(line -> line.reached().stream())
        .flatMap(Optional::stream)
        .anyMatch(reached -> reached.shared() > 0);
  }

  /** The title of a table of overlaps. */
  static String overlap(Kind kind) {
    return "Overlap of masks, "
        + kind.text()
        + ": |A and B| / |A or B| over all layers, in brackets by chance.";
  }

  private TextTable contenders() {
    TextTable table =
        new TextTable(
            4, "run", "method", "model", "data", "seed", "replicates", "iterations", "folder");
    for (Contender contender : comparison.contenders()) {
      Config settings = contender.settings();
      table.row(
          contender.name(),
          contender.method(),
          settings.getString("model.id"),
          settings.getString("data.id"),
          Seeds.of(settings).words(),
          contender.replicates(),
          settings.getString("training.iterations"),
          contender.run().folder().toString());
    }
    return table;
  }

  TextTable byDensity() {
    TextTable table = new TextTable(0, head("density %"));
    for (AtDensity line : comparison.byDensity()) {
      List<String> cells = new ArrayList<>();
      cells.add(percent(line.density()));
      for (int i = 0; i < line.levels().size(); i++) {
        int place = i;
        Optional<Level> level = line.levels().get(i);
        cells.add(level.map(one -> score(place, one) + density(one, line.density())).orElse(NONE));
        difference(cells, i, level, line.levels().get(0));
      }
      table.row(cells.toArray(String[]::new));
    }
    return table;
  }

  private static String density(Level level, double line) {
    String density = percent(level.density());
    return density.equals(percent(line)) ? "" : " (" + density + ")";
  }

  TextTable byCost() {
    TextTable table = new TextTable(0, head("budget"));
    for (AtCost line : comparison.byCost()) {
      Optional<Level> first = line.reached().get(0).map(CostedLevel::level);
      List<String> cells = new ArrayList<>();
      cells.add(comparison.unit().shown(line.budget()));
      for (int i = 0; i < line.reached().size(); i++) {
        int place = i;
        Optional<CostedLevel> reached = line.reached().get(i);
        cells.add(
            reached
                .map(
                    costed ->
                        score(place, costed.level())
                            + " ("
                            + percent(costed.level().density())
                            + ")"
                            + (costed.shared() > 0 ? "*" : ""))
                .orElse(NONE));
        difference(cells, i, reached.map(CostedLevel::level), first);
      }
      table.row(cells.toArray(String[]::new));
    }
    return table;
  }

  /** The head: a column per contender, and one for the difference of each but the first. */
  private String[] head(String first) {
    List<String> head = new ArrayList<>(List.of(first));
    for (Contender contender : comparison.contenders()) {
      head.add(contender.name());
      if (!contender.equals(comparison.first())) {
        head.add(
            "- "
                + comparison.first().name()
                + (contender.isPairedWith(comparison.first()) ? ", paired" : ", Welch"));
      }
    }
    return head.toArray(String[]::new);
  }

  private void difference(
      List<String> cells, int contender, Optional<Level> level, Optional<Level> first) {
    if (contender > 0) {
      cells.add(
          comparison
              .difference(contender, level, first)
              .filter(difference -> !Double.isNaN(difference.mean()))
              .map(found -> metric.difference(found.mean(), found.shown()))
              .orElse(NONE));
    }
  }

  private String score(int contender, Level level) {
    Estimate score = level.score();
    boolean isUneven = comparison.contenders().get(contender).isUneven();
    return Double.isNaN(score.mean())
        ? NONE
        : metric.number(score) + (isUneven ? " n=" + score.n() : "");
  }

  private static String percent(double fraction) {
    return AnalysisTable.percent(fraction);
  }

  /** Creates the table of overlaps: a line per density, a column per pair of contenders. */
  static TextTable overlaps(List<Overlaps> overlaps) {
    List<String> between = overlaps.stream().map(Overlaps::between).distinct().toList();
    List<String> head = new ArrayList<>(List.of("density %"));
    head.addAll(between);
    TextTable table = new TextTable(0, head.toArray(String[]::new));
    List<Double> densities = overlaps.stream().map(Overlaps::density).distinct().toList();
    for (double density : densities) {
      List<String> cells = new ArrayList<>(List.of(percent(density)));
      for (String who : between) {
        cells.add(
            overlaps.stream()
                .filter(one -> one.density() == density && one.between().equals(who))
                .map(ComparisonTables::cell)
                .collect(Collectors.joining(" ")));
      }
      cells.replaceAll(cell -> cell.isEmpty() ? NONE : cell);
      table.row(cells.toArray(String[]::new));
    }
    return table;
  }

  private static String cell(Overlaps overlaps) {
    Overlaps.Mean mean = overlaps.mean();
    return String.format(Locale.ROOT, "%.3f (%.3f)", mean.jaccard(), mean.chance())
        + (overlaps.kind() == Kind.LEVELS && overlaps.isNested() ? " nested" : "");
  }
}
