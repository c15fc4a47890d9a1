// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.state.Digest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The cost of tickets as a CSV. */
public final class LedgerTable {

  /** Some steps of a ticket; without a ticket for those of the whole run. */
  private record Line(Optional<TicketResult> ticket, String part, Collection<StepRecord> steps) {}

  private static final CsvTable<Spent> SPENT =
      CsvTable.of("examples", Spent::examples)
          .and("macs", Spent::macs)
          .and("effective_macs", Spent::effectiveMacs)
          .and("seconds", Spent::seconds);

  private static final CsvTable<Line> COLUMNS =
      new CsvTable<Line>(List.of())
          .andOptional(TicketResult.PLACE, Line::ticket)
          .and("part", Line::part)
          .and("steps", line -> line.steps().size())
          .and(SPENT, line -> Account.sum(line.steps()));

  private LedgerTable() {}

  /**
   * Writes ledger.csv. A ticket has three rows: {@code finding}, {@code training}, and the part of
   * both that is {@code shared} with other tickets of the run. A ticket counts each step behind it
   * once. The last row, {@code run}, counts each step of the run once.
   */
  static String csv(List<TicketResult> rows) {
    Map<Digest, Integer> uses = uses(rows);
    List<Line> lines = new ArrayList<>();
    for (TicketResult row : rows) {
      Optional<TicketResult> ticket = Optional.of(row);
      lines.add(new Line(ticket, "finding", row.account().finding()));
      lines.add(new Line(ticket, "training", row.account().training()));
      lines.add(new Line(ticket, "shared", shared(row, uses)));
    }
    lines.add(new Line(Optional.empty(), "run", each(rows)));
    return COLUMNS.text(lines);
  }

  /** The number of rows that use each step. */
  public static Map<Digest, Integer> uses(List<TicketResult> rows) {
    Map<Digest, Integer> uses = new HashMap<>();
    rows.stream()
        .flatMap(row -> row.account().steps())
        .forEach(step -> uses.merge(step.key(), 1, Integer::sum));
    return uses;
  }

  /** The steps of a row that other rows use, too. */
  public static List<StepRecord> shared(TicketResult row, Map<Digest, Integer> uses) {
    return row.account().steps().filter(step -> uses.get(step.key()) > 1).toList();
  }

  /** Every step behind any of the rows, once. */
  public static Collection<StepRecord> each(List<TicketResult> rows) {
    return rows.stream()
        .flatMap(row -> row.account().steps())
        .collect(
            Collectors.toMap(
                StepRecord::key,
                step -> step,
                (one, same) -> one,
                LinkedHashMap<Digest, StepRecord>::new))
        .values();
  }
}
