// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.runner.compare.AtCost.CostedLevel;
import dev.espalier.runner.compare.Overlaps.Kind;
import dev.espalier.runner.report.Page;
import dev.espalier.runner.results.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A comparison as a page: comparison.html, which comparison.js makes of this. */
final class ComparisonPage {

  /** How many contenders its title names. */
  private static final int NAMED = 4;

  private final RunsComparison comparison;

  private ComparisonPage(RunsComparison comparison) {
    this.comparison = comparison;
  }

  static Page of(RunsComparison comparison) {
    List<Contender> all = comparison.contenders();
    String names =
        all.stream().limit(NAMED).map(Contender::name).collect(Collectors.joining(", "))
            + (all.size() > NAMED ? " and " + (all.size() - NAMED) + " more" : "");
    return new Page(names, "comparison.js", new ComparisonPage(comparison).data());
  }

  private Map<String, Object> data() {
    ComparisonTables tables = new ComparisonTables(comparison);
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("unit", comparison.unit().title());
    data.put("contenders", comparison.contenders().stream().map(this::contender).toList());
    data.put("notes", comparison.notes());
    data.put("byDensityText", ComparisonTables.AT_DENSITY);
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
                        line.reached().stream().map(of -> of.map(CostedLevel::level)).toList()))
            .toList());
    data.put("chance", ComparisonTables.CHANCE);
    data.put(
        "kinds",
        Arrays.stream(Kind.values())
            .filter(kind -> !comparison.overlaps().of(kind).isEmpty())
            .map(kind -> Map.of("name", kind.title(), "text", kind.text()))
            .toList());
    data.put(
        "overlaps", comparison.overlaps().found().stream().map(ComparisonPage::overlaps).toList());
    data.put("csv", new ComparisonCsv(comparison).comparison());
    return data;
  }

  private Map<String, Object> contender(Contender of) {
    Map<String, Object> contender = new LinkedHashMap<>();
    contender.put("name", of.name());
    contender.put("run", of.run().name());
    contender.put("method", of.method());
    contender.put("model", of.settings().getString("model.id"));
    contender.put("data", of.settings().getString("data.id"));
    contender.put("seed", of.settings().getString("seed"));
    contender.put("replicates", of.replicates());
    contender.put("uneven", of.isUneven());
    contender.put("iterations", of.settings().getString("training.iterations"));
    contender.put(
        "difference",
        !of.hasTestOf(comparison.first())
            ? "other test examples"
            : of.isPairedWith(comparison.first()) ? "paired" : "Welch");
    int place = comparison.contenders().indexOf(of);
    contender.put(
        "levels",
        of.levels().stream().map(level -> level(place, level, Optional.empty())).toList());
    return contender;
  }

  /** A line of a table, with a cell a contender. */
  private Map<String, Object> line(String at, double value, List<Optional<Level>> levels) {
    List<Map<String, Object>> cells = new ArrayList<>(); // null where there is no level
    for (int i = 0; i < levels.size(); i++) {
      int place = i;
      cells.add(levels.get(i).map(level -> level(place, level, levels.get(0))).orElse(null));
    }
    return Map.of(at, value, "levels", cells);
  }

  private Map<String, Object> level(int contender, Level of, Optional<Level> first) {
    Map<String, Object> level = new LinkedHashMap<>();
    level.put("round", of.first().round());
    level.put("density", of.density());
    level.put("accuracy", List.of(of.accuracy().n(), of.accuracy().mean(), of.accuracy().half()));
    level.put("cost", comparison.cost(contender, of).cost());
    level.put("shared", comparison.cost(contender, of).shared());
    comparison
        .difference(contender, Optional.of(of), first)
        .ifPresent(
            difference ->
                level.put(
                    "difference", List.of(difference.n(), difference.mean(), difference.half())));
    return level;
  }

  private static Map<String, Object> overlaps(Overlaps of) {
    Map<String, Object> overlaps = new LinkedHashMap<>();
    overlaps.put("kind", of.kind().title());
    overlaps.put("between", of.between());
    overlaps.put("density", of.density());
    overlaps.put("pairs", of.pairs().size());
    overlaps.put("nested", of.isNested());
    overlaps.put("layers", of.layers().stream().map(layer -> layer.name()).toList());
    overlaps.put(
        "means", IntStream.range(0, of.layers().size()).mapToObj(i -> mean(of.mean(i))).toList());
    overlaps.put("mean", mean(of.mean()));
    return overlaps;
  }

  private static List<Double> mean(Overlaps.Mean mean) {
    return List.of(mean.jaccard(), mean.chance());
  }
}
