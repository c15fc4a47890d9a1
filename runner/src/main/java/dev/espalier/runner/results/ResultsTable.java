// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.Ticket;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.store.RunLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of results on the screen. */
final class ResultsTable {

  private static final String NONE = "-";

  /** The largest number of networks in a sentence. */
  private static final int NAMED = 5;

  /** The place of a line. */
  private record Place(String variant, int round) {
    static Place of(TicketResult row) {
      return new Place(row.variant(), row.round());
    }
  }

  /** The levels of one place. */
  private record Line(Place place, List<Level> levels) {

    Optional<Level> ticket() {
      return branch(Ticket.TICKET);
    }

    Optional<Level> branch(String name) {
      return levels.stream().filter(level -> level.first().branch().equals(name)).findFirst();
    }
  }

  /** The columns of a table, each a title and the cell of a line. */
  private static final class Columns<L> {

    private final List<String> titles = new ArrayList<>();
    private final List<Function<L, String>> cells = new ArrayList<>();

    Columns<L> add(String title, Function<L, String> cell) {
      titles.add(title);
      cells.add(cell);
      return this;
    }

    Columns<L> addIf(boolean isShown, String title, Function<L, String> cell) {
      return isShown ? add(title, cell) : this;
    }

    /** The table, of which the first columns are texts. */
    TextTable table(int texts, Collection<L> lines) {
      TextTable table = new TextTable(texts, titles.toArray(String[]::new));
      for (L line : lines) {
        table.row(cells.stream().map(cell -> cell.apply(line)).toArray(String[]::new));
      }
      return table;
    }
  }

  private final List<TicketResult> rows;
  private final List<TicketResult> tickets;
  private final List<Level> levels;
  private final boolean hasVariants;
  private final int planned;
  private final MetricFormat metric;

  private ResultsTable(List<TicketResult> rows, List<Level> levels, int planned) {
    this.planned = planned;
    this.rows = rows;
    metric = new MetricFormat(Metrics.of(rows).get(0));
    this.levels = levels;
    tickets = rows.stream().filter(TicketResult::isTicket).toList();
    hasVariants = rows.stream().anyMatch(row -> !row.variant().isEmpty());
  }

  /**
   * Writes a line for each variant and round: means over the replicates, with half of their 95 %
   * interval where there are three or more, and n where it is not that of the experiment. It also
   * has the networks that a ticket is compared with, and its verdict; networks of another cost than
   * the ticket's are below. Of many variants it shows the best by validation.
   */
  static String of(List<TicketResult> rows, double margin, int planned) {
    return of(rows, margin, planned, ScreenWidth.UNLIMITED);
  }

  /** The lines alone, of all variants. */
  static TextTable lines(List<TicketResult> rows, double margin, int planned) {
    return new ResultsTable(rows, Level.of(rows, margin), planned).lines();
  }

  /** Writes the lines as {@link #of(List, double, int)} does, folded. */
  static String of(List<TicketResult> rows, double margin, int planned, ScreenWidth width) {
    VariantRanking ranking = VariantRanking.of(rows);
    if (!ranking.isLarge()) {
      return whole(rows, margin, planned, width);
    }
    return whole(ranking.best(rows), margin, planned, width)
        + "\n"
        + width.fold(ranking.others(RunLayout.RESULTS), 0)
        + "\n";
  }

  private static String whole(
      List<TicketResult> rows, double margin, int planned, ScreenWidth width) {
    ResultsTable table = new ResultsTable(rows, Level.of(rows, margin), planned);
    return table.lines().fold(width, table.hasVariants ? 2 : 1) + table.networks() + table.notes();
  }

  /** Sentences about means of fewer replicates than planned, and about intervals left out. */
  private String notes() {
    StringBuilder notes = new StringBuilder();
    List<String> fewer =
        levels.stream()
            .filter(level -> level.rows().size() < planned)
            .map(level -> level.label() + " has " + level.rows().size())
            .toList();
    if (!fewer.isEmpty()) {
      notes
          .append("\nFewer replicates than the ")
          .append(planned)
          .append(" planned: ")
          .append(String.join("; ", fewer.subList(0, Math.min(NAMED, fewer.size()))))
          .append(fewer.size() > NAMED ? "; and " + (fewer.size() - NAMED) + " more" : "")
          .append('\n');
    }
    Level.intervalNote(levels.stream(), RunLayout.RESULTS)
        .ifPresent(note -> notes.append('\n').append(note).append('\n'));
    return notes.toString();
  }

  private TextTable lines() {
    Map<Place, List<Level>> places =
        levels.stream()
            .collect(
                Collectors.groupingBy(
                    level -> Place.of(level.first()), LinkedHashMap::new, Collectors.toList()));
    return columns()
        .table(
            hasVariants ? 1 : 0,
            places.entrySet().stream()
                .map(place -> new Line(place.getKey(), place.getValue()))
                .toList());
  }

