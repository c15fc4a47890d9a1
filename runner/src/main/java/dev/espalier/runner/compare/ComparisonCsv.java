// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.api.settings.Names;
import dev.espalier.runner.compare.AtCost.CostedLevel;
import dev.espalier.runner.compare.Overlaps.Pair;
import dev.espalier.runner.results.Estimate;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.Results;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A comparison as files.
 *
 * <ul>
 *   <li>comparison.csv: a row for every contender's level in each line of both tables; accuracies
 *       and differences are fractions.
 *   <li>overlap.csv: a row for every layer of each pair of tickets, and one for all layers.
 * </ul>
 */
final class ComparisonCsv {

  private final RunsComparison comparison;

  ComparisonCsv(RunsComparison comparison) {
    this.comparison = comparison;
  }

  String comparison() {
    StringBuilder csv =
        new StringBuilder(
            "equal,at,name,run,variant,round,density,n,accuracy_mean,accuracy_low,accuracy_high,"
                + "difference_n,difference_mean,difference_low,difference_high,difference_by,"
                + "cost_of,cost,cost_shared,chosen_by\n");
    for (AtDensity line : comparison.byDensity()) {
      for (int i = 0; i < line.levels().size(); i++) {
        Optional<Level> level = line.levels().get(i);
        if (level.isPresent()) {
          csv.append(
              row(
                  List.of(
                      Stream.of("density", number(line.density())),
                      level(i, level.get(), line.levels().get(0)),
                      cost(comparison.cost(i, level.get())),
                      Stream.of(""))));
        }
      }
    }
    for (AtCost line : comparison.byCost()) {
      Optional<Level> first = line.reached().get(0).map(CostedLevel::level);
      for (int i = 0; i < line.reached().size(); i++) {
        Optional<CostedLevel> reached = line.reached().get(i);
        if (reached.isPresent()) {
          csv.append(
              row(
                  List.of(
                      Stream.of("cost", number(line.budget())),
                      level(i, reached.get().level(), first),
                      cost(reached.get()),
                      Stream.of(reached.get().isByTest() ? "test" : "validation"))));
        }
      }
    }
    return csv.toString();
  }

  private Stream<String> cost(CostedLevel of) {
    return Stream.of(Names.word(comparison.unit()), number(of.cost()), number(of.shared()));
  }

  private Stream<String> level(int contender, Level level, Optional<Level> first) {
    Contender of = comparison.contenders().get(contender);
    Estimate accuracy = level.accuracy();
    Optional<Difference> difference = comparison.difference(contender, Optional.of(level), first);
    return Stream.of(
        of.name(),
        of.run().name(),
        of.variant(),
        Integer.toString(level.first().round()),
        number(level.density()),
        Integer.toString(accuracy.n()),
        number(accuracy.mean()),
        number(accuracy.low()),
        number(accuracy.high()),
        difference.map(d -> Integer.toString(d.n())).orElse(""),
        number(difference.map(Difference::mean)),
        number(difference.map(Difference::low)),
        number(difference.map(Difference::high)),
        difference.map(Difference::way).orElse(""));
  }

  String overlap() {
    StringBuilder csv =
        new StringBuilder(
            "differ_in,density,name,replicate,round,other_name,other_replicate,other_round,layer,"
                + "weights,kept,other_kept,both_kept,jaccard,chance,ratio\n");
    for (Overlaps overlaps : comparison.overlaps().found()) {
      for (Pair pair : overlaps.pairs()) {
        for (int i = 0; i < pair.layers().size(); i++) {
          Overlap layer = pair.layers().get(i);
          String name = overlaps.layers().get(i).name();
          csv.append(row(List.of(pair(overlaps, pair), layer(name, layer, pair.chances().get(i)))));
        }
        csv.append(row(List.of(pair(overlaps, pair), layer("all", pair.whole(), pair.chance()))));
      }
    }
    return csv.toString();
  }

  private static Stream<String> pair(Overlaps overlaps, Pair pair) {
    return Stream.of(
        overlaps.kind().title(),
        number(overlaps.density()),
        pair.one().contender(),
        Integer.toString(pair.one().replicate()),
        Integer.toString(pair.one().round()),
        pair.other().contender(),
        Integer.toString(pair.other().replicate()),
        Integer.toString(pair.other().round()));
  }

  private static Stream<String> layer(String name, Overlap overlap, double chance) {
    return Stream.of(
        name,
        Long.toString(overlap.weights()),
        Long.toString(overlap.kept()),
        Long.toString(overlap.others()),
        Long.toString(overlap.both()),
        number(overlap.jaccard()),
        number(chance),
        number(chance > 0 ? overlap.jaccard() / chance : Double.NaN));
  }

  private static String row(List<Stream<String>> parts) {
    return parts.stream()
        .flatMap(part -> part)
        .map(Results::quoted)
        .collect(Collectors.joining(",", "", "\n"));
  }

  private static String number(Optional<Double> value) {
    return value.map(Results::number).orElse("");
  }

  private static String number(double value) {
    return Results.number(value);
  }
}
