// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.data.Metric;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Levels as a CSV: means over the n replicates, with 95 % intervals; difference and speed against
 * the dense network; the cost of finding and training.
 */
public final class LevelsTable {

  private static CsvTable<Level> columns(List<Metric> metrics) {
    String first = new MetricFormat(metrics.get(0)).column();
    return CsvTable.<Level>of(TicketResult.VARIANT, level -> level.first().variant())
        .and("round", level -> level.first().round())
        .and("branch", level -> level.first().branch())
        .and("n", level -> level.rows().size())
        .and("density", mean(TicketResult::density))
        .and("effective_density", mean(row -> row.effective().orElse(Double.NaN)))
        .and("kept", mean(TicketResult::kept))
        .and("macs", mean(row -> row.cost().macs()))
        .and("parameters", mean(row -> row.cost().parameters()))
        .and("effective_macs", mean(TicketResult::effectiveMacs))
        .and(Estimate.interval(first), Level::score)
        .and(Estimate.interval("end_" + first), Level::scoreAtEnd)
        .and(Estimate.interval("early_stop"), Level::earlyStop)
        .andOptional(Estimate.interval("difference"), toDense(Level.Comparison::difference))
        .andOptional(Estimate.interval("speed"), toDense(Level.Comparison::speed))
        .andOptional(Verdict.COLUMNS, Level::verdict)
        .and(spent("finding", Account::finding), Function.identity())
        .and(spent("training", Account::training), Function.identity());
  }

  private LevelsTable() {}

  /**
   * The table, one row for each level; columns of further metrics are the last.
   *
   * @param planned the number of replicates of the experiment
   */
  public static String csv(List<Level> levels, int planned) {
    List<Metric> metrics =
        Metrics.of(levels.stream().flatMap(level -> level.rows().stream()).toList());
    CsvTable<Level> columns = columns(metrics).and("planned", level -> planned);
    for (Metric metric : metrics.subList(1, metrics.size())) {
      String name = new MetricFormat(metric).column();
      columns =
          columns
              .and(Estimate.interval(name), level -> level.value(metric))
              .and(Estimate.interval("end_" + name), level -> level.valueAtEnd(metric));
    }
    return columns.text(levels);
  }

  private static Function<Level, Double> mean(ToDoubleFunction<TicketResult> value) {
    return level -> level.of(value).mean();
  }

  private static Function<Level, Optional<Estimate>> toDense(
      Function<Level.Comparison, Estimate> value) {
    return level -> level.againstDense().map(value);
  }

  private static CsvTable<Level> spent(String name, Function<Account, List<StepRecord>> steps) {
    return CsvTable.of(name + "_examples", meanSpent(steps, Spent::examples))
        .and(name + "_macs", meanSpent(steps, Spent::macs))
        .and(name + "_effective_macs", meanSpent(steps, Spent::effectiveMacs))
        .and(name + "_seconds", meanSpent(steps, Spent::seconds));
  }

  private static Function<Level, Double> meanSpent(
      Function<Account, List<StepRecord>> steps, ToDoubleFunction<Spent> value) {
    return mean(row -> value.applyAsDouble(Account.sum(steps.apply(row.account()))));
  }
}
