// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.api.data.Metric;
import dev.espalier.api.settings.Names;
import dev.espalier.runner.compare.AtCost.CostedLevel;
import dev.espalier.runner.compare.Overlaps.Pair;
import dev.espalier.runner.compare.Overlaps.TicketRef;
import dev.espalier.runner.results.CsvTable;
import dev.espalier.runner.results.Estimate;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.MetricFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The CSV files of a comparison.
 *
 * <ul>
 *   <li>comparison.csv: a row for every contender's level in each line of both tables; accuracies
 *       and their differences are fractions. Columns of further metrics are the last.
 *   <li>overlap.csv: a row for every layer of each pair of tickets, and one for all layers.
 * </ul>
 */
final class ComparisonCsv {

  /**
   * A level in a line of one of the two tables.
   *
   * @param table the common value of the levels of its line: density or cost
   * @param value the density or the budget of the line
   * @param cost the cost of the level
   * @param difference the difference to the first contender
   * @param choice the examples by which it was chosen; empty at equal density
   */
  private record Cell(
      String table,
      double value,
      Contender contender,
      CostedLevel cost,
      Optional<Difference> difference,
      String choice) {

    Level level() {
      return cost.level();
    }
  }

  private static final CsvTable<Contender> CONTENDER =
      CsvTable.of("name", Contender::name)
          .and("run", contender -> contender.run().name())
          .and("variant", Contender::variant);

  private static final CsvTable<Difference> DIFFERENCE =
      CsvTable.of("difference_n", Difference::n)
          .and("difference_mean", Difference::mean)
          .and("difference_low", Difference::low)
          .and("difference_high", Difference::high)
          .and("difference_by", Difference::way);

  /** An overlap of two masks in one layer, or in all. */
  private record Line(Overlaps overlaps, Pair pair, String layer, Overlap overlap, double chance) {

    double ratio() {
      return chance > 0 ? overlap.jaccard() / chance : Double.NaN;
    }
  }

  private static final CsvTable<Line> OVERLAP =
      CsvTable.<Line>of("differ_in", line -> line.overlaps().kind().title())
          .and("density", line -> line.overlaps().density())
          .and(ticket(""), line -> line.pair().one())
          .and(ticket("other_"), line -> line.pair().other())
          .and("layer", Line::layer)
          .and("weights", line -> line.overlap().weights())
          .and("kept", line -> line.overlap().kept())
          .and("other_kept", line -> line.overlap().others())
          .and("both_kept", line -> line.overlap().both())
          .and("jaccard", line -> line.overlap().jaccard())
          .and("chance", Line::chance)
          .and("ratio", Line::ratio);

  private final RunsComparison comparison;

  ComparisonCsv(RunsComparison comparison) {
    this.comparison = comparison;
  }

  private static CsvTable<TicketRef> ticket(String prefix) {
    return CsvTable.of(prefix + "name", TicketRef::contender)
        .and(prefix + "replicate", TicketRef::replicate)
        .and(prefix + "round", TicketRef::round);
  }

  private CsvTable<Cell> columns() {
    List<Metric> metrics = comparison.metrics();
    CsvTable<Cell> columns =
        CsvTable.of("equal", Cell::table)
            .and("at", Cell::value)
            .and(CONTENDER, Cell::contender)
            .and("round", cell -> cell.level().first().round())
            .and("density", cell -> cell.level().density())
            .and("n", cell -> cell.level().score().n())
            .and(interval(metrics.get(0)), cell -> cell.level().score())
            .andOptional(DIFFERENCE, Cell::difference)
            .and("cost_of", cell -> Names.word(comparison.unit()))
            .and("cost", cell -> cell.cost().cost())
            .and("cost_shared", cell -> cell.cost().shared())
            .and("chosen_by", Cell::choice)
            .and("planned", cell -> cell.contender().run().planned());
    for (Metric metric : metrics.subList(1, metrics.size())) {
      columns = columns.and(interval(metric), cell -> cell.level().value(metric));
    }
    return columns;
  }

  private static CsvTable<Estimate> interval(Metric metric) {
    return Estimate.interval(new MetricFormat(metric).column());
  }

  String comparison() {
    List<Cell> cells = new ArrayList<>();
    for (AtDensity line : comparison.byDensity()) {
      Optional<Level> first = line.levels().get(0);
      for (int i = 0; i < line.levels().size(); i++) {
        if (line.levels().get(i).isPresent()) {
          CostedLevel cost = comparison.cost(i, line.levels().get(i).get());
          cells.add(cell("density", line.density(), i, cost, first, ""));
        }
      }
    }
    for (AtCost line : comparison.byCost()) {
      Optional<Level> first = line.reached().get(0).map(CostedLevel::level);
      for (int i = 0; i < line.reached().size(); i++) {
        if (line.reached().get(i).isPresent()) {
          CostedLevel cost = line.reached().get(i).get();
          String choice = cost.isByTest() ? "test" : "validation";
          cells.add(cell("cost", line.budget(), i, cost, first, choice));
        }
      }
    }
    return columns().text(cells);
  }

  private Cell cell(
      String table,
      double value,
      int contender,
      CostedLevel cost,
      Optional<Level> first,
      String choice) {
    return new Cell(
        table,
        value,
        comparison.contenders().get(contender),
        cost,
        comparison.difference(contender, Optional.of(cost.level()), first),
        choice);
  }

  String overlap() {
    List<Line> lines = new ArrayList<>();
    for (Overlaps overlaps : comparison.overlaps().found()) {
      for (Pair pair : overlaps.pairs()) {
        for (int i = 0; i < pair.layers().size(); i++) {
          String layer = overlaps.layers().get(i).name();
          lines.add(new Line(overlaps, pair, layer, pair.layers().get(i), pair.chances().get(i)));
        }
        lines.add(new Line(overlaps, pair, "all", pair.whole(), pair.chance()));
      }
    }
    return OVERLAP.text(lines);
  }
}
