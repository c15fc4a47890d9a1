// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.runner.compare.AtCost.CostedLevel;
import dev.espalier.runner.compare.Overlaps.Kind;
import dev.espalier.runner.config.Seeds;
import dev.espalier.runner.report.Page;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.MetricFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The data of comparison.html, which comparison.js shows. */
final class ComparisonPage {

  private final RunsComparison comparison;

  private ComparisonPage(RunsComparison comparison) {
    this.comparison = comparison;
  }

  static Page of(RunsComparison comparison) {
    return new Page(comparison.names(), "comparison.js", new ComparisonPage(comparison).data());
  }

  private Map<String, Object> data() {
    ComparisonTables tables = new ComparisonTables(comparison);
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("unit", comparison.unit().title());
    data.put("metric", MetricFormat.page(comparison.metrics().get(0)));
    data.put("contenders", comparison.contenders().stream().map(this::contender).toList());
    data.put("notes", comparison.notes());
    data.put("byDensityText", tables.atDensity());
    data.put(
        "byDensity",
        comparison.byDensity().stream()
            .map(line -> line("density", line.density(), line.levels()))
            .toList());
    data.put("byCostText", tables.atCost());
    data.put(
        "byCost",
        comparison.byCost().stream()
            .map(
                line ->
                    line(
                        "budget",
                        line.budget(),
                        line.reached().stream()
                            .map(costed -> costed.map(CostedLevel::level))
                            .toList()))
            .toList());
    data.put("chance", ComparisonTables.CHANCE);
    data.put(
        "kinds",
        Arrays.stream(Kind.values())
            .filter(kind -> !comparison.overlaps().of(kind).isEmpty())
            .map(ComparisonPage::kind)
            .toList());
    data.put(
        "overlaps", comparison.overlaps().found().stream().map(ComparisonPage::overlaps).toList());
    data.put(
        "differences",
        SettingDifference.of(comparison.contenders()).stream()
            .map(ComparisonPage::difference)
            .toList());
    data.put("csv", new ComparisonCsv(comparison).comparison());
    return data;
  }

  private static Map<String, Object> difference(SettingDifference difference) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("key", difference.key());
    List<String> values = new ArrayList<>(); // null where a contender lacks the setting
    difference.values().forEach(value -> values.add(value.orElse(null)));
    shown.put("values", values);
    return shown;
  }

  private static Map<String, Object> kind(Kind kind) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("name", kind.title());
    shown.put("text", kind.text());
    return shown;
  }

  private Map<String, Object> contender(Contender contender) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("name", contender.name());
    shown.put("run", contender.run().name());
    shown.put("method", contender.method());
    shown.put("model", contender.settings().getString("model.id"));
    shown.put("data", contender.settings().getString("data.id"));
    shown.put("seed", Seeds.of(contender.settings()).words());
    shown.put("replicates", contender.replicates());
    shown.put("uneven", contender.isUneven());
    shown.put("iterations", contender.settings().getString("training.iterations"));
    shown.put(
        "difference",
        !contender.hasTestOf(comparison.first())
            ? "other test examples"
            : contender.isPairedWith(comparison.first()) ? "paired" : "Welch");
    int place = comparison.contenders().indexOf(contender);
    shown.put(
        "levels",
        contender.levels().stream().map(level -> level(place, level, Optional.empty())).toList());
    return shown;
  }

  /** A line of a table, with a cell for each contender. */
  private Map<String, Object> line(String at, double value, List<Optional<Level>> levels) {
    List<Map<String, Object>> cells = new ArrayList<>(); // null where there is no level
    for (int i = 0; i < levels.size(); i++) {
      int place = i;
      cells.add(levels.get(i).map(level -> level(place, level, levels.get(0))).orElse(null));
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put(at, value);
    line.put("levels", cells);
    return line;
  }

  private Map<String, Object> level(int contender, Level level, Optional<Level> first) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("round", level.first().round());
    shown.put("density", level.density());
    shown.put("score", List.of(level.score().n(), level.score().mean(), level.score().shown()));
    shown.put("cost", comparison.cost(contender, level).cost());
    shown.put("shared", comparison.cost(contender, level).shared());
    comparison
        .difference(contender, Optional.of(level), first)
        .ifPresent(
            difference ->
                shown.put(
                    "difference", List.of(difference.n(), difference.mean(), difference.shown())));
    return shown;
  }

  private static Map<String, Object> overlaps(Overlaps overlaps) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("kind", overlaps.kind().title());
    shown.put("between", overlaps.between());
    shown.put("density", overlaps.density());
    shown.put("pairs", overlaps.pairs().size());
    shown.put("nested", overlaps.isNested());
    shown.put("layers", overlaps.layers().stream().map(layer -> layer.name()).toList());
    shown.put(
        "means",
        IntStream.range(0, overlaps.layers().size())
            .mapToObj(i -> mean(overlaps.mean(i)))
            .toList());
    shown.put("mean", mean(overlaps.mean()));
    return shown;
  }

  private static List<Double> mean(Overlaps.Mean mean) {
    return List.of(mean.jaccard(), mean.chance());
  }
}
