// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.Ticket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Results on the screen. */
final class ResultsTable {

  /** What a line is about. */
  private record Line(String variant, int round) {
    static Line of(TicketResult row) {
      return new Line(row.variant(), row.round());
    }
  }

  /** What a line of the networks is about. */
  private record Branch(String variant, String branch) {
    static Branch of(TicketResult row) {
      return new Branch(row.variant(), row.branch());
    }
  }

  private static final String NONE = "-";

  private ResultsTable() {}

  /**
   * A line a variant and round: means over the replicates, with half of their 95 % interval where
   * there are several, and n where it is not always the same; what a ticket is compared with
   * beside, and its verdict; and below, networks of another cost than the ticket's.
   */
  static String of(List<TicketResult> rows, double margin) {
    List<Level> levels = Level.of(rows, margin);
    List<Level> tickets = levels.stream().filter(level -> level.first().isTicket()).toList();
    List<String> branches =
        rows.stream().filter(row -> !row.isTicket()).map(TicketResult::branch).distinct().toList();
    boolean variants = rows.stream().anyMatch(row -> !row.variant().isEmpty());
    boolean wastes = rows.stream().anyMatch(row -> row.effective() < row.density());
    boolean narrows =
        branch(rows, Ticket.TICKET).stream().map(TicketResult::cost).distinct().count() > 1;
    boolean differs = tickets.stream().map(level -> level.rows().size()).distinct().count() > 1;
    boolean stops = rows.stream().anyMatch(row -> row.earlyStop().isPresent());
    boolean isJudged =
        tickets.stream().anyMatch(level -> level.rows().size() > 1 && level.verdict().isPresent());
    List<String> head = new ArrayList<>();
    if (variants) {
      head.add("variant");
    }
    head.add("round");
    if (differs) {
      head.add("n");
    }
    head.addAll(List.of("density %", "weights"));
    if (narrows) {
      head.addAll(List.of("MMACs", "parameters"));
    }
    if (wastes) {
      head.add("effective %");
    }
    if (stops) {
      head.addAll(List.of("early stop", "test % at stop"));
    }
    head.add("test % at end");
    branches.forEach(branch -> head.add(branch + " %"));
    if (isJudged) {
      head.add("verdict");
    }
    TextTable table = new TextTable(variants ? 1 : 0, head.toArray(String[]::new));
    Map<Line, List<Level>> lines =
        levels.stream()
            .collect(
                Collectors.groupingBy(
                    level -> Line.of(level.first()), LinkedHashMap::new, Collectors.toList()));
    lines.forEach(
        (line, all) -> {
          Optional<Level> ticket = branch(Ticket.TICKET, all);
          List<String> cells = new ArrayList<>();
          if (variants) {
            cells.add(line.variant());
          }
          cells.add(Integer.toString(line.round()));
          if (differs) {
            cells.add(ticket.map(of -> Integer.toString(of.rows().size())).orElse(NONE));
          }
          cells.add(mean(ticket, "%.2f", row -> 100 * row.density()));
          cells.add(mean(ticket, "%.0f", TicketResult::kept));
          if (narrows) {
            cells.add(mean(ticket, "%.3f", row -> row.cost().macs() / 1e6));
            cells.add(mean(ticket, "%.0f", row -> row.cost().parameters()));
          }
          if (wastes) {
            cells.add(mean(ticket, "%.2f", row -> 100 * row.effective()));
          }
          if (stops) {
            cells.add(cell("%.0f", 1, ticket.map(Level::earlyStop)));
            cells.add(cell("%.2f", 100, ticket.map(Level::accuracyAtStop)));
          }
          cells.add(cell("%.2f", 100, ticket.map(Level::accuracyAtEnd)));
          for (String branch : branches) {
            cells.add(cell("%.2f", 100, branch(branch, all).map(Level::accuracyAtEnd)));
          }
          if (isJudged) {
            cells.add(ticket.flatMap(Level::verdict).map(Verdict::toString).orElse(NONE));
          }
          table.row(cells.toArray(String[]::new));
        });
    return table + networks(rows, variants);
  }

  private static Optional<Level> branch(String branch, List<Level> levels) {
    return levels.stream().filter(level -> level.first().branch().equals(branch)).findFirst();
  }

  private static String mean(
      Optional<Level> level, String format, ToDoubleFunction<TicketResult> value) {
    return level.map(all -> String.format(Locale.ROOT, format, all.of(value).mean())).orElse(NONE);
  }

  /** A mean, and half of its interval if it has one. */
  private static String cell(String format, double unit, Optional<Estimate> estimate) {
    if (estimate.isEmpty() || estimate.get().n() == 0) {
      return NONE;
    }
    Estimate of = estimate.get();
    String mean = String.format(Locale.ROOT, format, unit * of.mean());
    return of.n() == 1 ? mean : mean + String.format(Locale.ROOT, " ±" + format, unit * of.half());
  }

  /**
   * What the networks cost that are others than their ticket's, beside it: means over the
   * replicates and those rounds that have such a network. Empty if there is none.
   */
  private static String networks(List<TicketResult> rows, boolean variants) {
    List<TicketResult> tickets = branch(rows, Ticket.TICKET);
    List<TicketResult> others =
        rows.stream()
            .filter(
                row ->
                    tickets.stream()
                        .anyMatch(
                            ticket ->
                                Line.of(ticket).equals(Line.of(row))
                                    && ticket.replicate() == row.replicate()
                                    && !ticket.cost().equals(row.cost())))
            .toList();
    if (others.isEmpty()) {
      return "";
    }
    Set<Line> lines = others.stream().map(Line::of).collect(Collectors.toSet());
    Map<Branch, List<TicketResult>> networks =
        Stream.concat(
                tickets.stream().filter(ticket -> lines.contains(Line.of(ticket))), others.stream())
            .sorted(TicketResult.byVariant(rows))
            .collect(Collectors.groupingBy(Branch::of, LinkedHashMap::new, Collectors.toList()));
    List<String> head = new ArrayList<>(List.of("network", "MMACs", "parameters"));
    if (variants) {
      head.add(0, "variant");
    }
    TextTable table = new TextTable(variants ? 2 : 1, head.toArray(String[]::new));
    networks.forEach(
        (at, all) -> {
          Optional<Level> level = Optional.of(new Level(all, List.of(), Optional.empty()));
          List<String> cells = new ArrayList<>();
          if (variants) {
            cells.add(at.variant());
          }
          cells.add(at.branch());
          cells.add(mean(level, "%.3f", row -> row.cost().macs() / 1e6));
          cells.add(mean(level, "%.0f", row -> row.cost().parameters()));
          table.row(cells.toArray(String[]::new));
        });
    return "\n" + table;
  }

  private static List<TicketResult> branch(List<TicketResult> rows, String branch) {
    return rows.stream().filter(row -> row.branch().equals(branch)).toList();
  }
}
