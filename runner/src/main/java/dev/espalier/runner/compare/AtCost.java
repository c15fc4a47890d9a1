// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.api.state.Digest;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.StepRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The best tickets that contenders reach within one budget. The cost of a ticket is that of finding
 * and training it, each step behind it once: the mean over its replicates. The best ticket has the
 * best validation value of the metric at its early stop. Where a contender has no validation
 * examples, it has the best test value, which is biased. The dense network stands in where no
 * sparse ticket is within the budget, for every contender alike. Networks that were not trained are
 * left out.
 *
 * @param budget the budget in the comparison's unit
 * @param reached by contender, empty where its cheapest network is above the budget
 */
record AtCost(double budget, List<Optional<CostedLevel>> reached) {

  /** The largest number of budgets shown. */
  static final int MOST = 12;

  /**
   * A level with its cost.
   *
   * @param cost in the comparison's unit
   * @param shared the part of the cost in steps that levels of another contender share
   * @param worth the value by which the best is chosen, the higher the better; minus infinity where
   *     it is not known
   * @param isByTest whether {@code worth} is of test examples
   */
  record CostedLevel(Level level, double cost, double shared, double worth, boolean isByTest) {}

  /**
   * Creates a line for each budget at which a contender reaches a better ticket than below it,
   * cheapest first, and one for the most expensive ticket. If there are more than {@link #MOST}
   * lines, it keeps the first, the last and others at even distances.
   *
   * @param levels each contender's, with their cost
   */
  static List<AtCost> of(List<List<CostedLevel>> levels) {
    List<Candidates> all = levels.stream().map(Candidates::of).toList();
    TreeSet<Double> budgets = new TreeSet<>();
    all.forEach(candidates -> budgets.addAll(candidates.budgets()));
    levels.stream()
        .map(costed -> costed.stream().filter(one -> one.level().isTrained()).toList())
        .map(costed -> tickets(costed, false).isEmpty() ? costed : tickets(costed, false))
        .flatMap(List::stream)
        .map(CostedLevel::cost)
        .max(Comparator.naturalOrder())
        .ifPresent(budgets::add);
    return thinned(List.copyOf(budgets)).stream()
        .map(
            budget ->
                new AtCost(
                    budget, all.stream().map(candidates -> candidates.within(budget)).toList()))
        .toList();
  }

  /**
   * The networks of a contender that are better than all cheaper ones of their sort, cheapest
   * first.
   */
  private record Candidates(List<CostedLevel> sparse, List<CostedLevel> dense) {

    static Candidates of(List<CostedLevel> levels) {
      List<CostedLevel> trained =
          levels.stream().filter(costed -> costed.level().isTrained()).toList();
      return new Candidates(better(tickets(trained, false)), better(tickets(trained, true)));
    }

    /** The costs at which a better network is reached. */
    List<Double> budgets() {
      double first = sparse.isEmpty() ? Double.POSITIVE_INFINITY : sparse.get(0).cost();
      return Stream.concat(dense.stream().filter(costed -> costed.cost() < first), sparse.stream())
          .map(CostedLevel::cost)
          .toList();
    }

    Optional<CostedLevel> within(double budget) {
      return within(sparse, budget).or(() -> within(dense, budget));
    }

    private static Optional<CostedLevel> within(List<CostedLevel> better, double budget) {
      return better.stream()
          .filter(costed -> costed.cost() <= budget)
          .reduce((worse, best) -> best);
    }
  }

  private static List<Double> thinned(List<Double> budgets) {
    int last = budgets.size() - 1;
    return last < MOST
        ? budgets
        : IntStream.range(0, MOST)
            .mapToObj(i -> budgets.get((int) Math.round((double) i * last / (MOST - 1))))
            .toList();
  }

  private static List<CostedLevel> tickets(List<CostedLevel> levels, boolean isDense) {
    return levels.stream().filter(costed -> costed.level().isDense() == isDense).toList();
  }

  /** The levels that are better than all others of at most their cost, cheapest first. */
  private static List<CostedLevel> better(List<CostedLevel> all) {
    List<CostedLevel> better = new ArrayList<>();
    all.stream()
        .sorted(
            Comparator.comparingDouble(CostedLevel::cost)
                .thenComparing(Comparator.comparingDouble(CostedLevel::worth).reversed()))
        .forEach(
            one -> {
              if (better.isEmpty() || one.worth() > better.get(better.size() - 1).worth()) {
                better.add(one);
              }
            });
    return better;
  }

  /** The levels of each contender with their costs. */
  static List<List<CostedLevel>> costs(List<Contender> contenders, CostUnit unit) {
    List<Set<Digest>> steps =
        contenders.stream()
            .map(contender -> steps(contender).map(StepRecord::key).collect(Collectors.toSet()))
            .toList();
    List<List<CostedLevel>> costs = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      Set<Digest> others = new HashSet<>();
      for (int j = 0; j < contenders.size(); j++) {
        if (j != i) {
          others.addAll(steps.get(j));
        }
      }
      List<Level> levels = contenders.get(i).levels();
      boolean isByTest =
          levels.stream().anyMatch(level -> level.isTrained() && Double.isNaN(validation(level)));
      costs.add(
          levels.stream()
              .map(
                  level ->
                      new CostedLevel(
                          level,
                          cost(level, unit, step -> true),
                          cost(level, unit, step -> others.contains(step.key())),
                          worth(level, isByTest ? level.score().mean() : validation(level)),
                          isByTest))
              .toList());
    }
    return costs;
  }

  private static Stream<StepRecord> steps(Contender contender) {
    return contender.levels().stream()
        .flatMap(level -> level.rows().stream())
        .flatMap(row -> row.account().steps());
  }

  private static double cost(Level level, CostUnit unit, Predicate<StepRecord> which) {
    return level.of(row -> unit.of(row.account().steps().filter(which).toList())).mean();
  }

  private static double worth(Level level, double value) {
    return Double.isNaN(value) ? Double.NEGATIVE_INFINITY : level.metric().gain(value, 0);
  }

  /** The validation value at the early stop; NaN where a replicate has none. */
  private static double validation(Level level) {
    return level.of(row -> row.validation().orElse(Double.NaN)).mean();
  }
}
