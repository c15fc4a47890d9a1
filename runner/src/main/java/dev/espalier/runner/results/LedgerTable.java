// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.state.Digest;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What tickets cost, step by step. */
public final class LedgerTable {

  private LedgerTable() {}

  /**
   * ledger.csv, with three rows a ticket: {@code finding}, {@code training}, and of both together
   * the part that is {@code shared}: steps that other tickets of the run come from as well. A
   * ticket counts each step behind it once; the last row, {@code run}, counts each step of the run
   * once.
   */
  static String csv(List<TicketResult> rows) {
    Map<Digest, Integer> uses = uses(rows);
    StringBuilder csv =
        new StringBuilder(
            "variant,replicate,round,branch,part,steps,examples,macs,effective_macs,seconds\n");
    for (TicketResult row : rows) {
      csv.append(line(row.cells(), "finding", row.account().finding()));
      csv.append(line(row.cells(), "training", row.account().training()));
      csv.append(line(row.cells(), "shared", shared(row, uses)));
    }
    return csv.append(line(",,,", "run", each(rows))).toString();
  }

  /** How many of the rows come from each step. */
  public static Map<Digest, Integer> uses(List<TicketResult> rows) {
    Map<Digest, Integer> uses = new HashMap<>();
    rows.stream()
        .flatMap(row -> row.account().steps())
        .forEach(step -> uses.merge(step.key(), 1, Integer::sum));
    return uses;
  }

  /** The steps of a row that others come from as well. */
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

  private static String line(String ticket, String part, Collection<StepRecord> steps) {
    Spent spent = Account.sum(steps);
    return Stream.of(
            ticket,
            part,
            steps.size(),
            spent.examples(),
            spent.macs(),
            spent.effectiveMacs(),
            spent.seconds())
        .map(Object::toString)
        .collect(Collectors.joining(",", "", "\n"));
  }
}
