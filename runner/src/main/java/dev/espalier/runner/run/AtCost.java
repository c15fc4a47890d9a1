// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The best tickets that contenders reach within one budget. A ticket costs what finding and
 * training it took, each step behind it once: the mean over its replicates. The best is that of the
 * highest validation accuracy at its early stop; where a contender has no validation examples, of
 * the highest test accuracy, which flatters. The dense network is no ticket, unless a contender has
 * nothing else.
 *
 * @param budget in the comparison's unit
 * @param reached by contender, empty where its cheapest ticket is above the budget
 */
record AtCost(double budget, List<Optional<Reached>> reached) {

  /** As many budgets as are shown. */
  static final int MOST = 12;

  /**
   * A ticket, as a level.
   *
   * @param cost in the comparison's unit
   * @param shared what of it went into steps that another contender's tickets come from as well
   * @param isByTest whether it was chosen by test accuracy
   */
  record Reached(Level level, double cost, double shared, boolean isByTest) {

    private double worth() {
      double worth = isByTest ? level.accuracy().mean() : validation(level);
      return Double.isNaN(worth) ? Double.NEGATIVE_INFINITY : worth;
    }
  }

  /**
   * A line for each budget at which a contender reaches a better ticket than below it, cheapest
   * first; of many lines {@link #MOST}, the first and the last among them, at even distances.
   */
  static List<AtCost> of(List<Contender> contenders, CostUnit unit) {
    List<List<Reached>> steps = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      steps.add(better(all(contenders, i, unit)));
    }
    List<Double> budgets =
        List.copyOf(
            steps.stream()
                .flatMap(List::stream)
                .map(Reached::cost)
                .collect(Collectors.toCollection(TreeSet::new)));
    return thinned(budgets).stream()
        .map(budget -> new AtCost(budget, steps.stream().map(of -> within(of, budget)).toList()))
        .toList();
  }

  private static List<Double> thinned(List<Double> budgets) {
    int last = budgets.size() - 1;
    return last < MOST
        ? budgets
        : IntStream.range(0, MOST)
            .mapToObj(i -> budgets.get((int) Math.round((double) i * last / (MOST - 1))))
            .toList();
  }

  private static Optional<Reached> within(List<Reached> better, double budget) {
    return better.stream().filter(of -> of.cost() <= budget).reduce((worse, best) -> best);
  }

  /** Those that are better than all that are as cheap, cheapest first. */
  private static List<Reached> better(List<Reached> all) {
    List<Reached> better = new ArrayList<>();
    all.stream()
        .sorted(
            Comparator.comparingDouble(Reached::cost)
                .thenComparing(Comparator.comparingDouble(Reached::worth).reversed()))
        .forEach(
            one -> {
              if (better.isEmpty() || one.worth() > better.get(better.size() - 1).worth()) {
                better.add(one);
              }
            });
    return better;
  }

  /** The tickets of a contender with what they cost. */
  static List<Reached> all(List<Contender> contenders, int which, CostUnit unit) {
    Set<Digest> others =
        IntStream.range(0, contenders.size())
            .filter(i -> i != which)
            .mapToObj(contenders::get)
            .flatMap(other -> other.levels().stream())
            .flatMap(level -> level.rows().stream())
            .flatMap(row -> row.account().steps())
            .map(Step::key)
            .collect(Collectors.toSet());
    List<Level> levels = contenders.get(which).levels();
    boolean isAllDense = levels.stream().allMatch(Level::isDense);
    List<Level> tickets = levels.stream().filter(level -> isAllDense || !level.isDense()).toList();
    boolean isByTest = tickets.stream().anyMatch(level -> Double.isNaN(validation(level)));
    return tickets.stream()
        .map(
            level ->
                new Reached(
                    level,
                    mean(level, row -> unit.of(row.account().steps().toList())),
                    mean(
                        level,
                        row ->
                            unit.of(
                                row.account()
                                    .steps()
                                    .filter(step -> others.contains(step.key()))
                                    .toList())),
                    isByTest))
        .toList();
  }

  private static double validation(Level level) {
    return mean(
        level, row -> row.earlyStop().map(stop -> stop.validation().accuracy()).orElse(Double.NaN));
  }

  private static double mean(Level level, ToDoubleFunction<Row> value) {
    return level.of(value).mean();
  }
}