  private Columns<Line> columns() {
    boolean isNarrow = tickets.stream().map(TicketResult::cost).distinct().count() > 1;
    boolean isStopped = rows.stream().anyMatch(row -> row.earlyStop().isPresent());
    boolean isWasteful = rows.stream().anyMatch(row -> row.effective().orElse(0) < row.density());
    Columns<Line> columns =
        new Columns<Line>()
            .addIf(hasVariants, "variant", line -> line.place().variant())
            .add("round", line -> Integer.toString(line.place().round()))
            .addIf(isUneven(), "n", line -> count(line.ticket()))
            .add("density %", ticket("%.2f", row -> 100 * row.density()))
            .add("weights", ticket("%.0f", TicketResult::kept))
            .addIf(isNarrow, "MACs", line -> line.ticket().map(ResultsTable::macs).orElse(NONE))
            .addIf(isNarrow, "parameters", ticket("%.0f", row -> row.cost().parameters()))
            .addIf(
                isWasteful,
                "effective %",
                ticket("%.2f", row -> 100 * row.effective().orElse(Double.NaN)))
            .addIf(isStopped, "stop iteration", ResultsTable::iteration)
            .addIf(isStopped, metric.title() + " at stop", score(Level::scoreAtStop))
            .add(metric.title() + " at end", score(Level::scoreAtEnd));
    rows.stream()
        .filter(row -> !row.isTicket())
        .map(TicketResult::branch)
        .distinct()
        .forEach(
            branch ->
                columns.add(
                    metric.title(branch),
                    line -> score(line.branch(branch).map(Level::scoreAtEnd))));
    return columns.addIf(
        isJudged(),
        "verdict",
        line -> line.ticket().flatMap(Level::verdict).map(Verdict::toString).orElse(NONE));
  }

  /** Whether some tickets have fewer replicates than planned. */
  private boolean isUneven() {
    return levels.stream()
        .filter(Level::isOfTickets)
        .anyMatch(level -> level.rows().size() != planned);
  }

  /** Whether several replicates of a ticket have a verdict. */
  private boolean isJudged() {
    return levels.stream()
        .filter(Level::isOfTickets)
        .anyMatch(level -> level.rows().size() > 1 && level.verdict().isPresent());
  }

  private static String count(Optional<Level> level) {
    return level.map(found -> Integer.toString(found.rows().size())).orElse(NONE);
  }

  private static Function<Line, String> ticket(
      String format, ToDoubleFunction<TicketResult> value) {
    return line -> line.ticket().map(level -> mean(level, format, value)).orElse(NONE);
  }

  private static String mean(Level level, String format, ToDoubleFunction<TicketResult> value) {
    double mean = level.of(value).mean();
    return Double.isNaN(mean) ? NONE : String.format(Locale.ROOT, format, mean);
  }

  private static String macs(Level level) {
    return Spent.shown(level.of(row -> row.cost().macs()).mean());
  }

  private Function<Line, String> score(Function<Level, Estimate> value) {
    return line -> score(line.ticket().map(value));
  }

  private String score(Optional<Estimate> estimate) {
    return estimate.filter(found -> found.n() > 0).map(metric::number).orElse(NONE);
  }

  /** The early stop, and half of its interval if it has one. */
  private static String iteration(Line line) {
    return line.ticket()
        .map(Level::earlyStop)
        .filter(stop -> stop.n() > 0)
        .map(
            stop ->
                String.format(Locale.ROOT, "%.0f", stop.mean())
                    + (Double.isNaN(stop.shown())
                        ? ""
                        : String.format(Locale.ROOT, " ±%.0f", stop.shown())))
        .orElse(NONE);
  }

  /**
   * Writes the cost of the networks that differ from their ticket's, and that of the ticket: means
   * over the replicates and the rounds with such a network. Empty if there is none.
   */
  private String networks() {
    List<TicketResult> others = ofOtherCost();
    if (others.isEmpty()) {
      return "";
    }
    Set<Place> places = others.stream().map(Place::of).collect(Collectors.toSet());
    Map<List<String>, List<TicketResult>> networks =
        Stream.concat(
                tickets.stream().filter(ticket -> places.contains(Place.of(ticket))),
                others.stream())
            .sorted(TicketResult.byVariant(rows))
            .collect(
                Collectors.groupingBy(
                    row -> List.of(row.variant(), row.branch()),
                    LinkedHashMap::new,
                    Collectors.toList()));
    return "\n"
        + new Columns<Level>()
            .addIf(hasVariants, "variant", level -> level.first().variant())
            .add("network", level -> level.first().branch())
            .add("MACs", ResultsTable::macs)
            .add("parameters", level -> mean(level, "%.0f", row -> row.cost().parameters()))
            .table(
                hasVariants ? 2 : 1,
                networks.values().stream()
                    .map(all -> new Level(all, List.of(), Optional.empty()))
                    .toList());
  }

  /** The networks whose cost differs from that of the ticket of their replicate and round. */
  private List<TicketResult> ofOtherCost() {
    Map<List<Object>, Cost> costs = new HashMap<>();
    tickets.forEach(ticket -> costs.put(replicate(ticket), ticket.cost()));
    return rows.stream()
        .filter(row -> !costs.getOrDefault(replicate(row), row.cost()).equals(row.cost()))
        .toList();
  }

  private static List<Object> replicate(TicketResult row) {
    return List.of(Place.of(row), row.replicate());
  }
}
