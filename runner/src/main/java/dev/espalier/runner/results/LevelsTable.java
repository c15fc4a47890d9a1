// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What levels say, a row each, numbers in full. */
public final class LevelsTable {

  private LevelsTable() {}

  /**
   * A CSV: means over the n replicates, with 95 % intervals as low and high; difference and speed
   * against the dense network; what finding and training cost. Empty where there is nothing.
   */
  public static String csv(List<Level> levels) {
    return levels.stream()
        .map(level -> line(level) + "\n")
        .collect(
            Collectors.joining(
                "",
                "variant,round,branch,n,density,effective_density,kept,macs,parameters,effective_macs,"
                    + interval("accuracy")
                    + interval("end_accuracy")
                    + interval("early_stop")
                    + interval("difference")
                    + interval("speed")
                    + "verdict,more_replicates,why,"
                    + "finding_examples,finding_macs,finding_effective_macs,finding_seconds,"
                    + "training_examples,training_macs,training_effective_macs,training_seconds\n",
                ""));
  }

  private static String interval(String name) {
    return Stream.of("mean", "low", "high")
        .map(of -> name + "_" + of + ",")
        .reduce("", String::concat);
  }

  private static String line(Level level) {
    Optional<Level.Comparison> dense = level.againstDense();
    return Stream.of(
            Stream.of(level.first().variant(), level.first().round(), level.first().branch()),
            Stream.of(
                level.rows().size(),
                mean(level, TicketResult::density),
                mean(level, TicketResult::effective),
                mean(level, row -> (double) row.kept()),
                mean(level, row -> (double) row.cost().macs()),
                mean(level, row -> (double) row.cost().parameters()),
                mean(level, row -> (double) row.effectiveMacs())),
            Stream.of(
                    Optional.of(level.accuracy()),
                    Optional.of(level.accuracyAtEnd()),
                    Optional.of(level.earlyStop()),
                    dense.map(Level.Comparison::difference),
                    dense.map(Level.Comparison::speed))
                .flatMap(LevelsTable::numbers),
            Stream.of(Results.verdict(level.verdict())),
            spent(level, Account::finding),
            spent(level, Account::training))
        .flatMap(cells -> cells)
        .map(Object::toString)
        .collect(Collectors.joining(","));
  }

  private static String mean(Level level, Function<TicketResult, Double> value) {
    return Results.number(level.of(value::apply).mean());
  }

  private static Stream<String> numbers(Optional<Estimate> estimate) {
    return estimate
        .map(of -> Stream.of(of.mean(), of.low(), of.high()).map(Results::number))
        .orElse(Stream.of("", "", ""));
  }

  private static Stream<String> spent(Level level, Function<Account, List<StepRecord>> part) {
    Function<TicketResult, Spent> spent = row -> Account.sum(part.apply(row.account()));
    return Stream.of(
        mean(level, row -> (double) spent.apply(row).examples()),
        mean(level, row -> (double) spent.apply(row).macs()),
        mean(level, row -> (double) spent.apply(row).effectiveMacs()),
        mean(level, row -> spent.apply(row).seconds()));
  }
}
